"""How far an edit is, as Socket.IO's events: by python-socketio, by polling alone, to the account that asked.

What a client sends is let through only where it is a connect, a disconnect or a pong: there is nothing to
tell this server, and a packet with attachments would be kept until all of them have come.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from cleanplate.api.services import Services
from cleanplate.transport.bodies import read_body

_PATHS: Final = ("/socket.io", "/socket.io/", "/ws/socket.io", "/ws/socket.io/")
_MOST_SOCKETS: Final = 64
_MOST_BYTES: Final = 4096
_PACKETS: Final = re.compile(rb"(?:[13]|4[01][^\x1e]{0,500})(?:\x1e(?:[13]|4[01][^\x1e]{0,500}))*")
_QUERY: Final = frozenset({"EIO", "transport", "t", "sid", "b64"})
_LOOK_S: Final = 0.5
_NOTHING_NEW: Final = "6"
"""Engine.IO's packet for that."""


def socket_routes(services: Services) -> Sequence[Route]:
    """The paths at which pages listen; none where python-socketio is not installed."""
    try:
        from socketio import AsyncServer
    except ImportError:
        return ()
    server = AsyncServer(
        async_mode="asgi",
        cors_allowed_origins=[],  # who may ask was looked at before
        transports=["polling"],
        allow_upgrades=False,
        max_http_buffer_size=_MOST_BYTES,
        http_compression=False,
    )
    socket = _ProgressSocket(services, server)
    return [Route(path, socket, methods=["GET", "POST"]) for path in _PATHS]


class _ProgressSocket:
    """Socket.IO within this server's limits, as an ASGI application."""

    def __init__(self, services: Services, server: Any) -> None:
        self._services = services
        self._server = server
        server.on("connect", self._enter)
        services.events.listen(self._send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self._check(request)
        work = asyncio.ensure_future(self._answer(scope, await self._packets(request), send))
        try:
            while not (await asyncio.wait({work}, timeout=_LOOK_S))[0]:
                if self._services.closing.is_set() or await request.is_disconnected():
                    await PlainTextResponse(status_code=503)(scope, receive, send)
                    return
                if self._is_closed(request.query_params.get("sid")):
                    # The library forgets the poll that is open: a client that leaves would wait for a ping
                    await PlainTextResponse(_NOTHING_NEW)(scope, receive, send)
                    return
            await work
        finally:
            work.cancel()

    def _check(self, request: Request) -> None:
        """Refuse what the library would call an error in the log. Raises `HTTPException`."""
        query = request.query_params
        # JSONP, `j`, would be for pages of other origins
        if not set(query) <= _QUERY or query.get("transport") != "polling" or query.get("EIO") != "4":
            raise HTTPException(400, "Engine.IO 4 by polling is spoken here, and nothing else")
        if "sid" in query:
            if len(query.getlist("sid")) > 1 or self._is_closed(query["sid"]):
                raise HTTPException(400, "There is no such session")
        elif request.method != "GET":
            raise HTTPException(400, "A session begins with a GET")
        elif self._open() >= _MOST_SOCKETS:
            raise HTTPException(429, "Too many pages are open")

    def _is_closed(self, sid: str | None) -> bool:
        """Whether this session is over, or never was; one that only begins is not."""
        socket = self._server.eio.sockets.get(sid)
        return sid is not None and (socket is None or socket.closed)

    def _open(self) -> int:
        """Sessions that are open; closed ones leave with the library's next round."""
        return sum(not socket.closed for socket in self._server.eio.sockets.values())

    async def _packets(self, request: Request) -> bytes:
        if request.method != "POST":
            return b""
        packets = (await read_body(request, self._services.bodies)).data
        if len(packets) > _MOST_BYTES or not _PACKETS.fullmatch(packets):
            raise HTTPException(400, "Only connects, disconnects and pongs are taken")
        return packets

    async def _answer(self, scope: Scope, packets: bytes, send: Send) -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": packets, "more_body": False}

        await self._server.eio.handle_request(scope, receive, send)

    async def _enter(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        account = environ["asgi.scope"]["state"]["caller"].account
        await self._server.enter_room(sid, account)

    async def _send(self, account: str, name: str, content: Mapping[str, Any]) -> None:
        await self._server.emit(name, *([dict(content)] if content else []), room=account)
