"""One clock for all machines on a database: the server's."""

import threading
import time
from typing import Final

from sqlalchemy import Engine, extract, func, select

from cleanplate.database.engine import reading
from cleanplate.errors import StorageFailed

_FRESH_S: Final = 60.0
"""How long the difference to the server's clock is taken to stay the same."""
_AGAIN_S: Final = 1.0
_NOW = select(extract("epoch", func.clock_timestamp()))


class ServerClock:
    """The server's time, so that machines whose clocks differ agree on leases. Thread-safe.

    Args:
        engine: of the server, which is asked at once, and then now and then.

    Raises:
        StorageFailed: it does not answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asking = threading.Lock()
        self._ahead_s, _ = self._asked()
        self._until_s = time.monotonic() + _FRESH_S

    def __call__(self) -> int:
        """Unix milliseconds. While the server does not answer, they go on from what it said last."""
        if time.monotonic() >= self._until_s and self._asking.acquire(blocking=False):
            try:
                self._correct(*self._asked())
                self._until_s = time.monotonic() + _FRESH_S
            except StorageFailed:
                self._until_s = time.monotonic() + _AGAIN_S
            finally:
                self._asking.release()
        return round(1000 * (time.monotonic() + self._ahead_s))

    def _correct(self, ahead_s: float, error_s: float) -> None:
        # An answer that took long says little: it must not move the clock within what it cannot know
        if abs(ahead_s - self._ahead_s) > error_s:
            self._ahead_s = ahead_s

    def _asked(self) -> tuple[float, float]:
        """Seconds that the server's clock is ahead of this process', and by how many that may be wrong."""
        began_s = time.monotonic()
        with reading(self._engine) as connection:
            now_s = float(connection.execute(_NOW).scalar_one())
        took_s = time.monotonic() - began_s
        return now_s - (began_s + took_s / 2), took_s / 2
