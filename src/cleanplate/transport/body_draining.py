"""Takes the body of a request that is refused before it is read.

Most clients read no reply before they have sent everything. A server that closes meanwhile shows them a
broken pipe in place of the refusal.
"""

import re
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cleanplate.transport.body_pace import Pace, PacedReceive

_TOO_SLOW: Final = 408
_TAKES_NO_REFUSAL: Final = re.compile(r"Java-http-client/1[1-9]\b")
"""The JDK's own client before 20 waits for `100 Continue` for ever, whatever it is answered (JDK-8286171)."""


class BodyDrainingMiddleware:
    """Middleware: before a reply begins, what is left of the request body is read and dropped.

    Not if it is longer than `max_bytes` or comes too slowly: then the reply says `Connection: close`.
    Not of a client that waits for `100 Continue` and has not been told it: it is refused at once, and the
    reply says the same. Only old JDKs are told to go on, as they would hang.

    Args:
        max_bytes: most that is taken of one body, what the application has read of it included.
        pace: how slowly the rest of it may come.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, pace: Pace) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        body = _CountedBody(scope, receive, self._max_bytes)
        reply = _DelayedReply(body, send, self._pace)
        await self._app(scope, body.receive, reply.send)


class _CountedBody:
    """A request body on its way to the application, counted."""

    def __init__(self, scope: Scope, receive: Receive, max_bytes: int) -> None:
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        self._receive = receive
        self._max_bytes = max_bytes
        self._declared = int(declared) if declared.isdecimal() else 0
        self._size = 0
        self._is_awaited = headers.get("expect", "").lower() == "100-continue" and not (
            _TAKES_NO_REFUSAL.match(headers.get("user-agent", ""))
        )
        self.ended = False

    async def receive(self) -> Message:
        self._is_awaited = False
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        return message

    async def drop(self, pace: Pace) -> None:
        """Read to the end, within the time and the size; nothing of what the client waits to be asked for."""
        if self._is_awaited:
            return
        receive = PacedReceive(self.receive, pace)
        try:
            while not self.ended and max(self._declared, self._size) <= self._max_bytes:
                await receive()
        except TimeoutError:
            pass


class _DelayedReply:
    """A reply on its way to the client; it begins when the body has ended."""

    def __init__(self, body: _CountedBody, send: Send, pace: Pace) -> None:
        self._body = body
        self._send = send
        self._pace = pace

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._body.ended:
            message = await self._begin(message)
        await self._send(message)

    async def _begin(self, start: Message) -> Message:
        if start["status"] != _TOO_SLOW:
            await self._body.drop(self._pace)
        if self._body.ended:
            return start
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["Connection"] = "close"
        return {**start, "headers": headers.raw}


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
