"""Whether a server answers, as one process knows it; and who looks while it does not.

Everybody waits for a restart, which takes a moment. When that is over, one at a time looks whether the server
is back, and the others are refused soon: no request hangs behind hundreds that wait in vain.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from cleanplate.database.write_turn import NOT_AVAILABLE
from cleanplate.errors import DatabaseAway

_PATIENCE_S: Final = 4.0
"""How long it is waited for, since the first found it away."""
_LOOK_S: Final = 0.5
"""How long the others then wait for what the one who looks finds: it may be back just now."""
_NO_ANSWER: Final = "database: the server does not answer"
_AT_ONCE: ContextVar[bool] = ContextVar("refused at once", default=False)


@contextmanager
def refused_at_once() -> Iterator[None]:
    """In this block nobody waits for a server that is away: who calls it waits without a thread."""
    before = _AT_ONCE.set(True)
    try:
        yield
    finally:
        _AT_ONCE.reset(before)


class Reach:
    """Of one server. Thread-safe.

    Args:
        patience_s: how long a server that is away is waited for.
    """

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._looking = threading.Lock()
        self._away_since_s: float | None = None

    def found(self) -> None:
        """It answers."""
        self._away_since_s = None

    def lost(self) -> None:
        """It lets connections hang: it was waited for long enough."""
        self._away_since_s = time.monotonic() - self._patience_s

    @contextmanager
    def look(self) -> Iterator[None]:
        """For the block in which somebody connects. While it is away for long, nobody else is in theirs.

        Raises:
            DatabaseAway: others look, and have not found it.
        """
        if not self._away_for_long():
            yield
            return
        if not self._looking.acquire(timeout=0 if _AT_ONCE.get() else _LOOK_S):
            raise DatabaseAway(NOT_AVAILABLE, log=_NO_ANSWER)
        try:
            yield
        finally:
            self._looking.release()

    def waits(self, began_s: float) -> bool:
        """It was not found: whether to look again soon.

        Args:
            began_s: when the one who looks began to, by `time.monotonic`.
        """
        now_s = time.monotonic()
        if self._away_since_s is None:
            self._away_since_s = now_s
        return not (_AT_ONCE.get() or self._away_for_long()) and now_s - began_s < self._patience_s

    def _away_for_long(self) -> bool:
        since_s = self._away_since_s
        return since_s is not None and time.monotonic() - since_s >= self._patience_s
