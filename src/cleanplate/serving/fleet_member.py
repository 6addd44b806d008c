"""`cleanplate worker`: tasks until it is told to stop, and a port for whoever watches it."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette

from cleanplate.api.health import health_routes
from cleanplate.api.metrics_path import open_metrics_route
from cleanplate.app.worker_process import WorkerProcess, open_worker
from cleanplate.errors import StorageFailed
from cleanplate.memory import give_back_large
from cleanplate.serving.listening import listen
from cleanplate.serving.unknown_variables import describe_unknown
from cleanplate.serving.warming import warm_up
from cleanplate.settings import Settings
from cleanplate.telemetry import setup_logging
from cleanplate.tracing.opening import otlp_secrets

_log = logging.getLogger(__name__)

_LOOK_S: Final = 0.5


def work(settings: Settings, *, drain: bool = False) -> None:
    """Do tasks until SIGINT or SIGTERM.

    Args:
        drain: leave by itself when nothing is in line any more.

    Raises:
        SetupError: the database or the store cannot be used; it has none of the roles.
    """
    setup_logging(settings.log_level, settings.log_format, (*settings.secrets, *otlp_secrets(os.environ)))
    if unknown := describe_unknown(os.environ):
        _log.warning("%s", unknown)
    give_back_large()
    process = open_worker(settings)
    queues = ", ".join(process.doing.card.queues)
    _log.info("worker %s: %d at a time of %s", process.doing.card.id, process.doing.card.concurrency, queues)
    warm_up(settings)
    asyncio.run(_work(process, drain=drain))


async def _work(process: WorkerProcess, *, drain: bool) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with _health(process), process.running():
        if drain:
            await _until_drained(process, stop)
        else:
            await stop.wait()
        _log.info("no more tasks are taken")


async def _until_drained(process: WorkerProcess, stop: asyncio.Event) -> None:
    """Until nothing is in line that this worker could do, and it does nothing."""
    queues, worker = process.doing.card.queues, process.doing.worker
    while not stop.is_set():
        try:
            if not worker.running and not await asyncio.to_thread(process.table.store.waiting, queues):
                return
        except StorageFailed as error:
            _log.warning("%s", error.log)
        await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def _health(process: WorkerProcess) -> AsyncIterator[None]:
    """Health and metrics on their port, where there is one."""
    settings = process.settings
    if settings.health_port is None:
        yield
        return
    routes = [*health_routes({"worker": process.trouble}), open_metrics_route(process.metrics.registry)]
    config = uvicorn.Config(
        Starlette(routes=routes), log_config=None, access_log=False, server_header=False, lifespan="off"
    )
    server = _Quiet(config)
    with listen(settings.metrics_host, settings.health_port) as listener:
        _log.info("health is at http://%s:%d/readyz", *listener.getsockname()[:2])
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


class _Quiet(uvicorn.Server):
    """Leaves signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
