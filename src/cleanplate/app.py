"""The composition root: settings become an application. The one module that knows every part."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

import cleanplate.api
from cleanplate.access import Access
from cleanplate.api.base import AuthMiddleware, CompactJson, Dialect, Services, dialect_of
from cleanplate.api.browsers import CorsMiddleware
from cleanplate.api.callbacks import letters
from cleanplate.api.draining import BodyDrainingMiddleware
from cleanplate.api.health import Check, database_trouble, disk_trouble, health_route
from cleanplate.api.idempotency import IdempotencyMiddleware
from cleanplate.api.results import result_route
from cleanplate.api.targets import RequestTargetMiddleware
from cleanplate.database import open_database
from cleanplate.discovery import discover
from cleanplate.edits.base import Edit
from cleanplate.edits.catalogue import edits
from cleanplate.edits.parts.choosing import check_settings
from cleanplate.errors import SetupError
from cleanplate.idempotency import IdempotencyStore
from cleanplate.intake.fetch import Fetcher
from cleanplate.limits import PRESETS
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings
from cleanplate.storage.folder import FileStore
from cleanplate.storage.signed_links import Links, load_secret, webhook_secret
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.expiry import sweep_forever
from cleanplate.tasks.moderation import moderation
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.simulation import waits
from cleanplate.tasks.staging import Stager
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task
from cleanplate.tasks.worker import Worker
from cleanplate.uploads import Quota, Uploads
from cleanplate.webhooks.outbox import Outbox
from cleanplate.webhooks.sender import RetryPolicy, WebhookSender

_REHEARSALS: Final = 16
"""Scenarios of test keys that are played at the same time; one that is slow sleeps in its thread."""
_DRAIN_FACTOR: Final = 4
"""How much more than the largest request body is taken of one that is refused."""
_DATABASE: Final = "cleanplate.db"
_ROOT_TEXT: Final = "Cleanplate removes objects from pictures. The API is below /api/v1; see the README.\n"


@dataclass(frozen=True, slots=True)
class _House:
    """Everything that runs behind the HTTP layer. `closing` gives back what was opened."""

    settings: Settings
    runtime: Runtime
    services: Services
    store: TaskStore
    fetcher: Fetcher
    stager: Stager
    worker: Worker
    rehearsal: Worker
    replies: IdempotencyStore
    dialects: tuple[Dialect, ...]
    postman: WebhookSender
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

    `app.state.services` is what the dialects use, `app.state.runtime` what models run by;
    `app.state.close()` is for whoever runs no lifespan.

    Raises:
        SetupError: the data directory cannot be used, or another process uses it; a plug-in cannot be loaded;
            what is to fill is not known or cannot run here.
    """
    house = _open(settings)
    dialects = house.dialects
    spoken = [(dialect, dialect.routes(house.services)) for dialect in dialects]
    on_error = _on_error(dialects, {dialect.name: _served(dialect, routes) for dialect, routes in spoken})
    app = Starlette(
        routes=[*_own_routes(house), *(route for _, routes in spoken for route in routes)],
        middleware=[
            Middleware(RequestTargetMiddleware),
            Middleware(BodyDrainingMiddleware, max_bytes=_DRAIN_FACTOR * settings.max_body_bytes),
            Middleware(CorsMiddleware, dialects=dialects, origins=settings.cors_origins),
            Middleware(AuthMiddleware, dialects=dialects, access=house.services.access),
            Middleware(
                IdempotencyMiddleware,
                dialects=dialects,
                replies=house.replies,
                max_body_bytes=settings.max_body_bytes,
            ),
        ],
        exception_handlers={HTTPException: on_error, Exception: on_error},
        lifespan=house.running,
    )
    app.router.redirect_slashes = False
    app.state.services = house.services
    app.state.runtime = house.runtime
    app.state.close = house.closing.close
    return app


