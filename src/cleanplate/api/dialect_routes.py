"""How every endpoint of every dialect is run: body, thread, errors, reply."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.api import limit_headers
from cleanplate.api.dialect import Dialect
from cleanplate.api.endpoint import ApiCall, AwaitReply, AwaitTask, Endpoint, Handler, HandlerReply, JsonReply
from cleanplate.api.idempotency_middleware import HEADER as IDEMPOTENCY_KEY
from cleanplate.api.refusal import DialectFaultError, RefusedError
from cleanplate.api.services import Services
from cleanplate.api.task_wait import never, wait_for_end
from cleanplate.errors import CleanplateError, LimitReached
from cleanplate.tasks.task import Task
from cleanplate.transport.bodies import read_body

_log = logging.getLogger(__name__)

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_CLIENT_LEFT: Final = 499
"""As nginx has it: no fault of the server, which alerts would call for."""


def dialect_routes(dialect: Dialect, services: Services) -> list[Route]:
    """Everything that a dialect answers, as Starlette's routes."""
    slashes = ("", "/") if dialect.trailing_slash else ("",)
    endpoints = [
        Route(path + slash, _Runner(dialect, services, by_method).respond, methods=list(by_method))
        for path, by_method in _by_path(dialect.endpoints).items()
        for slash in slashes
    ]
    return [*endpoints, *dialect.routes(services)]


def _by_path(endpoints: Sequence[Endpoint]) -> dict[str, dict[str, Endpoint]]:
    # One route for each path: what it answers to a wrong method names all that are right.
    found: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        found.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    return found


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs the endpoints of one path."""

    dialect: Dialect
    services: Services
    endpoints: Mapping[str, Endpoint]

    async def respond(self, request: Request) -> Response:
        """Answer, and say in headers what is left of the limits that were looked at."""
        response = await self._answer(request)
        limit_headers.write(request, response)
        return response

    async def _answer(self, request: Request) -> Response:
        """Call the handler off the event loop, and make its reply or its error a response."""
        method = "GET" if request.method == "HEAD" else request.method
        try:
            made = await self._made(request, method)
            if isinstance(made, AwaitReply):
                return await made.reply()
            return await self._waited(request, made) if isinstance(made, AwaitTask) else made
        except RefusedError as error:
            return self.dialect.errors.response(request, error.refusal)
        except DialectFaultError as error:
            _log.error("%s %s of the dialect %s: %s", method, request.url.path, self.dialect.name, error.log)
            return self.dialect.errors.error_response(request, error)
        except CleanplateError as error:
            _tell_refusal(error)
            return self.dialect.errors.error_response(request, error)

    async def _waited(self, request: Request, wanted: AwaitTask) -> Response:
        """The reply when the task has ended, or has not within the time."""
        limit_s = self.services.settings.sync_timeout_s
        # One with an Idempotency-Key comes back for the reply
        stays = wanted.stays or IDEMPOTENCY_KEY in request.headers
        gone = never if stays else request.is_disconnected
        task = await wait_for_end(self.services, wanted.task_id, limit_s, gone, watch=wanted.watch)
        if task is None and await gone():
            return Response(status_code=_CLIENT_LEFT)  # for the log and the metrics: nobody gets it
        return await self.services.threads.read(partial(self._reply_after, request, wanted, task))

    async def _made(self, request: Request, method: str) -> Response | AwaitTask | AwaitReply:
        """What the handler makes of the request; nothing keeps the body after that."""
        body = await read_body(request, self.services.bodies) if method in _WITH_BODY else None
        webhooks = self.dialect.webhook_body is not None
        call = ApiCall(self.services, self.dialect.name, request, body, webhooks)
        try:
            endpoint, threads = self.endpoints[method], self.services.threads
            step = partial(self._handle, endpoint.handler, call)
            return await (threads.read if endpoint.only_reads else threads.write)(step)
        finally:
            if body is not None:
                body.close()

    def _handle(self, handler: Handler, call: ApiCall) -> Response | AwaitTask | AwaitReply:
        made = handler(call)
        return made if isinstance(made, AwaitTask | AwaitReply) else self._response(call.request, made)

    def _reply_after(self, request: Request, wanted: AwaitTask, task: Task | None) -> Response:
        return self._response(request, wanted.reply(task))

    def _response(self, request: Request, reply: HandlerReply) -> Response:
        if isinstance(reply, Response):
            return reply
        if isinstance(reply, Mapping):
            reply = JsonReply(reply)
        if not isinstance(reply, JsonReply):
            raise DialectFaultError(f"it was answered with {type(reply).__name__}, which is no reply")
        return self.dialect.reply(request, reply)


def _tell_refusal(error: CleanplateError) -> None:
    # Who comes too often shall not fill the log: the line of the request says 429
    level = logging.DEBUG if isinstance(error, LimitReached) else logging.WARNING
    _log.log(level, "request refused: %s", error.log)
