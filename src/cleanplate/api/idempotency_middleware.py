"""`Idempotency-Key`, for the submits of every dialect: a repeated request gets the reply of the first.

| a request with the key of an earlier one | answer |
|---|---|
| same account, path and body | the reply of the first, byte for byte, with `Idempotent-Replayed: true` |
| another body | 409 |
| while the first is still being answered, by whichever server | 409 with `Retry-After` |
| after the server that was answering died | answered anew, with the task that it had made, if it had |
| after a reply that was not 2xx, or after 24 hours | answered anew |
"""

import logging
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cleanplate.api.dialect import Dialect, dialect_of
from cleanplate.api.request_log import HEADER as REQUEST_ID
from cleanplate.errors import StorageFailed
from cleanplate.idempotency import Conflict, IdempotencyStore, InProgress, Mismatch, Reply
from cleanplate.transport.bodies import Bodies, Body, read_body
from cleanplate.transport.request_threads import RequestThreads

_log = logging.getLogger(__name__)

HEADER: Final = "idempotency-key"
_LONGEST: Final = 255
_RETRY_S: Final = 1
_BOUNDARY = re.compile(r"""boundary=(?:"([^"]+)"|([^\s;"]+))""", re.IGNORECASE)


class IdempotencyMiddleware:
    """Inside `AuthMiddleware`: looks at POSTs to an `Endpoint` that is `idempotent`, and at no more."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        dialects: Sequence[Dialect],
        store: IdempotencyStore,
        threads: RequestThreads,
        bodies: Bodies,
    ) -> None:
        self._app = app
        self._dialects = dialects
        self._store = store
        self._threads = threads
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dialect = self._dialect(scope)
        if dialect is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except HTTPException as error:
            response = dialect.errors.status_response(request, error.status_code, error.detail)
            response.headers.update(error.headers or {})
        except StorageFailed as error:
            _log.warning("request refused: %s", error.log)
            response = dialect.errors.error_response(request, error)
        await response(scope, receive, send)

    def _dialect(self, scope: Scope) -> Dialect | None:
        """Whose submit this is; None when it is no submit, or has no key."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        request = Request(scope)
        dialect = dialect_of(self._dialects, request)
        wanted = dialect is not None and dialect.is_idempotent(scope["path"])
        return dialect if wanted and HEADER in request.headers else None

    async def _answer(self, request: Request) -> Response:
        key = request.headers[HEADER]
        if not 1 <= len(key) <= _LONGEST or not (key.isascii() and key.isprintable()):
            raise HTTPException(400, f"Idempotency-Key must be 1 to {_LONGEST} printable characters")
        body = await read_body(request, self._bodies)
        name = f"{request.scope['path'].rstrip('/')} {key}"
        account = request.state.caller.account
        identity = _identity(request, body.data)
        match await self._threads.write(partial(self._store.begin, account, name, identity)):
            case InProgress() as mine:
                return _response(await self._answer_first(mine, request, body))
            case Reply() as reply:
                response = _response(reply)
                response.headers["idempotent-replayed"] = "true"
                return response
            case Conflict():
                raise HTTPException(
                    409,
                    "The first request with this Idempotency-Key is still being answered",
                    {"Retry-After": str(_RETRY_S)},
                )
            case Mismatch():
                raise HTTPException(409, "This Idempotency-Key was used for another request body")

    async def _answer_first(self, mine: InProgress, request: Request, body: Body) -> Reply:
        """Have the request answered, and keep the reply if it is a good one."""
        recorder = _Recorder(body, request.receive)
        request.state.task_id = mine.task_id
        end = partial(self._store.leave, mine)
        try:
            await self._app(request.scope, recorder.receive, recorder.send)
            reply = recorder.reply(request.state.request_id)
            if 200 <= reply.status < 300:  # noqa: PLR2004 - the 2xx of HTTP
                end = partial(self._store.finish, mine, reply)
            elif not getattr(request.state, "unsure", False):
                end = partial(self._store.drop, mine)
            return reply
        finally:
            await self._end(end)

    async def _end(self, step: Callable[[], None]) -> None:
        # What was done is done: the caller hears of it
        try:
            await self._threads.write(step)
        except StorageFailed as error:
            _log.warning("the end of an idempotent request is not kept: %s", error.log)


class _Recorder:
    """Gives the application a body that was read already, and records the reply to it."""

    def __init__(self, body: Body, receive: Receive) -> None:
        self._body: Body | None = body
        self._receive = receive
        self._start: Message = {}
        self._parts: list[bytes] = []

    async def receive(self) -> Message:
        body, self._body = self._body, None
        if body is None or body.consumed:
            return await self._receive()
        return {"type": "http.request", "body": body.data, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))

    def reply(self, request_id: str) -> Reply:
        """What was recorded; whenever it is given again, it is named after the first request."""
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in self._start["headers"]
        ]
        if all(name.lower() != REQUEST_ID for name, _ in headers):
            headers.append((REQUEST_ID, request_id))
        return Reply(self._start["status"], tuple(headers), b"".join(self._parts))


def _response(reply: Reply) -> Response:
    response = Response(reply.body, reply.status)
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers
    ]
    return response


def _identity(request: Request, body: bytes) -> bytes:
    """What has to be the same in a repeated request. Clients draw a new multipart boundary for each try."""
    content_type = request.headers.get("content-type", "")
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/"):
        return body
    boundary = (found[1] or found[2]).encode("latin-1")
    return body.replace(b"--" + boundary, b"--")
