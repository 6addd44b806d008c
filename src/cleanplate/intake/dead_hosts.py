"""Hosts that do not answer: who asks one again and again is told so at once, for a while.

Each account finds out for itself: what one says of a host is nothing to another.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_FAILURES: Final = 8
"""So many downloads one after the other that took all their time make a host dead."""
_PAUSE_S: Final = 30.0
_MOST: Final = 1024
"""Of accounts and their hosts that are remembered; the oldest are forgotten."""


@dataclass(slots=True)
class _Silence:
    failures: int = 0
    until_s: float = 0.0


class DeadHosts:
    """A circuit breaker for each account and host. Belongs to one event loop.

    Args:
        clock_s: seconds that only go forward.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._known: OrderedDict[tuple[str, str], _Silence] = OrderedDict()

    def is_dead(self, account: str, host: str) -> bool:
        """Whether not to try. After a pause one may, and the next only if that got an answer."""
        known = self._known.get((account, host))
        if known is None or known.failures < _FAILURES:
            return False
        if self._clock_s() < known.until_s:
            return True
        known.until_s = self._clock_s() + _PAUSE_S
        return False

    def answered(self, account: str, host: str) -> None:
        """It did, whatever it said."""
        self._known.pop((account, host), None)

    def silent(self, account: str, host: str) -> None:
        """It did not, for as long as a download may take."""
        known = self._known.setdefault((account, host), _Silence())
        self._known.move_to_end((account, host))
        known.failures += 1
        known.until_s = self._clock_s() + _PAUSE_S
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
