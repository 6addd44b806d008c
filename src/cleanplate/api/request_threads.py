"""Threads in which requests are answered: those that only read never wait behind those that write.

A database that is locked holds up who writes, for as long as `database.write_turn` lets them wait. Polls have
threads of their own, and so have results: object storage that does not answer holds up who reads from it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

_READERS: Final = 40
"""As many as anyio has by itself."""
_WRITERS: Final = 16
"""The database lets them in one by one; what they do beside that is reading bodies."""
_FILES: Final = 40
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class RequestThreads:
    """The threads of one application."""

    readers: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_READERS))
    writers: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_WRITERS))
    files: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_FILES))

    async def read(self, step: Callable[[], T]) -> T:
        """Run a step that writes nothing to the database."""
        return await anyio.to_thread.run_sync(step, limiter=self.readers)

    async def write(self, step: Callable[[], T]) -> T:
        """Run a step that may."""
        return await anyio.to_thread.run_sync(step, limiter=self.writers)

    async def read_file(self, step: Callable[[], T]) -> T:
        """Run a step that reads a file, and waits where the store of files does not answer."""
        return await anyio.to_thread.run_sync(step, limiter=self.files)

    async def answer(self, method: str, step: Callable[[], T]) -> T:
        """Run what answers a request of this HTTP method."""
        return await (self.read if method in _READING else self.write)(step)
