"""So many places for all, shared out by key: whoever takes many always leaves some for the next."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

_Entry: TypeAlias = asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class _Wish:
    """Somebody who waits, and for how many places."""

    amount: int
    entry: _Entry


class FairPlaces:
    """A semaphore that many keys share. Belongs to one event loop.

    A key may hold at most as many places as are left when it has them: the first gets half, the next half of
    the rest. One that holds none gets in as long as there is room. Of those that wait, the one whose key
    holds the fewest is next; within a key, the one that came first.

    Args:
        places: how many there are, >= 1. They may stand for anything that is counted: downloads, bytes.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._free = places
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Wish]] = {}

    @asynccontextmanager
    async def hold(self, key: str, amount: int = 1) -> AsyncIterator[None]:
        """Hold `amount` places, after waiting for them. Whoever wants more than there are gets them all."""
        amount = min(amount, self._places)
        await self._take(key, amount)
        try:
            yield
        finally:
            self._give_back(key, amount)

    async def _take(self, key: str, amount: int) -> None:
        wish = _Wish(amount, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(key, deque()).append(wish)
        self._let_in()
        try:
            await wish.entry
        except asyncio.CancelledError:
            if not wish.entry.cancelled():  # let in, and cancelled before it could know
                self._give_back(key, amount)
            self._let_in()
            raise

    def _give_back(self, key: str, amount: int) -> None:
        self._free += amount
        self._held[key] -= amount
        if not self._held[key]:
            del self._held[key]
        self._let_in()

    def _let_in(self) -> None:
        while (key := self._next()) is not None:
            wish = self._waiting[key].popleft()
            self._free -= wish.amount
            self._held[key] += wish.amount
            wish.entry.set_result(None)

    def _next(self) -> str | None:
        """The key of whoever may enter now."""
        for key in sorted(self._waiting, key=lambda key: self._held[key]):
            line = self._waiting[key]
            while line and line[0].entry.cancelled():
                line.popleft()
            if not line:
                del self._waiting[key]
            elif self._fits(key, line[0].amount):
                return key
        return None

    def _fits(self, key: str, amount: int) -> bool:
        mine = self._held[key]
        return amount <= self._free and (not mine or mine + amount <= self._free)
