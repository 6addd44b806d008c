"""The composition root: settings become a running server. The one module that knows every part."""

import asyncio
import errno
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import uvicorn
from filelock import FileLock, Timeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

import cleanplate.wire
from cleanplate.access import Access
from cleanplate.database import open_database
from cleanplate.discovery import discover, load_plugins
from cleanplate.edits.base import Edit
from cleanplate.edits.catalogue import edits
from cleanplate.errors import SetupError
from cleanplate.intake.fetch import Fetcher
from cleanplate.limits import PRESETS
from cleanplate.settings import Settings
from cleanplate.storage.filesystem import FileStore
from cleanplate.storage.links import Links, load_secret, webhook_secret
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.deliveries import Deliveries
from cleanplate.tasks.expiry import sweep_forever
from cleanplate.tasks.postman import Postman, Round
from cleanplate.tasks.replies import Replies
from cleanplate.tasks.scenario import waits
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.staging import Stager
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task
from cleanplate.tasks.uploads import Quota, Uploads
from cleanplate.tasks.worker import Worker
from cleanplate.telemetry import setup_logging
from cleanplate.wire.base import CompactJson, Dialect, Guard, Services, dialect_of
from cleanplate.wire.browsers import Browsers
from cleanplate.wire.callbacks import letters
from cleanplate.wire.idempotency import Idempotency
from cleanplate.wire.results import result_route

_FIRST_KEY: Final = "first"
_REHEARSALS: Final = 16
"""Scenarios of test keys that are played at the same time; one that is slow sleeps in its thread."""
_DRAIN_S: Final = 5
"""Seconds that open requests may take to end after SIGTERM."""
_KEEP_ALIVE_S: Final = 75
"""Longer than clients pause between polls: one whose connection is dropped sends its submit twice."""
_ROOT_TEXT: Final = "Cleanplate removes objects from pictures. The API is below /api/v1; see the README.\n"


@dataclass(frozen=True, slots=True)
class _House:
    """Everything that runs behind the HTTP layer. `closing` gives back what was opened."""

    settings: Settings
    services: Services
    store: TaskStore
    fetcher: Fetcher
    stager: Stager
    worker: Worker
    rehearsal: Worker
    replies: Replies
    dialects: tuple[Dialect, ...]
    postman: Postman
    closing: ExitStack

    @asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """Work from the start of the server to its end; what is unfinished then waits for the next start."""
        with self.closing:
            self.stager.start()
            self.worker.start()
            self.rehearsal.start()
            for task in await asyncio.to_thread(self.store.recover, self.settings.max_attempts):
                self.stager.stage(task)
            sweeper = asyncio.create_task(
                sweep_forever(
                    self.store, self.services.objects, also=(self.replies.sweep, self.services.uploads.sweep)
                )
            )
            postman = asyncio.create_task(self.postman.run())
            try:
                yield
            finally:
                sweeper.cancel()
                postman.cancel()
                await asyncio.gather(sweeper, postman, return_exceptions=True)
                await self.stager.aclose()
                await self.fetcher.close()
                await asyncio.to_thread(self.rehearsal.stop, 0.0)
                await asyncio.to_thread(self.worker.stop, self.settings.shutdown_grace_s)


def build(settings: Settings) -> Starlette:
    """Open the data directory and make the application. Its lifespan runs the worker and closes it all.

    `app.state.services` is what the dialects use; `app.state.close()` is for whoever runs no lifespan.

    Raises:
        SetupError: the data directory cannot be used, or another process uses it.
    """
    house = _open(settings)
    dialects = house.dialects
    app = Starlette(
        routes=_routes(house.services, dialects),
        middleware=[
            Middleware(Browsers, dialects=dialects, origins=settings.cors_origins),
            Middleware(Guard, dialects=dialects, access=house.services.access),
            Middleware(
                Idempotency,
                dialects=dialects,
                replies=house.replies,
                max_body_bytes=settings.max_body_bytes,
            ),
        ],
        exception_handlers={HTTPException: _on_error(dialects), Exception: _on_error(dialects)},
        lifespan=house.running,
    )
    app.router.redirect_slashes = False
    app.state.services = house.services
    app.state.close = house.closing.close
    return app


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Prints the address and, on the first start, an API key.

    Raises:
        SetupError: the port is taken, or the data directory cannot be used.
    """
    setup_logging(settings.log_level)
    with _listen(settings.host, settings.port) as listener:
        app = build(settings)
        print(welcome(_address(listener), first_key(app.state.services.access)), flush=True)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_DRAIN_S,
        )
        server = _Server(config, app.state.services.closing)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    if not server.started:
        raise SetupError("the server could not start; the log says why")


class _Server(uvicorn.Server):
    """Says that it stops before it waits for open replies to end."""

    def __init__(self, config: uvicorn.Config, closing: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)


def first_key(access: Access) -> str | None:
    """The secret of a new key when there was none at all, else None."""
    return None if access.has_any() else access.create(_FIRST_KEY)[1]


def welcome(address: str, new_key: str | None) -> str:
    """What the operator reads: where the server is, the new key if there is one, and a line to copy."""
    shown = f"\n  API key, shown this once:  {new_key}\n" if new_key else ""
    return f"""
  Cleanplate listens at      {address}
  Base URL for DashScope:    {address}/api/v1
{shown}
  Try it beside a photo.jpg and a mask.png (white = remove):

