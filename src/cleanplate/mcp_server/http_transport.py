"""Over streamable HTTP: several clients, of this machine or with a key. No file of this machine is read."""

import hmac
import ipaddress
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import anyio
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cleanplate.errors import SetupError
from cleanplate.mcp_server.protocol_server import ProtocolServer
from cleanplate.mcp_server.result_folder import ResultFolder
from cleanplate.runtime.runtime import Runtime
from cleanplate.serving.listening import listen
from cleanplate.settings import Settings

PATH: Final = "/mcp"
_MOST_CONNECTIONS: Final = 256
_MOST_SESSIONS: Final = 256
_IDLE_S: Final = 1800.0
_STOP_S: Final = 5
_OPEN: Final = (
    "an MCP server that others can reach needs a key: set CLEANPLATE_API_KEYS, which clients send as Bearer"
)


def serve_http(settings: Settings, runtime: Runtime, results: Path | None, host: str, port: int) -> None:
    """Answer until a signal.

    Args:
        settings: with `api_keys` every request needs one of them.
        results: the folder for results, which is there; None is a temporary one that goes at the end.
        port: 0 is a free one.

    Raises:
        SetupError: the port is taken, or there is no key and the address is not of this machine alone.
    """
    if not settings.api_keys and not is_loopback(host):
        raise SetupError(_OPEN)
    listening = listen(host, port)
    try:
        anyio.run(
            _serve,
            ProtocolServer(settings, runtime, ResultFolder(results, served=True), local=False),
            listening,
        )
    finally:
        listening.close()


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve(protocol: ProtocolServer, listening: socket.socket) -> None:
    async with protocol.opened() as server:
        config = uvicorn.Config(
            http_app(server, protocol.settings),
            log_level="warning",
            access_log=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_STOP_S,
        )
        name, port = listening.getsockname()[:2]
        shown = f"[{name}]" if ":" in name else name
        print(f"MCP server at http://{shown}:{port}{PATH}", file=sys.stderr, flush=True)
        await uvicorn.Server(config).serve(sockets=[listening])


def http_app(server: Server[Any], settings: Settings) -> ASGIApp:
    """The application. Without keys it answers only what was sent to this machine's own names, so that no
    web page can use a browser here for it.
    """
    guarded = TransportSecuritySettings(enable_dns_rebinding_protection=False) if settings.api_keys else None
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=settings.max_body_bytes,
        session_idle_timeout=_IDLE_S,
        max_sessions=_MOST_SESSIONS,
        transport_security=guarded,
    )
    return KeyMiddleware(app, settings.api_keys) if settings.api_keys else app


class KeyMiddleware:
    """Lets nothing pass without one of the keys."""

    def __init__(self, app: ASGIApp, keys: Sequence[str]) -> None:
        self._app = app
        self._keys = [key.encode() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._may_pass(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        refused = JSONResponse(
            {"error": "a key is wanted: Authorization: Bearer <key>"}, 401, {"WWW-Authenticate": "Bearer"}
        )
        await refused(scope, receive, send)

    def _may_pass(self, headers: Headers) -> bool:
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        given = secret.strip().encode()
        # All are compared: how long it takes says nothing about which is near
        same = [hmac.compare_digest(given, key) for key in self._keys]
        return scheme.lower() == "bearer" and any(same)
