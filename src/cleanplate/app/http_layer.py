"""The application as Starlette serves it: routes, middleware, and errors in the shape of a dialect."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cleanplate.api.authentication import AuthMiddleware
from cleanplate.api.cors import CorsMiddleware
from cleanplate.api.dialect import Dialect, dialect_of
from cleanplate.api.dialect_routes import dialect_routes
from cleanplate.api.health import Check, disk_trouble, health_routes, objects_trouble, queue_trouble
from cleanplate.api.idempotency_middleware import IdempotencyMiddleware
from cleanplate.api.metrics_path import metrics_routes
from cleanplate.api.request_log import RequestLogMiddleware
from cleanplate.api.result_files import result_route
from cleanplate.app.application import Application, open_application
from cleanplate.app.data_directory import DataDirectory
from cleanplate.app.progress_socket import socket_routes
from cleanplate.settings import Settings
from cleanplate.storage.open_blobs import blobs_folder
from cleanplate.studio import Studio
from cleanplate.tasks.queue_state import queue_state
from cleanplate.tracing.spans import NO_TRACES, Tracer
from cleanplate.transport.bodies import BodiesMiddleware
from cleanplate.transport.body_draining import BodyDrainingMiddleware
from cleanplate.transport.json_response import CompactJson
from cleanplate.transport.request_span import RequestSpanMiddleware
from cleanplate.transport.request_target import RequestTargetMiddleware

_DRAIN_FACTOR: Final = 4
"""How much more than the largest request body is taken of one that is refused."""
_ROOT_TEXT: Final = "Cleanplate removes objects from pictures. The API is below /api/v1; see the README.\n"


def build(
    settings: Settings, *, new_database: bool = False, new_store: bool = False, worker: bool = True
) -> Starlette:
    """Open the data directory and make the application. Its lifespan runs the worker and closes it all.

    `app.state.services` is what the dialects use, `app.state.runtime` what models run by;
    `app.state.close()` is for whoever runs no lifespan.

    Args:
        new_database: begin anew where the files in the data directory belong to a database that is gone.
        new_store: the store is new, and the files of the tasks so far are given up, or were copied there.
        worker: do tasks in this process too.

    Raises:
        SetupError: the data directory cannot be used, or another process uses it; its files belong to another
            database; a plug-in cannot be loaded; what is to fill is not known or cannot run here.
    """
    application = open_application(settings, new_database=new_database, new_store=new_store, worker=worker)
    dialects = application.installed.dialects
    on_error = _on_error(dialects)
    app = Starlette(
        routes=[
            *_own_routes(application),
            *(route for dialect in dialects for route in dialect_routes(dialect, application.services)),
            *(socket_routes(application.services) if settings.iopaint == "on" else ()),
        ],
        middleware=_middleware(application),
        exception_handlers={HTTPException: on_error, Exception: on_error},
        lifespan=application.running,
    )
    app.router.redirect_slashes = False
    app.state.services = application.services
    app.state.runtime = application.installed.runtime
    app.state.metrics = application.metrics
    app.state.close = application.closing.close
    return app


def _middleware(application: Application) -> list[Middleware]:
    """From the outermost inwards."""
    settings, services = application.settings, application.services
    dialects = application.installed.dialects
    return [
        Middleware(RequestTargetMiddleware),
        Middleware(RequestLogMiddleware, dialects=dialects, metrics=application.metrics),
        *_request_spans(application.tracer),
        Middleware(
            BodyDrainingMiddleware,
            max_bytes=_DRAIN_FACTOR * settings.max_body_bytes,
            pace=services.bodies.limits.pace,
        ),
        Middleware(BodiesMiddleware),
        Middleware(CorsMiddleware, dialects=dialects, origins=settings.cors_origins),
        Middleware(
            AuthMiddleware,
            dialects=dialects,
            access=services.access,
            threads=services.threads,
            settings=settings,
        ),
        Middleware(
            IdempotencyMiddleware,
            dialects=dialects,
            store=application.idempotency,
            threads=services.threads,
            bodies=services.bodies,
        ),
    ]


def _request_spans(tracer: Tracer) -> list[Middleware]:
    return [] if tracer is NO_TRACES else [Middleware(RequestSpanMiddleware, tracer=tracer)]


def _own_routes(application: Application) -> list[BaseRoute]:
    sign_in = application.services.access.sign_in
    studio = Studio(sign_in) if application.settings.studio == "on" else None

    async def root(request: Request) -> Response:
        if studio is not None and studio.wants_page(request):
            return studio.page(request)
        return PlainTextResponse(_ROOT_TEXT, headers={"vary": "Accept"})

    # Where the object storage is ill no other server would do better, and polls are answered
    remote = blobs_folder(application.settings) is None
    health = health_routes(_checks(application), advisory=("queue", "objects") if remote else ("queue",))
    metrics = metrics_routes(application.metrics.registry, application.settings.metrics_key)
    page = [] if studio is None else studio.routes()
    return [Route("/", root), *page, *health, *metrics, result_route(application.services)]


def _checks(application: Application) -> dict[str, Check]:
    data, longest_s = application.data, application.settings.queue_age_s
    return {
        "database": data.trouble,
        "objects": partial(objects_trouble, data.objects),
        "worker": lambda: next(filter(None, (worker.trouble() for worker in application.workers)), ""),
        "disk": partial(disk_trouble, data.floor),
        "queue": partial(queue_trouble, partial(_oldest_s, data), longest_s),
    }


def _oldest_s(data: DataDirectory) -> float:
    return queue_state(data.engine, data.clock_ms()).oldest_s


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
