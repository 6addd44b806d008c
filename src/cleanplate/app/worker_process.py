"""A process that does tasks and nothing else: one of a fleet."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass

from cleanplate.app.data_directory import DataDirectory, open_data_directory
from cleanplate.app.installed import Installed, find_installed
from cleanplate.app.state_metrics import state_of
from cleanplate.app.task_loops import member, reaping
from cleanplate.app.task_work import Doing, TaskTable, doing, task_table
from cleanplate.errors import SetupError
from cleanplate.metrics.metrics import Metrics
from cleanplate.settings import Settings
from cleanplate.tracing.opening import open_tracer
from cleanplate.tracing.spans import Tracer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """Everything that runs in it. `closing` gives back what was opened."""

    settings: Settings
    installed: Installed
    data: DataDirectory
    table: TaskTable
    doing: Doing
    metrics: Metrics
    tracer: Tracer
    closing: ExitStack

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the end of the block; what is then unfinished after the grace is handed back."""
        worker = self.doing.worker
        with self.closing:
            async with AsyncExitStack() as membership:
                begun = asyncio.create_task(self._begin(membership))
                begun.add_done_callback(_tell_failure)
                loop = asyncio.create_task(reaping(self.table, [worker]))
                try:
                    yield
                finally:
                    for task in begun, loop:
                        task.cancel()
                    await asyncio.gather(begun, loop, return_exceptions=True)
            await asyncio.to_thread(worker.stop, self.settings.shutdown_grace_s)
            await asyncio.to_thread(self.tracer.close)

    async def _begin(self, membership: AsyncExitStack) -> None:
        """Load the models; then be one of the fleet, and take tasks."""
        self.doing.children.start()
        await asyncio.to_thread(self.doing.children.wait_until_loaded)
        await membership.enter_async_context(member(self.table, self.doing, self.data.engine))
        self.doing.worker.start()
        _log.info("ready")

    def trouble(self) -> str:
        """Why no task can be done; "" when it can."""
        loading = "" if self.doing.children.loaded else "its models are being loaded"
        return self.data.trouble() or loading or self.doing.worker.trouble()


def _tell_failure(begun: asyncio.Task[None]) -> None:
    if not begun.cancelled() and (error := begun.exception()) is not None:
        _log.error("the worker cannot begin: it ends", exc_info=error)
        signal.raise_signal(signal.SIGTERM)


def open_worker(settings: Settings) -> WorkerProcess:
    """Open what it needs. After a `SetupError` nothing is open."""
    if not settings.database_url:
        raise SetupError(
            "a worker needs CLEANPLATE_DATABASE_URL, the database that it shares with servers; "
            "`cleanplate serve` alone does tasks itself"
        )
    with ExitStack() as opening:
        tracer = open_tracer(settings.traces, settings.secrets)
        opening.callback(tracer.close)
        installed = find_installed(settings, opening)
        data = open_data_directory(settings, opening)
        metrics = installed.metrics()
        table = task_table(settings, installed, data, metrics)
        done = doing(settings, installed, data, table, tracer)
        metrics.registry.register(state_of(data, [done.children]))
        return WorkerProcess(
            settings, installed, data, table, done, metrics, tracer, closing=opening.pop_all()
        )
