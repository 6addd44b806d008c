"""What a dialect is, and the parts that every dialect shares."""

import asyncio
import codecs
import re
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cleanplate import telemetry
from cleanplate.access import Access
from cleanplate.errors import BadParameter, CleanplateError, Unauthorized
from cleanplate.settings import Settings
from cleanplate.storage.folder import FileStore
from cleanplate.storage.signed_links import Links
from cleanplate.tasks.catalogue import Catalogue
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.task import Output, Task
from cleanplate.uploads import Uploads

_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = re.compile(rb"%b(?!%b)|(?<!%b)%b" % (_HIGH, _LOW, _HIGH, _LOW))
"""Half a surrogate pair, in JSON without escaped backslashes."""
_OTHER_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
BODY_TIMEOUT_S: Final = 120.0
"""Seconds a client may take to send one request body."""
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Services:
    """What a dialect may use: tasks, uploads, keys, results and their links, settings, the edits there are.

    `closing` is set when the server is to stop: replies without an end of their own then end.
    """

    tasks: TaskService
    uploads: Uploads
    access: Access
    objects: FileStore
    links: Links
    settings: Settings
    catalogue: Catalogue
    closing: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One vendor's HTTP.

    Attributes:
        name: stored with each task.
        prefix: the paths it owns; every error below it takes its shape, and each path needs a key.
        others: more such prefixes, where the vendor has what is not served here.
        secret: where the vendor's clients put the API key; None when there is none.
        routes: the routes, given the services.
        error: turns any HTTP error below `prefix` (status, text) into the vendor's body. Of a path that is
            not served (404) the text tells what is.
        submits: paths, without a slash at the end, whose POSTs obey an `Idempotency-Key`.
        callback: the JSON that tells a task's `callback_url` how it ended; given the base URL of links.
            The submission says it: `extra["base_url"] = base_url(...)`. None: the vendor has no callbacks.
        callback_tries: how often one that is not taken is sent, the first time included.
        browsers: web pages of any origin may call it (CORS), as far as the server's setting allows.
    """

    name: str
    prefix: str
    secret: Callable[[Request], str | None]
    routes: Callable[[Services], Sequence[Route]]
    error: Callable[[Request, int, str], Response]
    submits: frozenset[str] = frozenset()
    callback: Callable[[Services, Task, str], Mapping[str, Any]] | None = None
    callback_tries: int = 6
    browsers: bool = False
    others: tuple[str, ...] = ()

    def owns(self, path: str) -> bool:
        return _below(self.prefix, path)

    def stands_in(self, path: str) -> bool:
        """Whether the path is below one of `others`."""
        return any(_below(prefix, path) for prefix in self.others)


def _below(prefix: str, path: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


class BrokenJson(BadParameter):
    """A body that was to be JSON cannot be read as such. `hint`: what to do about it, if that is known."""

    def __init__(self, hint: str = "") -> None:
        super().__init__("the body is not valid JSON" + (f": {hint}" if hint else ""))
        self.hint = hint


class CompactJson(Response):
    """JSON without a space after `:` or `,`: there are clients that cut the text instead of parsing it."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return orjson.dumps(content)


class AuthMiddleware:
    """Outermost layer of a dialect: names the request, and lets nothing pass without a key.

    Sets `request.state.request_id` (a UUID) and `request.state.caller` (an `access.Caller`).
    """

    def __init__(self, app: ASGIApp, *, dialects: Sequence[Dialect], access: Access) -> None:
        self._app = app
        self._dialects = dialects
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        request.state.request_id = str(uuid.uuid4())
        telemetry.request_id.set(request.state.request_id)
        refusal = await self._refusal(request)
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        dialect = dialect_of(self._dialects, request)
        if dialect is None:
            return None
        try:
            secret = dialect.secret(request)
            request.state.caller = await run_in_threadpool(self._access.caller, secret)
        except Unauthorized as error:
            return dialect.error(request, 401, error.public)
        except CleanplateError as error:
            return dialect.error(request, 500, error.public)
        return None


def dialect_of(dialects: Sequence[Dialect], request: Request) -> Dialect | None:
    """The dialect that owns the path of this request; else one that stands in for its vendor there."""
    path = request.scope["path"]
    owner = next((dialect for dialect in dialects if dialect.owns(path)), None)
    return owner or next((dialect for dialect in dialects if dialect.stands_in(path)), None)


def bearer(request: Request) -> str | None:
    """The secret of `Authorization: Bearer <secret>`, or None."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


async def read_body(request: Request, max_bytes: int, *, timeout_s: float = BODY_TIMEOUT_S) -> bytes:
    """The whole body of a request, counted while it comes.

    Raises:
        HTTPException: 413 over `max_bytes`, 408 when it takes longer than `timeout_s`, 400 when it is
            compressed, or the client went away.
    """
    if request.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise HTTPException(400, "A compressed request body is not taken: send it without Content-Encoding.")
    try:
        async with asyncio.timeout(timeout_s):
            return await _read_body(request, max_bytes)
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400) from None


async def _read_body(request: Request, max_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise HTTPException(413)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise HTTPException(413)  # `BodyDrainingMiddleware` takes the rest
        parts.append(part)
    return b"".join(parts)


def load_json(body: bytes) -> Any:
    """The JSON value of a body; a byte order mark before it is left out.

    Half a surrogate pair becomes U+FFFD: clients that cut a prompt by its length send such halves.

    Raises:
        BrokenJson: it is no JSON, or not in UTF-8.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        mended = body if b"\x00" in body else _without_halves(body)
        if mended != body:
            return load_json(mended)
        if body.startswith(_OTHER_MARKS) or b"\x00" in body[:4]:
            raise BrokenJson("it must be in UTF-8") from error
        raise BrokenJson from error


def _without_halves(body: bytes) -> bytes:
    hidden = body.replace(rb"\\", b"\x00")
    return _HALF.sub(rb"\\ufffd", hidden).replace(b"\x00", rb"\\")


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `BadParameter` for anything else."""
    value = load_json(body)
    if not isinstance(value, dict):
        raise BadParameter("the body is not a JSON object")
    return value


def result_url(services: Services, request: Request, task: Task, output: Output) -> str:
    """Absolute signed URL of a finished picture; it works without a key until the task expires."""
    return result_link(services, base_url(services.settings, request), task, output)


def result_link(services: Services, base: str, task: Task, output: Output) -> str:
    """The same below a base URL, for replies that answer no request."""
    return base + services.links.sign(output.key, (task.expires_at_ms or 0) // 1000)


def base_url(settings: Settings, request: Request) -> str:
    """How clients reach this server: the setting, or scheme and Host of the request itself."""
    if settings.public_url:
        return settings.public_url
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        name, port = request.scope.get("server") or ("127.0.0.1", settings.port)
        host = f"{name}:{port}"
    return f"{request.scope['scheme']}://{host}"
