"""The composition root: settings become an application. The one module that knows every part."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

import cleanplate.api
from cleanplate.access import Access, static_keys
from cleanplate.api.authentication import AuthMiddleware
from cleanplate.api.bodies import Bodies, BodiesMiddleware, body_limits
from cleanplate.api.body_draining import BodyDrainingMiddleware
from cleanplate.api.cors import CorsMiddleware
from cleanplate.api.dialect import Dialect, dialect_of
from cleanplate.api.dialect_checks import check_dialects
from cleanplate.api.dialect_routes import dialect_routes
from cleanplate.api.health import Check, disk_trouble, health_routes, objects_trouble, queue_trouble
from cleanplate.api.idempotency_middleware import IdempotencyMiddleware
from cleanplate.api.json_response import CompactJson
from cleanplate.api.metrics_path import metrics_routes
from cleanplate.api.request_log import RequestLogMiddleware
from cleanplate.api.request_span import RequestSpanMiddleware
from cleanplate.api.request_target import RequestTargetMiddleware
from cleanplate.api.result_files import result_route
from cleanplate.api.services import Services
from cleanplate.api.webhook_requests import webhook_maker
from cleanplate.database import open_database
from cleanplate.database.sqlite import file_trouble, trouble_now
from cleanplate.discovery import discover, unused_plugins
from cleanplate.edits.base import Edit
from cleanplate.edits.catalogue import edits
from cleanplate.errors import SetupError, StorageFailed
from cleanplate.fill.catalogue import inpainters
from cleanplate.fill.choosing import check_settings
from cleanplate.idempotency import IdempotencyStore
from cleanplate.intake.fetch import Fetcher
from cleanplate.intake.sources import Inline
from cleanplate.key_limits import PRESETS, Limits, Told, ignore
from cleanplate.metrics.metrics import Metrics
from cleanplate.metrics.state_collector import StateCollector
from cleanplate.models.catalogue import models
from cleanplate.private_files import FILE_MODE, close_to_others, make_folder
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import OWN, Settings
from cleanplate.storage.base import BlobStore
from cleanplate.storage.disk_floor import DiskFloor
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.server_secret import ServerSecret, load_secret
from cleanplate.storage.signed_links import LinkSigner
from cleanplate.tasks.belonging import check_belonging
from cleanplate.tasks.catalogue import Catalogue, EditCard
from cleanplate.tasks.children import Children, Gate
from cleanplate.tasks.expiry import sweep_forever
from cleanplate.tasks.moderation import moderation
from cleanplate.tasks.pool_totals import PoolTotals
from cleanplate.tasks.queue_state import queue_state
from cleanplate.tasks.queue_wait import WaitPolicy
from cleanplate.tasks.reaping import reap, reap_forever
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.simulated_performer import SimulatedPerformer
from cleanplate.tasks.staging import Stager
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Submission, Task
from cleanplate.tasks.task_memory import (
    MemoryGate,
    SharedMemory,
    check_memory,
    least_bytes,
    refuse_oversized,
)
from cleanplate.tasks.worker import Worker, WorkerOptions
from cleanplate.tasks.worker_size import WorkerSize, worker_size
from cleanplate.tracing.opening import open_tracer
from cleanplate.tracing.spans import NO_TRACES, Tracer
from cleanplate.uploads import UploadQuota, Uploads
from cleanplate.webhooks.outbox import Outbox
from cleanplate.webhooks.sender import RetryPolicy, WebhookSender

_log = logging.getLogger(__name__)

_SIMULATED: Final = WorkerOptions(threads=16, simulated=True)
"""Tasks of test keys that are simulated at the same time; one that is slow sleeps in its thread."""
_DRAIN_FACTOR: Final = 4
"""How much more than the largest request body is taken of one that is refused."""
_DATABASE: Final = "cleanplate.db"
_ROOT_TEXT: Final = "Cleanplate removes objects from pictures. The API is below /api/v1; see the README.\n"


@dataclass(frozen=True, slots=True)
class _Application:
    """Everything that runs behind the HTTP layer. `closing` gives back what was opened."""

    settings: Settings
    engine: Engine
    floor: DiskFloor
    runtime: Runtime
    services: Services
    store: TaskStore
    fetcher: Fetcher
    stager: Stager
    worker: Worker
    simulated_worker: Worker
    idempotency: IdempotencyStore
    metrics: Metrics
    dialects: tuple[Dialect, ...]
    outbox: Outbox
    webhooks: WebhookSender
    tracer: Tracer
    closing: ExitStack

    @asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """Work from the start of the server to its end; what is unfinished then waits for the next start."""
        with self.closing:
            await asyncio.to_thread(self._take_over)
            self.stager.start()
            self.worker.start()
            self.simulated_worker.start()
            for task in await asyncio.to_thread(self.store.unstaged):
                self.stager.stage(task)
            uses = self.services.access.uses
            endless = self._sweep(), self._reap(), self.webhooks.run(), uses.write_forever()
            loops = [asyncio.create_task(loop) for loop in endless]
            try:
                yield
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)
                await asyncio.to_thread(self._write_uses)
                await self.stager.aclose()
                await self.fetcher.close()
                await asyncio.to_thread(self.simulated_worker.stop, 0.0)
                await asyncio.to_thread(self.worker.stop, self.settings.shutdown_grace_s)
                await asyncio.to_thread(self.tracer.close)

    def _take_over(self) -> None:
        """What the last process held is free: the lock on the data directory says that it is gone."""
        reap(self.store, owner=True)
        self.outbox.release_all()

    def _write_uses(self) -> None:
        try:
            self.services.access.uses.write()
        except StorageFailed as error:
            _log.warning("the last uses of keys are not written: %s", error.log)

    def _sweep(self) -> Coroutine[None, None, None]:
        also = self.idempotency.sweep, self.services.uploads.sweep
        return sweep_forever(self.store, self.services.objects, also=also)

    def _reap(self) -> Coroutine[None, None, None]:
        workers = self.worker, self.simulated_worker

        def wake() -> None:
            for worker in workers:
                worker.wake_all()

        def spared() -> frozenset[str]:
            return frozenset().union(*(worker.running for worker in workers))

        return reap_forever(self.store, spared=spared, found=wake)


def build(settings: Settings, *, new_database: bool = False) -> Starlette:
    """Open the data directory and make the application. Its lifespan runs the worker and closes it all.

    `app.state.services` is what the dialects use, `app.state.runtime` what models run by;
    `app.state.close()` is for whoever runs no lifespan.

    Args:
        new_database: begin anew where the files in the data directory belong to a database that is gone.

    Raises:
        SetupError: the data directory cannot be used, or another process uses it; its files belong to another
            database; a plug-in cannot be loaded;
            what is to fill is not known or cannot run here.
    """
    application = _open(settings, new_database)
    dialects = application.dialects
    on_error = _on_error(dialects)
    app = Starlette(
        routes=[
            *_own_routes(application),
            *(route for dialect in dialects for route in dialect_routes(dialect, application.services)),
        ],
        middleware=[
            Middleware(RequestTargetMiddleware),
            Middleware(RequestLogMiddleware, dialects=dialects, metrics=application.metrics),
            *_request_spans(application.tracer),
            Middleware(
                BodyDrainingMiddleware,
                max_bytes=_DRAIN_FACTOR * settings.max_body_bytes,
                pace=application.services.bodies.limits.pace,
            ),
            Middleware(BodiesMiddleware),
            Middleware(CorsMiddleware, dialects=dialects, origins=settings.cors_origins),
            Middleware(AuthMiddleware, dialects=dialects, access=application.services.access),
            Middleware(
                IdempotencyMiddleware,
                dialects=dialects,
                store=application.idempotency,
                threads=application.services.threads,
                bodies=application.services.bodies,
            ),
        ],
        exception_handlers={HTTPException: on_error, Exception: on_error},
        lifespan=application.running,
    )
    app.router.redirect_slashes = False
    app.state.services = application.services
    app.state.runtime = application.runtime
    app.state.metrics = application.metrics
    app.state.close = application.closing.close
    return app


def _open(settings: Settings, new_database: bool) -> _Application:
    with ExitStack() as opening:
        runtime = Runtime.from_settings(settings)
        tracer = open_tracer(settings.traces, settings.secrets)
        opening.callback(tracer.close)
        check_settings(runtime)
        for sentence in unused_plugins(runtime.plugins):
            _log.warning("%s", sentence)
        opening.callback(runtime.close)
        catalogue = edits(runtime)
        _lock(settings.data, opening)
        engine = open_database(settings.data / _DATABASE, synchronous=settings.sqlite_synchronous)
        opening.callback(engine.dispose)
        objects = FolderStore(settings.data / "objects", durable=settings.sqlite_synchronous == "FULL")
        _check_belonging(engine, objects, new_database)
        dialects = tuple(discover(cleanplate.api, "DIALECT", Dialect, runtime.plugins).values())
        check_dialects(dialects, runtime.plugins)
        metrics = _metrics(dialects, catalogue, runtime)
        store = TaskStore(engine, result_ttl_ms=settings.result_ttl_s * 1000, ended=metrics.task)
        moderation(settings, runtime)  # each process makes its own; what is wrong with it is told here
        size = worker_size(settings, runtime)
        memory_bytes = size.setup.limits.memory_bytes
        cards = {edit.name: _card(edit, runtime, memory_bytes) for edit in catalogue.values()}
        gates = _gates(size, cards)
        children = Children(size.count, size.setup, *gates, tracer=tracer, pools=PoolTotals(models(runtime)))
        worker = Worker(
            store,
            objects,
            children,
            options=WorkerOptions(threads=size.count, most_deaths=settings.max_attempts),
            tracer=tracer,
        )
        fetcher = Fetcher(
            settings.fetch_allow,
            timeout_s=settings.fetch_timeout_s,
            memory_bytes=settings.fetch_memory_bytes,
        )
        reader = Children(1, size.setup, tracer=tracer)
        simulated_worker = Worker(
            store, objects, SimulatedPerformer(reader), options=_SIMULATED, tracer=tracer
        )
        wake = partial(_wake, worker, simulated_worker)
        stager = Stager(
            store,
            objects,
            metrics.watched(fetcher.fetch),
            wake,
            check_memory=partial(check_memory, cards),
            tracer=tracer,
        )
        floor = DiskFloor(settings.data, settings.disk_floor_bytes)
        secret = load_secret(settings.data / "secret")
        access = _access(settings, engine, secret)
        quota = UploadQuota(settings.uploads_per_key, settings.upload_bytes_per_key)
        services = Services(
            uploads=Uploads(engine, objects, quota, check_room=floor.check),
            tasks=TaskService(
                store,
                objects,
                ready=stager.stage,
                admit=partial(_admit, floor, access, cards),
                waiting=WaitPolicy(
                    max_wait_s=settings.max_queue_wait_s,
                    max_interactive_s=settings.sync_timeout_s,
                    workers=size.count,
                ),
            ),
            access=access,
            objects=objects,
            links=LinkSigner(_link_secrets(settings, secret)),
            secret=secret,
            bodies=Bodies(body_limits(settings), settings.data),
            settings=settings,
            catalogue=cards,
        )
        state = StateCollector(
            queue=partial(queue_state, engine),
            free_bytes=floor.free_bytes,
            processes=lambda: [*children.pids(), *reader.pids()],
            started=lambda: children.started + reader.started,
            models=children.models,
        )
        metrics.registry.register(state)
        outbox = Outbox(engine)
        webhook_request = webhook_maker(services, dialects, secret.for_webhooks())
        return _Application(
            settings,
            engine,
            floor,
            runtime,
            services,
            store,
            fetcher,
            stager,
            worker,
            simulated_worker,
            IdempotencyStore(engine),
            metrics,
            dialects,
            outbox,
            WebhookSender(
                store,
                outbox,
                webhook_request,
                RetryPolicy(allow=settings.fetch_allow, tracer=tracer, tell=metrics.callback),
            ),
            tracer,
            closing=opening.pop_all(),
        )


def _access(settings: Settings, engine: Engine, secret: ServerSecret) -> Access:
    try:
        static = static_keys(engine, settings.api_keys, secret.mac)
    except StorageFailed as error:
        raise SetupError(f"the data directory cannot be used: {error.public}", log=error.log) from error
    return Access(engine, static, preset=PRESETS[settings.limits_preset])


def _admit(
    floor: DiskFloor, access: Access, cards: Catalogue, asked: Submission, told: Told = ignore
) -> Limits:
    """Whether there is room for one task more, and what this key may have."""
    floor.check()
    picture = asked.inputs["image"].source
    if isinstance(picture, Inline):
        check_memory(cards, asked, picture.data)
    return access.admit(asked.key_id, told)


def _metrics(dialects: Sequence[Dialect], catalogue: Mapping[str, Edit], runtime: Runtime) -> Metrics:
    return Metrics(
        dialects=[dialect.name for dialect in dialects],
        edits=list(catalogue),
        engines=[*inpainters(runtime), *models(runtime)],
    )


def _link_secrets(settings: Settings, own: ServerSecret) -> list[ServerSecret]:
    return [own if key == OWN else ServerSecret(key.encode()) for key in settings.link_keys]


def _wake(worker: Worker, simulated_worker: Worker, task: Task) -> None:
    """Simulated tasks, which may sleep, never keep real work waiting."""
    (worker if task.submission.scenario is None else simulated_worker).wake()


def _gates(size: WorkerSize, cards: Catalogue) -> tuple[Gate, ...]:
    """What tasks wait at, where so many processes may take more memory together than there is."""
    most_bytes = size.setup.limits.memory_bytes
    if size.together_bytes is None or most_bytes is None:
        return ()
    return (MemoryGate(SharedMemory(size.together_bytes), cards, most_bytes).hold,)


def _card(edit: Edit, runtime: Runtime, memory_bytes: int | None) -> EditCard:
    def pixels(values: Mapping[str, Any], width: int, height: int) -> float:
        return edit.makes_pixels(edit.parse(values), width, height)

    return EditCard(
        name=edit.name,
        summary=edit.summary,
        parameters=edit.parameters.model_json_schema(),
        check=lambda values: edit.parse(values).model_dump(mode="json"),
        missing=partial(edit.missing, runtime),
        limited=partial(edit.limited, runtime),
        lacking=lambda values: edit.lacking(edit.parse(values), runtime),
        check_memory=lambda values, width, height: refuse_oversized(
            width,
            height,
            bytes_per_pixel=edit.bytes_per_pixel,
            pixels=pixels(values, width, height),
            memory_bytes=memory_bytes,
        ),
        least_bytes=lambda *asked: least_bytes(edit.bytes_per_pixel, pixels(*asked)),
    )


def _lock(data: Path, opening: ExitStack) -> None:
    """Make this process the only one that works on the data directory."""
    try:
        make_folder(data)
        opening.enter_context(FileLock(data / "lock", timeout=0, thread_local=False, mode=FILE_MODE))
        closed, left = close_to_others(data)
    except Timeout:
        raise SetupError(f"another cleanplate already uses the data directory {data}") from None
    except OSError as error:
        raise SetupError(f"the data directory {data} cannot be used: {error.strerror}") from error
    if closed:
        _log.warning("the data directory was open to other users; it is closed now (%d of its modes)", closed)
    for path in left:
        _log.warning("%s is open to other users, and not ours to close: chmod it", path)


def _check_belonging(engine: Engine, objects: BlobStore, new_database: bool) -> None:
    try:
        check_belonging(engine, objects, new_database=new_database)
    except StorageFailed as error:
        raise SetupError(f"the data directory cannot be used: {error.public}", log=error.log) from error


def _request_spans(tracer: Tracer) -> list[Middleware]:
    return [] if tracer is NO_TRACES else [Middleware(RequestSpanMiddleware, tracer=tracer)]


def _own_routes(application: _Application) -> list[BaseRoute]:
    async def root(request: Request) -> Response:
        return PlainTextResponse(_ROOT_TEXT)

    health = health_routes(_checks(application), advisory=("queue",))
    metrics = metrics_routes(application.metrics.registry, application.settings.metrics_key)
    return [Route("/", root), *health, *metrics, result_route(application.services)]


def _checks(application: _Application) -> dict[str, Check]:
    settings, engine = application.settings, application.engine
    return {
        "database": lambda: trouble_now(engine) or file_trouble(settings.data / _DATABASE),
        "objects": partial(objects_trouble, application.services.objects),
        "worker": lambda: application.worker.trouble() or application.simulated_worker.trouble(),
        "disk": partial(disk_trouble, application.floor),
        "queue": partial(queue_trouble, lambda: queue_state(engine).oldest_s, settings.queue_age_s),
    }


def _on_error(dialects: Sequence[Dialect]) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Gives every error that a route did not answer itself the shape of the dialect it happened in."""

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
            text = dialect.served_paths if absent else known.detail
            response = dialect.errors.status_response(request, known.status_code, text)
        response.headers.update(known.headers or {})
        return response

    return respond
