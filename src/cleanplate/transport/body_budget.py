"""How much of a thing request bodies may take together. Used in the event loop only."""

import asyncio


class Budget:
    """Counts bytes that are taken and given back.

    Args:
        most: bytes at once; a single body may be larger, when it is alone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._freed = asyncio.Event()
        self._queue = asyncio.Lock()

    def try_take(self, size: int) -> bool:
        """Take so many bytes if there is room."""
        if self._taken and self._taken + size > self._most:
            return False
        self._taken += size
        return True

    async def take(self, size: int) -> None:
        """Wait for room; who came first has it first."""
        async with self._queue:
            while not self.try_take(size):
                self._freed.clear()
                await self._freed.wait()

    def give_back(self, size: int) -> None:
        self._taken -= size
        self._freed.set()
