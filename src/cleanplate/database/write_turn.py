"""Who writes next: one thread of this process after another; nobody waits long for a file that is locked.

SQLite has one writer at a time. Threads that wait for it in SQLite's own way look again and again, in no
order, each for as long as its patience; here they stand in line for a lock of the process, and only the
first one looks at the file. When it is refused, somebody outside keeps the file locked: from then on one
thread at a time looks whether that is over, for a moment, and the others are refused soon.
"""

import threading
import time
from typing import Final

from cleanplate.errors import StorageFailed

PATIENCE_S: Final = 2.0
"""How long a writer waits in all: writes of ours take milliseconds, and clients shall hear within 3 s."""
_LOOK_S: Final = 0.05
"""How long the one thread that looks waits for a file that was found locked."""
_NEXT_LOOK_S: Final = 0.15
"""How long the others then wait for what it finds: it may be free again just now."""
NOT_AVAILABLE: Final = "the server's database is not available"


class Writers:
    """The line of one database file.

    Args:
        patience_s: how long each waits for its turn and for the file together.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._locked_outside = False

    def enter(self) -> float:
        """Wait for the turn; `leave` gives it on. Returns for how many seconds the file may be waited for.

        Raises:
            StorageFailed: it did not come in time.
        """
        began_s = time.monotonic()
        if not self._lock.acquire(timeout=_NEXT_LOOK_S if self._locked_outside else self._patience_s):
            raise StorageFailed(NOT_AVAILABLE, log="database: others write, or it is locked from outside")
        left_s = self._patience_s - (time.monotonic() - began_s)
        return max(0.0, min(left_s, _LOOK_S) if self._locked_outside else left_s)

    def leave(self) -> None:
        """The next one's turn."""
        self._lock.release()

    def found(self, *, locked: bool) -> None:
        """What the one whose turn it is has seen of the file."""
        self._locked_outside = locked


class WriteTurn:
    """The turn of one transaction. It is taken with the first write, so that readers never wait."""

    def __init__(self, writers: Writers) -> None:
        self._writers = writers
        self.taken = False

    def take(self) -> float | None:
        """Wait for it. None: it is ours already; else for how many seconds the file may be waited for."""
        if self.taken:
            return None
        left_s = self._writers.enter()
        self.taken = True
        return left_s

    def found(self, *, locked: bool) -> None:
        """What a write has seen of the file."""
        if self.taken:
            self._writers.found(locked=locked)

    def end(self) -> None:
        """After the transaction."""
        if self.taken:
            self._writers.leave()
