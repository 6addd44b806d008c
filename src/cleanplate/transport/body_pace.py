"""How slowly a request body may come."""

import asyncio
from dataclasses import dataclass

from starlette.types import Message, Receive


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits of time for one body.

    Attributes:
        pause_s: longest between two parts of it.
        timeout_s: longest from its first part to its last.
    """

    pause_s: float
    timeout_s: float


class PacedReceive:
    """ASGI's `receive` that raises `TimeoutError` when a part of the body, or all of it, takes too long."""

    def __init__(self, receive: Receive, pace: Pace) -> None:
        self._receive = receive
        self._pace = pace
        self._end_s: float | None = None

    async def __call__(self) -> Message:
        now_s = asyncio.get_running_loop().time()
        if self._end_s is None:
            self._end_s = now_s + self._pace.timeout_s
        async with asyncio.timeout_at(min(now_s + self._pace.pause_s, self._end_s)):
            return await self._receive()