printf '{{"model":"image-erase-completion","input":{{"image_url":"%s","mask_url":"%s"}}}}' \\
  "$(base64 < photo.jpg | tr -d '\\n')" "$(base64 < mask.png | tr -d '\\n')" |
curl -sS {address}/api/v1/services/aigc/image2image/image-synthesis -d @- \\
  -H 'X-DashScope-Async: enable' -H 'Authorization: Bearer {new_key or "YOUR-KEY"}'

  Then ask for GET {address}/api/v1/tasks/<task_id> with the same Authorization header.
"""


def _open(settings: Settings) -> _House:
    with ExitStack() as opening:
        load_plugins(settings.plugins)
        _lock(settings.data, opening)
        engine = open_database(settings.data / "cleanplate.db", synchronous=settings.sqlite_synchronous)
        opening.callback(engine.dispose)
        objects = FileStore(settings.data / "objects", durable=settings.sqlite_synchronous == "FULL")
        store = TaskStore(engine, result_ttl_ms=settings.result_ttl_s * 1000)
        worker = Worker(store, objects, edits())
        fetcher = Fetcher(settings.fetch_allow, timeout_s=settings.fetch_timeout_s)
        rehearsal = Worker(store, objects, {}, threads=_REHEARSALS)
        stager = Stager(store, objects, fetcher.fetch, partial(_give, worker, rehearsal))
        access = Access(engine, settings.api_keys, preset=PRESETS[settings.limits_preset])
        secret = load_secret(settings.data / "secret")
        quota = Quota(settings.uploads_per_key, settings.upload_bytes_per_key)
        services = Services(
            uploads=Uploads(engine, objects, secret, quota),
            tasks=TaskService(store, objects, ready=stager.stage, admit=access.admit),
            access=access,
            objects=objects,
            links=Links(secret),
            settings=settings,
            catalogue={edit.name: _card(edit) for edit in edits().values()},
        )
        dialects = tuple(discover(cleanplate.wire, "DIALECT", Dialect).values())
        letter = letters(services, dialects, webhook_secret(secret))
        return _House(
            settings,
            services,
            store,
            fetcher,
            stager,
            worker,
            rehearsal,
            Replies(engine),
            dialects,
            Postman(store, Deliveries(engine), letter, Round(allow=settings.fetch_allow)),
            closing=opening.pop_all(),
        )


def _give(worker: Worker, rehearsal: Worker, task: Task) -> None:
    """Scenarios of tests, which may sleep, never keep real work waiting."""
    if task.scenario is None:
        worker.enqueue(task)
    elif not waits(task):
        rehearsal.enqueue(task)


def _card(edit: Edit) -> EditCard:
    return EditCard(
        name=edit.name,
        summary=edit.summary,
        parameters=edit.parameters.model_json_schema(),
        check=lambda values: edit.parse(values).model_dump(mode="json"),
        missing=edit.missing,
    )


def _lock(data: Path, opening: ExitStack) -> None:
    """Make this process the only one that works on the data directory."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        opening.enter_context(FileLock(data / "lock", timeout=0, thread_local=False))
    except Timeout:
        raise SetupError(f"another cleanplate already uses the data directory {data}") from None
    except OSError as error:
        raise SetupError(f"the data directory {data} cannot be used: {error.strerror}") from error


def _routes(services: Services, dialects: Sequence[Dialect]) -> list[BaseRoute]:
    async def root(request: Request) -> Response:
        return PlainTextResponse(_ROOT_TEXT)

    async def healthz(request: Request) -> Response:
        return CompactJson({"status": "ok"})

    own = [Route("/", root), Route("/healthz", healthz), result_route(services)]
    return [*own, *(route for dialect in dialects for route in dialect.routes(services))]


def _on_error(dialects: Sequence[Dialect]) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Gives every error that a route did not answer itself the shape of the dialect it happened in."""

    async def respond(request: Request, error: Exception) -> Response:
        # uvicorn drops the connection after a fault: say so, or the next request on it is lost
        fault = HTTPException(500, headers={"Connection": "close"})
        known = error if isinstance(error, HTTPException) else fault
        dialect = dialect_of(dialects, request)
        if dialect is None:
            response: Response = CompactJson({"message": known.detail}, known.status_code)
        else:
            response = dialect.error(request, known.status_code, known.detail)
        response.headers.update(known.headers or {})
        return response

    return respond


def _listen(host: str, port: int) -> socket.socket:
    """Listen before anything else is opened: connections wait until the server takes them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(f"port {port} on {host} is in use: choose another with --port") from error
        raise SetupError(f"cannot listen on {host}, port {port}: {error.strerror}") from error


def _address(listener: socket.socket) -> str:
    """The URL under which this machine reaches the listener."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
