"""Threads in which requests are answered: those that only read never wait behind those that write.

A database that is locked holds up who writes, for as long as `database.write_turn` lets them wait. Polls have
threads of their own, and so have results: object storage that does not answer holds up who reads from it.
Who reads from a database that is away waits for it in no thread at all (`repeated_reads`).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from cleanplate.database.reach import refused_at_once
from cleanplate.transport.repeated_reads import RepeatedReads

T = TypeVar("T")

_READERS: Final = 40
"""As many as anyio has by itself."""
_WRITERS: Final = 16
"""The database lets them in one by one; what they do beside that is reading bodies."""
_FILES: Final = 40
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods whose requests write nothing."""


@dataclass(frozen=True, slots=True)
class RequestThreads:
    """The threads of one application.

    Attributes:
        closing: set when the server is to stop: nothing is waited for any more.
    """

    readers: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_READERS))
    writers: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_WRITERS))
    files: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_FILES))
    closing: threading.Event = field(default_factory=threading.Event)
    repeated: RepeatedReads = field(default_factory=RepeatedReads)

    async def read(self, step: Callable[[], T]) -> T:
        """Run a step that writes nothing to the database; while that is away for a moment, again and again.

        Raises:
            DatabaseAway, ConnectionLost: it was away for long.
        """

        def read() -> T:
            with refused_at_once():
                return step()

        return await self.repeated.settle(
            lambda: anyio.to_thread.run_sync(read, limiter=self.readers), self.closing
        )

    async def write(self, step: Callable[[], T]) -> T:
        """Run a step that may."""
        return await anyio.to_thread.run_sync(step, limiter=self.writers)

    async def read_file(self, step: Callable[[], T]) -> T:
        """Run a step that reads a file, and waits where the store of files does not answer."""
        return await anyio.to_thread.run_sync(step, limiter=self.files)
