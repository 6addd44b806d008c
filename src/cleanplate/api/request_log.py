"""Each request has a name, a line in the log, and is counted."""

import logging
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cleanplate import telemetry
from cleanplate.api.dialect import Dialect, owner_of
from cleanplate.metrics.metrics import Metrics

_log = logging.getLogger(__name__)

HEADER: Final = "x-request-id"
_SHAPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""What another program's id may look like; it comes into log lines and replies."""
_LONGEST_PATH: Final = 200
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED: Final = 400
_NO_REPLY: Final = 499
"""As nginx says that the client went away before there was one."""


class RequestLogMiddleware:
    """Middleware round all that answers.

    Sets `request.state.request_id`: that of an `X-Request-Id` that came, where it has the shape of one, else
    a new UUID. The reply says it too. Polls that are answered well are logged at DEBUG, all else at INFO.
    """

    def __init__(self, app: ASGIApp, *, dialects: Sequence[Dialect], metrics: Metrics) -> None:
        self._app = app
        self._dialects = dialects
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = request_name(scope)
        scope.setdefault("state", {})["request_id"] = name
        telemetry.request_id.set(name)
        reply = _Reply(send, name)
        began_s = time.perf_counter()
        try:
            await self._app(scope, receive, reply.send)
        except Exception:
            # The reply to a fault is made further out
            reply.status = HTTPStatus.INTERNAL_SERVER_ERROR.value
            raise
        finally:
            self._tell(scope, reply.status, time.perf_counter() - began_s)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method, path = scope["method"], scope["path"]
        dialect = owner_of(self._dialects, path)
        name = None if dialect is None else dialect.name
        self._metrics.request(name, method, status)
        if dialect is not None and method == "POST" and dialect.is_idempotent(path) and status < _REFUSED:
            self._metrics.submit(dialect.name, seconds)
        quiet = method in _READING and status < _REFUSED
        _log.log(
            logging.DEBUG if quiet else logging.INFO,
            "answered",
            extra={
                "method": method,
                "path": path[:_LONGEST_PATH],
                "status": status,
                "ms": round(1000 * seconds),
                "key_id": getattr(scope["state"].get("caller"), "key_id", ""),
            },
        )


@dataclass(slots=True)
class _Reply:
    """A reply on its way to the client."""

    to_client: Send
    request_id: str
    status: int = _NO_REPLY

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message["headers"]))
            headers.setdefault(HEADER, self.request_id)
            message = {**message, "headers": headers.raw}
        await self.to_client(message)


def request_name(scope: Scope) -> str:
    """The id of a request: the client's, where it is one, else a new UUID."""
    given = Headers(scope=scope).get(HEADER, "")
    return given if _SHAPE.fullmatch(given) else str(uuid.uuid4())
