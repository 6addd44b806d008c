"""Each request is a span, which begins a trace or goes on with the client's."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cleanplate.tasks.task import TRACE
from cleanplate.tracing.spans import NO_SPAN, TraceContext, Tracer, TraceSpan

_OF_OPERATORS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked for all day long, and no part of anything."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER_METHOD: Final = "_OTHER"


class RequestSpanMiddleware:
    """Middleware within that of the log, where requests have their names.

    Sets `request.state.span`. A `traceparent` that came is honoured; a path is told without its query.
    """

    def __init__(self, app: ASGIApp, *, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OF_OPERATORS:
            await self._app(scope, receive, send)
            return
        about = {
            "http.request.method": _method(scope),
            "url.path": scope["path"],
            "url.scheme": scope["scheme"],
            "cleanplate.request.id": scope["state"]["request_id"],
        }
        with self._tracer.span(_method(scope), _came(scope), kind="server", attributes=about) as span:
            scope["state"]["span"] = span
            reply = _TracedReply(span, send)
            try:
                await self._app(scope, receive, reply.send)
            except Exception:
                # The reply to a fault is made further out
                reply.tell(HTTPStatus.INTERNAL_SERVER_ERROR)
                raise
            finally:
                if route := getattr(scope.get("route"), "path", ""):
                    span.rename(f"{_method(scope)} {route}")
                    span.set({"http.route": route})


@dataclass(frozen=True, slots=True)
class _TracedReply:
    """A reply on its way to the client."""

    span: TraceSpan
    to_client: Send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.tell(message["status"])
        await self.to_client(message)

    def tell(self, status: int) -> None:
        self.span.set({"http.response.status_code": int(status)})
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.span.fail(str(int(status)))


def span_of(request: Request) -> TraceSpan:
    """Of this request."""
    span: TraceSpan = getattr(request.state, "span", NO_SPAN)
    return span


def kept_trace(request: Request) -> Mapping[str, Any]:
    """What the task that comes of this request keeps of its trace, for `Submission.extra`."""
    context = span_of(request).context
    return {TRACE: dict(context)} if context else {}


def _came(scope: Scope) -> TraceContext:
    """The client's trace. Of several `traceparent`s none is honoured, as W3C Trace Context has it."""
    headers = Headers(scope=scope)
    parents = headers.getlist("traceparent")
    if len(parents) != 1:
        return {}
    return {"traceparent": parents[0], "tracestate": ",".join(headers.getlist("tracestate"))}


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else _OTHER_METHOD
