"""Reads of a database that is away for a moment, as at its restart: asked again until it answers.

Clients of some vendors give up at any poll that is refused, though their task goes on. What only reads can be
asked again safely.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from cleanplate.errors import ConnectionLost, DatabaseAway

T = TypeVar("T")

PATIENCE_S: Final = 20.0
"""Longer than a restart; shorter than the usual patience of proxies and clients, which is 30 s at least."""
_PAUSE_S: Final = 0.25


class RepeatedReads:
    """Of all reads that wait one looks again at a time, and the rest hold nothing but their request.

    Used in event loops only.

    Args:
        patience_s: how long one read is tried, from its beginning.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._answered_s = 0.0
        self._looking = False
        self._looked_s = 0.0

    async def settle(self, read: Callable[[], Awaitable[T]], closing: threading.Event) -> T:
        """What `read` returns once the database answers.

        Args:
            closing: set when nothing is to be waited for any more.

        Raises:
            DatabaseAway, ConnectionLost: it has not for so long; and at once whatever else `read` raises.
        """
        until_s = time.monotonic() + self._patience_s
        asked_s = time.monotonic()
        try:
            return await self._answered(read)
        except (ConnectionLost, DatabaseAway) as error:
            last = error
        while time.monotonic() < until_s and not closing.is_set():
            await asyncio.sleep(_PAUSE_S)
            if self._answered_s <= asked_s and not self._may_look():
                continue
            asked_s = time.monotonic()
            try:
                return await self._look(read)
            except (ConnectionLost, DatabaseAway) as error:
                last = error
        raise last

    def _may_look(self) -> bool:
        return not self._looking and time.monotonic() - self._looked_s >= _PAUSE_S

    async def _look(self, read: Callable[[], Awaitable[T]]) -> T:
        self._looking = True
        try:
            return await self._answered(read)
        finally:
            self._looking, self._looked_s = False, time.monotonic()

    async def _answered(self, read: Callable[[], Awaitable[T]]) -> T:
        made = await read()
        self._answered_s = time.monotonic()
        return made
