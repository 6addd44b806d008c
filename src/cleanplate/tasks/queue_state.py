"""How long the line of tasks is, and how long its oldest has waited: for health and metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, case, func, select

from cleanplate.clock import unix_ms
from cleanplate.database import transaction
from cleanplate.database.tables import DELIVERIES, OPEN_STATES, TASKS
from cleanplate.tasks.task import State

_ROW = TASKS.c
_QUEUED = _ROW.state == State.QUEUED.value
_READY = _QUEUED & _ROW.staged.is_(True) & _ROW.scenario.is_(None)


@dataclass(frozen=True, slots=True)
class QueueState:
    """The line at one moment.

    Attributes:
        queued: tasks that a worker could take.
        staging: tasks whose inputs are not here yet.
        running: tasks at work.
        oldest_s: how long the oldest of `queued` has waited, in seconds; 0 when there is none.
        callbacks: that are due, or are tried again later.
        waiting: of `queued` how many lie in each queue; none that is empty.
    """

    queued: int
    staging: int
    running: int
    oldest_s: float
    callbacks: int
    waiting: Mapping[str, int]


def queue_state(engine: Engine, now_ms: int | None = None) -> QueueState:
    """Read it from the table; simulated tasks, which have a line of their own, are no part of `queued`.

    Raises:
        StorageFailed: the database refused.
    """
    now_ms = unix_ms() if now_ms is None else now_ms
    tasks = select(
        func.count(case((_READY, 1))),
        func.count(case((_QUEUED & _ROW.staged.is_(False), 1))),
        func.count(case((_ROW.state == State.RUNNING.value, 1))),
        func.min(case((_READY, _ROW.created_at_ms))),
    ).where(_ROW.state.in_(OPEN_STATES))
    callbacks = select(func.count()).select_from(DELIVERIES).where(DELIVERIES.c.done_at_ms.is_(None))
    lines = select(_ROW.queue, func.count()).where(_READY).group_by(_ROW.queue)
    with transaction(engine) as connection:
        queued, staging, running, oldest_ms = connection.execute(tasks).one()
        due = connection.execute(callbacks).scalar_one()
        waiting = {queue: int(count) for queue, count in connection.execute(lines)}
    oldest_s = 0.0 if oldest_ms is None else max(0, now_ms - oldest_ms) / 1000
    return QueueState(queued, staging, running, oldest_s, due, waiting)
