"""Whole request bodies: in memory as far as there is room for all of them together, else in files.

What is unfinished may take half of the memory, and goes to a file beyond it: a client that never ends its
body holds up nobody. A body that has come is read back when the other half has room, which bodies that are
being answered give back soon.
"""

import asyncio
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from cleanplate.errors import StorageFailed
from cleanplate.settings import Settings
from cleanplate.transport.body_budget import Budget
from cleanplate.transport.body_pace import Pace, PacedReceive

T = TypeVar("T")

_TURN_S: Final = 30.0
"""Longest that a body waits in its file to be read."""
_RETRY_S: Final = 5
_WRITE_BYTES: Final = 128 * 2**10
"""So much at a time goes to the thread that writes a file; what waits for that is in no budget."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """What bodies may take.

    Attributes:
        max_bytes: of one.
        memory_bytes: of all together, in memory.
        disk_bytes: of all together, in files.
        pace: how slowly one may come.
    """

    max_bytes: int
    memory_bytes: int
    disk_bytes: int
    pace: Pace


def body_limits(settings: Settings) -> BodyLimits:
    """The limits of these settings."""
    return BodyLimits(
        max_bytes=settings.max_body_bytes,
        memory_bytes=settings.body_memory_bytes,
        disk_bytes=settings.body_disk_bytes,
        pace=Pace(settings.body_pause_s, settings.body_timeout_s),
    )


class Bodies:
    """Reads bodies, within limits.

    Args:
        folder: where those go that have no room; it is there. Its files have no names, and end with us.
    """

    def __init__(self, limits: BodyLimits, folder: Path) -> None:
        self.limits = limits
        self.folder = folder
        self.unfinished = Budget(limits.memory_bytes // 2)
        self.whole = Budget(limits.memory_bytes // 2)
        self.on_disk = Budget(limits.disk_bytes)

    async def read(self, request: Request) -> "Body":
        """The body of a request, which has to be closed.

        Raises:
            HTTPException: 413 over the largest size, 408 when it comes too slowly, 429 when there is no room
                for it, 400 when it is compressed, or the client went away.
            StorageFailed: the disk refused.
        """
        if request.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
            raise HTTPException(
                400, "A compressed request body is not taken: send it without Content-Encoding."
            )
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.limits.max_bytes:
            raise HTTPException(413)
        body = Body(self)
        try:
            await self._fill(body, Request(request.scope, PacedReceive(request.receive, self.limits.pace)))
        except BaseException:
            body.close()
            raise
        return body

    async def _fill(self, body: "Body", request: Request) -> None:
        try:
            async for part in request.stream():
                if body.size + len(part) > self.limits.max_bytes:
                    raise HTTPException(413)  # `BodyDrainingMiddleware` takes the rest
                await body.add(part)
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        except ClientDisconnect:
            raise HTTPException(400) from None
        await body.end()


@dataclass(slots=True)
class _Taken:
    """Bytes of a budget."""

    budget: Budget
    size: int = 0

    def try_more(self, size: int) -> bool:
        taken = self.budget.try_take(size)
        self.size += size if taken else 0
        return taken

    def give_back(self) -> None:
        if self.size:
            self.budget.give_back(self.size)
        self.size = 0


class Body:
    """One body while it comes, and then as a whole.

    Attributes:
        size: bytes that have come.
    """

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._in_memory, self._on_disk = _Taken(bodies.unfinished), _Taken(bodies.on_disk)
        self._held = io.BytesIO()
        self._file: IO[bytes] | None = None
        self._data: bytes | None = None
        self.size = 0

    @property
    def data(self) -> bytes:
        """All of it. Only between `end` and `consume` or `close`."""
        if self._data is None:
            raise ValueError("the body has been consumed or closed, or is not here yet")
        return self._data

    def consume(self, read: Callable[[bytes], T]) -> T:
        """What `read` makes of it. Its bytes go: what is made of them may be as large again.

        The room that they had stays taken until `close`.
        """
        made = read(self.data)
        self._data = None
        return made

    @property
    def consumed(self) -> bool:
        """Whether its bytes have gone."""
        return self._data is None

    async def add(self, part: bytes) -> None:
        """Keep one part more."""
        self.size += len(part)
        if self._file is None and self._in_memory.try_more(len(part)):
            self._held.write(part)
            return
        if not self._on_disk.try_more(len(part) + (self._in_memory.size if self._file is None else 0)):
            raise _no_room()
        self._held.write(part)
        if self._file is None or self._held.tell() >= _WRITE_BYTES:
            await self._write()

    async def end(self) -> None:
        """All has come."""
        if self._file is None:
            self._data = self._held.getvalue()
            self._held = io.BytesIO()
            return
        await self._write()
        try:
            async with asyncio.timeout(_TURN_S):
                await self._bodies.whole.take(self.size)
        except TimeoutError:
            raise _no_room() from None
        self._in_memory = _Taken(self._bodies.whole, self.size)
        self._data = await run_in_threadpool(_read_back, self._file)
        self._drop_file()

    def close(self) -> None:
        """Give everything back; again is nothing."""
        self._data = None
        self._held = io.BytesIO()
        self._in_memory.give_back()
        self._drop_file()

    async def _write(self) -> None:
        held, self._held = self._held, io.BytesIO()
        try:
            if self._file is None:
                self._file = await run_in_threadpool(_new_file, self._bodies.folder)
            await run_in_threadpool(_write, self._file, held)
        except OSError as error:
            raise StorageFailed("the request body could not be kept", log=str(error)) from error
        self._in_memory.give_back()

    def _drop_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        self._on_disk.give_back()


def _new_file(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def _write(file: IO[bytes], held: io.BytesIO) -> None:
    file.write(held.getbuffer())


def _read_back(file: IO[bytes]) -> bytes:
    try:
        file.seek(0)
        return file.read()
    except OSError as error:
        raise StorageFailed("the request body could not be kept", log=str(error)) from error


def _no_room() -> HTTPException:
    return HTTPException(429, headers={"Retry-After": str(_RETRY_S)})


async def read_body(request: Request, bodies: Bodies) -> Body:
    """The body of a request, which `BodiesMiddleware` closes; whoever asks again gets the same.

    Raises:
        HTTPException, StorageFailed: as `Bodies.read`.
    """
    if getattr(request.state, "body", None) is None:
        request.state.body = await bodies.read(request)
    body: Body = request.state.body
    return body


class BodiesMiddleware:
    """Closes what `read_body` has read for a request once that has been answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            body = scope.get("state", {}).get("body")
            if body is not None:
                body.close()