def _open(settings: Settings) -> _House:
    with ExitStack() as opening:
        runtime = Runtime.from_settings(settings)
        check_settings(runtime)
        opening.callback(runtime.close)
        catalogue = edits(runtime)
        _lock(settings.data, opening)
        engine = open_database(settings.data / _DATABASE, synchronous=settings.sqlite_synchronous)
        opening.callback(engine.dispose)
        objects = FileStore(settings.data / "objects", durable=settings.sqlite_synchronous == "FULL")
        store = TaskStore(engine, result_ttl_ms=settings.result_ttl_s * 1000)
        worker = Worker(store, objects, catalogue, runtime, moderation=moderation(settings, runtime))
        fetcher = Fetcher(settings.fetch_allow, timeout_s=settings.fetch_timeout_s)
        rehearsal = Worker(store, objects, {}, runtime, threads=_REHEARSALS)
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
            catalogue={edit.name: _card(edit, runtime) for edit in catalogue.values()},
        )
        dialects = tuple(discover(cleanplate.api, "DIALECT", Dialect, runtime.plugins).values())
        letter = letters(services, dialects, webhook_secret(secret))
        return _House(
            settings,
            runtime,
            services,
            store,
            fetcher,
            stager,
            worker,
            rehearsal,
            IdempotencyStore(engine),
            dialects,
            WebhookSender(store, Outbox(engine), letter, RetryPolicy(allow=settings.fetch_allow)),
            closing=opening.pop_all(),
        )


def _give(worker: Worker, rehearsal: Worker, task: Task) -> None:
    """Scenarios of tests, which may sleep, never keep real work waiting."""
    if task.scenario is None:
        worker.enqueue(task)
    elif not waits(task):
        rehearsal.enqueue(task)


def _card(edit: Edit, runtime: Runtime) -> EditCard:
    return EditCard(
        name=edit.name,
        summary=edit.summary,
        parameters=edit.parameters.model_json_schema(),
        check=lambda values: edit.parse(values).model_dump(mode="json"),
        missing=partial(edit.missing, runtime),
        limited=partial(edit.limited, runtime),
        lacking=lambda values: edit.lacking(edit.parse(values), runtime),
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


def _own_routes(house: _House) -> list[BaseRoute]:
    async def root(request: Request) -> Response:
        return PlainTextResponse(_ROOT_TEXT)

    checks: dict[str, Check] = {
        "database": partial(database_trouble, house.settings.data / _DATABASE),
        "worker": lambda: house.worker.trouble() or house.rehearsal.trouble(),
        "disk": partial(disk_trouble, house.settings.data),
    }
    return [Route("/", root), health_route(checks), result_route(house.services)]


def _served(dialect: Dialect, routes: Sequence[Route]) -> str:
    """What there is below the prefix of a dialect, in a sentence."""
    known = {
        f"{method} {route.path}": None
        for route in routes
        for method in sorted((route.methods or set()) - {"HEAD"})
        if dialect.owns(route.path) and not route.path.endswith("/")
    }
    return f"This server serves: {', '.join(known)}."


def _on_error(
    dialects: Sequence[Dialect], served: Mapping[str, str]
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Gives every error that a route did not answer itself the shape of the dialect it happened in.

    Args:
        served: by dialect, what to say of a path that is not.
    """

    async def respond(request: Request, error: Exception) -> Response:
        # uvicorn drops the connection after a fault: say so, or the next request on it is lost
        fault = HTTPException(500, headers={"Connection": "close"})
        known = error if isinstance(error, HTTPException) else fault
        dialect = dialect_of(dialects, request)
        if request.method == "OPTIONS" and known.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response: Response = Response(status_code=HTTPStatus.NO_CONTENT)
        elif dialect is None:
            response = CompactJson({"message": known.detail}, known.status_code)
        else:
            absent = known.status_code == HTTPStatus.NOT_FOUND
            text = served[dialect.name] if absent else known.detail
            response = dialect.error(request, known.status_code, text)
        response.headers.update(known.headers or {})
        return response

    return respond
