"""HTTP/1.1 on one connection: h11 reads it, uvicorn runs it, and what a stranger may take is limited here."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol
from uvicorn.server import ServerState

from cleanplate.serving.edge_limits import EdgeConfig
from cleanplate.serving.framing_limits import TOO_LARGE, LimitedFraming
from cleanplate.serving.places import Stake, origin_of

_LINGER_S: Final = 2.0
"""So long what a refused client still sends is taken and dropped: else it sees a reset, not the reply."""
_BROKEN: Final = 400
_TOO_SLOW: Final = 408
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
)


class Timer:
    """One call after a while, unless it is stopped before."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    def start(self, delay_s: float, call: Callable[[], object]) -> None:
        """Begin, if it does not run already."""
        if self._handle is None:
            self._handle = self._loop.call_later(delay_s, call)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class Http1(H11Protocol):
    """One connection.

    By h11, not by httptools: a request with `Upgrade` loses its body there, and the body is read as the next
    request, while nearly every Java client offers `Upgrade: h2c` with its POSTs.
    """

    def __init__(
        self,
        config: EdgeConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._edges, self._places = config.edges, config.places
        self.conn: LimitedFraming = LimitedFraming(config.edges.head_bytes)
        self._head_timer, self._write_timer, self._end_timer = (Timer(self.loop) for _ in range(3))
        self._refused = False
        self.origin = ""
        self.since_s = time.monotonic()

    @property
    def stake(self) -> Stake:
        """What would be lost with it."""
        if self._refused:
            return Stake.REFUSED
        if self.cycle is None or self.cycle.response_complete:
            return Stake.CLIENT_WAITS if self._has_key() else Stake.STRANGER_WAITS
        return Stake.CLIENT_IS_SERVED if self._has_key() else Stake.STRANGER_IS_SERVED

    def _has_key(self) -> bool:
        """Whether `AuthMiddleware` let the last request pass."""
        return self.cycle is not None and "caller" in self.cycle.scope["state"]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.origin = origin_of(self.client[0]) if self.client else ""
        leavers = self._places.take(self)
        if self in leavers:
            transport.write(_FULL)
            transport.close()
        else:
            for leaver in leavers:
                leaver.leave()
            self._head_timer.start(self._edges.head_timeout_s, self._end_slow_head)

    def leave(self) -> None:
        """Make room at once."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head_timer, self._write_timer, self._end_timer):
            timer.stop()
        self._places.free(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What comes after the last request of a connection, or after a refusal, is nothing."""
        if self._refused or self.conn.their_state in (h11.MUST_CLOSE, h11.ERROR):
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._head_timer.stop()
        elif not self._refused:
            self._head_timer.start(self._edges.head_timeout_s, self._end_slow_head)

    def _end_slow_head(self) -> None:
        if self.conn.trailing_data[0]:
            self._refuse(_TOO_SLOW, "The request came too slowly.")
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        self.since_s = time.monotonic()
        self.timeout_keep_alive = self._edges.keep_alive_s if self._has_key() else self._edges.idle_timeout_s  # type: ignore[assignment]
        super().on_response_complete()
        self._end_if_closing()
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._head_timer.start(self._edges.head_timeout_s, self._end_slow_head)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._end_if_closing()

    def _end_if_closing(self) -> None:
        """A transport that closes waits until all is sent: without end, for a client that does not read."""
        if self.transport.is_closing():
            self._end_timer.start(self._edges.write_timeout_s, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_timer.start(self._edges.write_timeout_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._write_timer.stop()

    def _unsupported_upgrade_warning(self) -> None:
        """An offer that is not taken is nothing to warn of."""

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read."""
        if self.conn.is_too_large:
            self._refuse(TOO_LARGE, "The head of the request is too long.")
        else:
            self._refuse(_BROKEN, msg)

    def _refuse(self, status: int, text: str) -> None:
        """Answer with this and end; without a word when another reply has begun."""
        self._refused = True
        self._head_timer.stop()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in _refusal(status, text):
                self.transport.write(self.conn.send(event) or b"")
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self.flow.resume_reading()
            self._end_timer.start(_LINGER_S, self.transport.abort)
        else:
            self.transport.close()
            self._end_if_closing()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.waiting_for_100_continue = False  # nobody is told to go on after a reply
            self.cycle.message_event.set()


def _refusal(status: int, text: str) -> tuple[h11.Event, ...]:
    body = text.encode()
    headers = [
        ("Content-Type", "text/plain"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    response = h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status])
    return response, h11.Data(data=body), h11.EndOfMessage()
