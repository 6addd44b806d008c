"""All tasks that have not ended, counted by whose they are and which queue they lie in; and who works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, case, func, select

from cleanplate.database import transaction
from cleanplate.database.tables import OPEN_STATES, TASKS, WORKER_QUEUES, WORKERS
from cleanplate.tasks.task import State

_ROW: Final = TASKS.c
_WORKER: Final = WORKERS.c
_QUEUED: Final = _ROW.state == State.QUEUED.value


@dataclass(frozen=True, slots=True)
class TaskLine:
    """The open tasks of one account in one queue; those of test keys, which are simulated, lie apart.

    Attributes:
        waiting: tasks that a worker could take.
        staging: tasks whose inputs are not here yet.
        running: tasks at work.
        oldest_at_ms: when the first of them was accepted, Unix milliseconds.
    """

    account: str
    queue: str
    simulated: bool
    waiting: int
    staging: int
    running: int
    oldest_at_ms: int


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker that lives.

    Attributes:
        concurrency: tasks that it does at the same time.
        idle: it sleeps until it is called; None where that is not known.
    """

    id: str
    device: str
    version: str
    concurrency: int
    queues: tuple[str, ...]
    idle: bool | None = None


def task_lines(engine: Engine, most: int) -> list[TaskLine]:
    """The longest `most` of them, the longest first.

    Raises:
        StorageFailed: the database refused.
    """
    simulated = _ROW.scenario.is_not(None).label("simulated")
    counts = (
        func.count(case((_QUEUED & _ROW.staged.is_(True), 1))),
        func.count(case((_QUEUED & _ROW.staged.is_(False), 1))),
        func.count(case((_ROW.state == State.RUNNING.value, 1))),
    )
    lines = select(_ROW.account, _ROW.queue, simulated, *counts, func.min(_ROW.created_at_ms))
    lines = lines.where(_ROW.state.in_(OPEN_STATES)).group_by(_ROW.account, _ROW.queue, simulated)
    in_order = lines.order_by(func.count().desc(), _ROW.account, _ROW.queue).limit(most)
    with transaction(engine) as connection:
        return [
            TaskLine(account, queue, bool(simulated), *map(int, numbers))
            for account, queue, simulated, *numbers in connection.execute(in_order)
        ]


def live_workers(engine: Engine, now_ms: int) -> Sequence[WorkerSeen]:
    """Those of a database that several machines share, oldest first.

    Raises:
        StorageFailed: the database refused.
    """
    seen = _WORKER.id, _WORKER.device, _WORKER.version, _WORKER.concurrency, _WORKER.idle
    rows = select(*seen, WORKER_QUEUES.c.queue).join(WORKER_QUEUES, WORKER_QUEUES.c.worker_id == _WORKER.id)
    rows = rows.where(_WORKER.lease_until_ms > now_ms).order_by(_WORKER.started_at_ms, _WORKER.id)
    found: dict[str, WorkerSeen] = {}
    with transaction(engine) as connection:
        for worker_id, device, version, concurrency, idle, queue in connection.execute(rows):
            queues = found[worker_id].queues if worker_id in found else ()
            found[worker_id] = WorkerSeen(
                worker_id, device, version, concurrency, (*queues, queue), bool(idle)
            )
    return list(found.values())
