"""How tasks get done: fetched, claimed, and worked on in processes of their own."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from cleanplate.app.data_directory import DataDirectory
from cleanplate.app.edit_cards import edit_card
from cleanplate.app.installed import Installed
from cleanplate.database.tables import GENERAL
from cleanplate.intake.fetch import Fetcher
from cleanplate.metrics.metrics import Metrics
from cleanplate.models.catalogue import models
from cleanplate.settings import Settings
from cleanplate.tasks.calling import nobody_called
from cleanplate.tasks.catalogue import Catalogue
from cleanplate.tasks.children import Children
from cleanplate.tasks.fleet import Fleet, WorkerCard
from cleanplate.tasks.pool_totals import PoolTotals
from cleanplate.tasks.queues import bare, served_queues
from cleanplate.tasks.simulated_performer import SimulatedPerformer
from cleanplate.tasks.staging import Stager
from cleanplate.tasks.store import LEASE_MS, TaskStore
from cleanplate.tasks.task import Task
from cleanplate.tasks.task_memory import MemoryGate, SharedMemory, check_memory
from cleanplate.tasks.worker import Together, Worker, WorkerOptions
from cleanplate.tasks.worker_size import WorkerSize, worker_size
from cleanplate.tracing.spans import Tracer
from cleanplate.version import __version__

SHARED_LEASE_MS: Final = 10_000
"""Where others can take over at once: sooner, and what a machine was busy with for a moment would be lost."""
_POLL_S: Final = 1.0
_SHARED_POLL_S: Final = 5.0
"""A worker is called; this is for calls that were lost."""
_REPORT_S: Final = 0.25
_SHARED_REPORT_S: Final = 0.5
"""Of all that a worker with a long task asks the database for, progress is the most."""
_SIMULATED_THREADS: Final = 16
"""Tasks of test keys that are simulated at the same time; one that is slow sleeps in its thread."""


@dataclass(frozen=True, slots=True)
class TaskTable:
    """The tasks, whoever works on them.

    Attributes:
        cards: the edits that can be asked for.
        fleet: the workers of all machines; None where this process is alone.
        lease_ms: how long a task waits for another worker when its own has died.
    """

    store: TaskStore
    cards: Catalogue
    fleet: Fleet | None
    lease_ms: int
    size: WorkerSize

    def capacity(self, queue: str) -> int:
        """How many tasks of a queue are done at the same time, here or by all."""
        return self.size.count if self.fleet is None else self.fleet.capacity(queue)


@dataclass(frozen=True, slots=True)
class Doing:
    """What does tasks here.

    Attributes:
        children: the processes in which they are done.
        card: what other machines know of it.
        hears: it is called when there is a task; else it looks now and then.
    """

    worker: Worker
    children: Children
    card: WorkerCard
    hears: bool


@dataclass(frozen=True, slots=True)
class Staging:
    """What gets tasks ready, and plays those of test keys.

    Attributes:
        reader: the process that reads the files of simulated tasks.
    """

    simulated_worker: Worker
    reader: Children
    fetcher: Fetcher
    stager: Stager


def task_table(settings: Settings, installed: Installed, data: DataDirectory, metrics: Metrics) -> TaskTable:
    """Make it. Raises `SetupError`."""
    lease_ms = SHARED_LEASE_MS if data.shared else LEASE_MS
    fleet = Fleet(data.engine, lease_ms=lease_ms, clock_ms=data.clock_ms) if data.shared else None
    store = TaskStore(
        data.engine,
        result_ttl_ms=settings.result_ttl_s * 1000,
        clock_ms=data.clock_ms,
        ended=metrics.task,
        call=nobody_called if fleet is None else fleet.call_one,
    )
    size = worker_size(settings, installed.runtime)
    least = bare(installed.runtime)
    cards = {
        edit.name: edit_card(edit, installed.runtime, size.setup.limits.memory_bytes, least, fleet)
        for edit in installed.edits.values()
    }
    return TaskTable(store, cards, fleet, lease_ms, size)


def doing(
    settings: Settings, installed: Installed, data: DataDirectory, table: TaskTable, tracer: Tracer
) -> Doing:
    """Make it; nothing is started yet. Raises `SetupError`: no process can be started, no such role."""
    runtime, size = installed.runtime, table.size
    queues = (GENERAL,) if table.fleet is None else served_queues(runtime, settings.roles)
    pools = PoolTotals(models(runtime))
    setup = size.setup if table.fleet is None else replace(size.setup, queues=queues)
    children = Children(size.count, setup, _gate(size, table.cards), tracer=tracer, pools=pools)
    together = Together(
        at_once=lambda task: table.cards[task.submission.edit].at_once(task.submission.parameters),
        group=children.group,
    )
    options = WorkerOptions(
        threads=size.count,
        queues=queues,
        lease_ms=table.lease_ms,
        poll_s=_SHARED_POLL_S if data.shared else _POLL_S,
        report_s=_SHARED_REPORT_S if data.shared else _REPORT_S,
        most_deaths=settings.max_attempts,
        may_claim=data.may_work,
        together=together,
    )
    # A pooler that gives each transaction another session brings no calls: then nobody has to know who sleeps
    hears = table.fleet is not None and not settings.database_pooler
    if table.fleet is not None and hears:
        options = replace(options, rest=table.fleet.rest)
    worker = Worker(table.store, data.objects, children, options=options, tracer=tracer)
    card = WorkerCard(worker.id, queues, runtime.device, __version__, size.count)
    return Doing(worker, children, card, hears)


def staging(
    settings: Settings,
    data: DataDirectory,
    table: TaskTable,
    metrics: Metrics,
    tracer: Tracer,
    worker: Worker | None,
) -> Staging:
    """Make it; nothing is started yet.

    Args:
        worker: told of each task that it may have; None where no task is done here.
    """
    reader = Children(1, table.size.setup, tracer=tracer)
    options = WorkerOptions(
        threads=_SIMULATED_THREADS, simulated=True, lease_ms=table.lease_ms, may_claim=data.may_work
    )
    simulated_worker = Worker(
        table.store, data.objects, SimulatedPerformer(reader), options=options, tracer=tracer
    )
    fetcher = Fetcher(
        settings.fetch_allow, timeout_s=settings.fetch_timeout_s, memory_bytes=settings.fetch_memory_bytes
    )
    stager = Stager(
        table.store,
        data.objects,
        metrics.watched(fetcher.fetch),
        partial(_wake, worker, simulated_worker),
        check_memory=partial(check_memory, table.cards),
        tracer=tracer,
    )
    return Staging(simulated_worker, reader, fetcher, stager)


def _wake(worker: Worker | None, simulated_worker: Worker, task: Task) -> None:
    """Simulated tasks, which may sleep, never keep real work waiting."""
    able = worker if task.submission.scenario is None else simulated_worker
    if able is not None:
        able.wake()


def _gate(size: WorkerSize, cards: Catalogue) -> MemoryGate:
    """What tasks wait at, where so many processes may take more memory together than there is."""
    shared = None if size.together_bytes is None else SharedMemory(size.together_bytes)
    return MemoryGate(shared, cards, size.setup.limits.memory_bytes)
