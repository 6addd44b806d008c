"""The server's side of connections, without sockets: bytes go in and out, and what it logs is looked at."""

import asyncio
import atexit
import logging
import re
import time
from collections.abc import Sequence
from typing import Any, Final

import h11
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from cleanplate.serving.edge_limits import EdgeConfig
from cleanplate.serving.http1 import Http1
from cleanplate.serving.server import server_config
from cleanplate.settings import Settings

_LONGEST_S: Final = 8.0
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_ALLOWED: Final = frozenset({503, 504, 505})
"""What a server may say of itself: it is busy; nobody did in time what a request waits for, as no worker is
here; it does not speak that version."""


class _Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = bytearray()
        self.closing = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closing = True

    abort = close

    def is_closing(self) -> bool:
        return self.closing

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """What is written is all kept."""

    def pause_reading(self) -> None:
        """All is fed as if it had been buffered."""

    def resume_reading(self) -> None:
        """As above."""


class _Cries(logging.Handler):
    """What is logged as an error: a client's bytes are no reason for one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


class Wire:
    """One application that is asked again and again, each time on a connection of its own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._loop = asyncio.new_event_loop()
        atexit.register(self._loop.close)
        self._config: EdgeConfig = server_config(app, settings, lifespan="off")
        self._config.load()
        self._cries = _Cries()
        for name in ("", "uvicorn.error"):
            logging.getLogger(name).addHandler(self._cries)

    def statuses(self, pieces: Sequence[bytes]) -> list[int]:
        """The statuses of all replies to what a client sends, in pieces, before it leaves.

        Raises:
            AssertionError, TimeoutError: as `replies`.
        """
        return [int(status) for status in _STATUS.findall(self.replies(pieces))]

    def replies(self, pieces: Sequence[bytes]) -> bytes:
        """All that is written in reply to what a client sends, in pieces, before it leaves.

        Raises:
            AssertionError: a status of 500 and up that no client explains, or an error in the log.
            TimeoutError: whole requests are not answered within eight seconds.
        """
        self._cries.said.clear()
        written = self._loop.run_until_complete(self._talk(pieces))
        found = [int(status) for status in _STATUS.findall(written)]
        assert not self._cries.said, "\n".join(self._cries.said)
        assert self.explained(written) or all(status < 500 or status in _ALLOWED for status in found), found
        return written

    def explained(self, written: bytes) -> bool:
        """Whether a status of 500 and up in what was written is as it should be."""
        return False

    async def _talk(self, pieces: Sequence[bytes]) -> bytes:
        state, transport = ServerState(), _Transport()
        protocol = Http1(self._config, state, {}, self._loop)
        protocol.connection_made(transport)
        for piece in pieces:
            if piece and not transport.closing:  # a socket gives no empty piece
                protocol.data_received(piece)
                await asyncio.sleep(0)
        await _answered(protocol, state)
        transport.closing = True
        protocol.connection_lost(None)
        await _ended(state)
        return bytes(transport.written)


async def _answered(protocol: Http1, state: ServerState) -> None:
    """Wait for the replies to whole requests; one whose body is to come still gets none."""
    end_s = time.monotonic() + _LONGEST_S
    while state.tasks and protocol.conn.their_state is not h11.SEND_BODY:
        if time.monotonic() > end_s:
            raise TimeoutError("no reply")
        await asyncio.wait(list(state.tasks), timeout=0.05)
        await asyncio.sleep(0)


async def _ended(state: ServerState) -> None:
    """What is still at work when the client has gone ends soon."""
    if state.tasks:
        _, left = await asyncio.wait(list(state.tasks), timeout=_LONGEST_S)
        if left:
            raise TimeoutError("it works on for a client that has gone")
