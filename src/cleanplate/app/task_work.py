"""How tasks get done: fetched, claimed, and worked on in processes of their own."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from cleanplate.app.data_directory import DataDirectory
from cleanplate.app.edit_cards import edit_card
from cleanplate.app.installed import Installed
from cleanplate.intake.fetch import Fetcher
from cleanplate.metrics.metrics import Metrics
from cleanplate.metrics.state_collector import StateCollector
from cleanplate.models.catalogue import models
from cleanplate.settings import Settings
from cleanplate.tasks.catalogue import Catalogue
from cleanplate.tasks.children import Children, Gate
from cleanplate.tasks.pool_totals import PoolTotals
from cleanplate.tasks.queue_state import queue_state
from cleanplate.tasks.simulated_performer import SimulatedPerformer
from cleanplate.tasks.staging import Stager
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task
from cleanplate.tasks.task_memory import MemoryGate, SharedMemory, check_memory
from cleanplate.tasks.worker import Worker, WorkerOptions
from cleanplate.tasks.worker_size import WorkerSize, worker_size
from cleanplate.tracing.spans import Tracer

_SIMULATED: Final = WorkerOptions(threads=16, simulated=True)
"""Tasks of test keys that are simulated at the same time; one that is slow sleeps in its thread."""


@dataclass(frozen=True, slots=True)
class TaskWork:
    """All that works on tasks.

    Attributes:
        count: tasks that are done at the same time.
        children: the processes that do tasks.
        reader: the one that reads the files of simulated tasks.
    """

    store: TaskStore
    cards: Catalogue
    count: int
    children: Children
    reader: Children
    worker: Worker
    simulated_worker: Worker
    fetcher: Fetcher
    stager: Stager

    @property
    def workers(self) -> tuple[Worker, Worker]:
        return self.worker, self.simulated_worker

    def state(self, data: DataDirectory) -> StateCollector:
        """What Prometheus is told of the state of it all when it asks."""
        return StateCollector(
            queue=partial(queue_state, data.engine),
            free_bytes=data.floor.free_bytes,
            processes=lambda: [*self.children.pids(), *self.reader.pids()],
            started=lambda: self.children.started + self.reader.started,
            models=self.children.models,
        )


def task_work(
    settings: Settings, installed: Installed, data: DataDirectory, metrics: Metrics, tracer: Tracer
) -> TaskWork:
    """Make it; nothing is started yet. Raises `SetupError` where no process could be started."""
    runtime = installed.runtime
    size = worker_size(settings, runtime)
    memory_bytes = size.setup.limits.memory_bytes
    cards = {edit.name: edit_card(edit, runtime, memory_bytes) for edit in installed.edits.values()}
    store = TaskStore(data.engine, result_ttl_ms=settings.result_ttl_s * 1000, ended=metrics.task)
    children = Children(
        size.count, size.setup, *_gates(size, cards), tracer=tracer, pools=PoolTotals(models(runtime))
    )
    reader = Children(1, size.setup, tracer=tracer)
    options = WorkerOptions(threads=size.count, most_deaths=settings.max_attempts)
    worker = Worker(store, data.objects, children, options=options, tracer=tracer)
    simulated_worker = Worker(
        store, data.objects, SimulatedPerformer(reader), options=_SIMULATED, tracer=tracer
    )
    fetcher = Fetcher(
        settings.fetch_allow, timeout_s=settings.fetch_timeout_s, memory_bytes=settings.fetch_memory_bytes
    )
    stager = Stager(
        store,
        data.objects,
        metrics.watched(fetcher.fetch),
        partial(_wake, worker, simulated_worker),
        check_memory=partial(check_memory, cards),
        tracer=tracer,
    )
    return TaskWork(store, cards, size.count, children, reader, worker, simulated_worker, fetcher, stager)


def _wake(worker: Worker, simulated_worker: Worker, task: Task) -> None:
    """Simulated tasks, which may sleep, never keep real work waiting."""
    (worker if task.submission.scenario is None else simulated_worker).wake()


def _gates(size: WorkerSize, cards: Catalogue) -> tuple[Gate, ...]:
    """What tasks wait at, where so many processes may take more memory together than there is."""
    most_bytes = size.setup.limits.memory_bytes
    if size.together_bytes is None or most_bytes is None:
        return ()
    return (MemoryGate(SharedMemory(size.together_bytes), cards, most_bytes).hold,)
