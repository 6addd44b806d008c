"""One meaning for each request: what could be read in two ways is refused, each path has one spelling."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cleanplate.transport.json_response import CompactJson

_HTTP_VERSIONS: Final = frozenset({"1.0", "1.1", "2", "3"})
"""What servers call the versions. h11 lets the first bytes of HTTP/2 pass as a request of version 2.0."""
_ABSOLUTE = re.compile(rb"https?://(?:[^/?#@]*@)?([^/?#@]*)", re.IGNORECASE)
_SLASHES = re.compile(r"//+")
_RAW_SLASHES = re.compile(rb"//+")
_CLOSE: Final[Mapping[str, str]] = {"Connection": "close"}


class RequestTargetMiddleware:
    """Middleware round everything else.

    - `http://host/path` as proxies' clients send it is `/path`, and the host is that one.
    - `//` in a path is `/`: clients put together a base URL that ends with a slash, and a path that begins
      with one. The query stays as it came.
    - A body that ends in two ways (`Content-Length` beside `Transfer-Encoding`) is refused: what is one
      request to us would be two to a proxy before us.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope["type"] == "http":
            app = _refusal(scope) or app
            scope = _with_one_path(_without_authority(scope))
        await app(scope, receive, send)


def _refusal(scope: Scope) -> Response | None:
    headers, version = Headers(scope=scope), scope.get("http_version", "1.1")
    if version not in _HTTP_VERSIONS:
        return _refuse(505, "HTTP/1.1 is spoken here")
    if "transfer-encoding" in headers and ("content-length" in headers or version == "1.0"):
        return _refuse(400, "the length of the request body is told in more than one way")
    return None


def _refuse(status: int, message: str) -> Response:
    return CompactJson({"message": message}, status, headers=_CLOSE)


def _without_authority(scope: Scope) -> Scope:
    raw = scope.get("raw_path") or b""
    found = _ABSOLUTE.match(raw)
    if found is None:
        return scope
    raw = raw[found.end() :] or b"/"
    headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
    host = [(b"host", found[1])]
    return {**scope, "path": unquote(raw.decode("latin-1")), "raw_path": raw, "headers": [*host, *headers]}


def _with_one_path(scope: Scope) -> Scope:
    if "//" not in scope["path"]:
        return scope
    raw = _RAW_SLASHES.sub(b"/", scope.get("raw_path") or b"")
    return {**scope, "path": _SLASHES.sub("/", scope["path"]), "raw_path": raw}
