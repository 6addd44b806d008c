"""The truth about every task: one table. Each operation is one transaction; moves are compare-and-set."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from cleanplate.clock import unix_ms
from cleanplate.database import transaction
from cleanplate.database.tables import DELIVERIES, TASKS
from cleanplate.errors import WorkerDied
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.limits import UNLIMITED, Limits
from cleanplate.tasks.paging import conditions, paged
from cleanplate.tasks.task import MOVES, Failure, Output, State, Task, TaskFilter, TaskInput, TaskPage
from cleanplate.usage import metering, quota

DAY_MS = 24 * 3600 * 1000
_BATCH = 500

_ROW = TASKS.c
_BY_ID = select(TASKS).where(_ROW.id == bindparam("id"))
_UNFINISHED = (
    select(TASKS)
    .where(_ROW.state.in_([State.QUEUED.value, State.RUNNING.value]))
    .order_by(_ROW.priority, _ROW.created_at_ms, _ROW.id)
)


class TaskStore:
    """All tasks of one database. Thread-safe.

    A move returns False, or None, when the task is no longer where the move starts: somebody else was faster.
    Every method raises `StorageFailed` when the database refuses.

    Args:
        result_ttl_ms: how long a task and its files live once it has ended.
        clock_ms: Unix milliseconds.
    """

    def __init__(
        self, engine: Engine, *, result_ttl_ms: int = DAY_MS, clock_ms: Callable[[], int] = unix_ms
    ) -> None:
        self._engine = engine
        self._result_ttl_ms = result_ttl_ms
        self._clock_ms = clock_ms

    def insert(self, task: Task) -> None:
        """Write a new task."""
        self.insert_within(task, UNLIMITED)

    def insert_within(self, task: Task, limits: Limits) -> None:
        """Write a new task unless its key would then be over one of these limits.

        Raises:
            LimitReached: too many unfinished tasks of this key, or too many pictures.
        """
        with transaction(self._engine) as connection:
            # First, because a write is what makes other writers wait: nobody else counts before the end.
            connection.execute(insert(TASKS), _values(task))
            quota.check(connection, task.key_id, limits)

    def get(self, task_id: str) -> Task | None:
        """The task as it is now, expired or not; None when it is unknown."""
        with transaction(self._engine) as connection:
            row = connection.execute(_BY_ID, {"id": task_id}).first()
        return None if row is None else _task(row)

    def claim(self, task_id: str) -> Task | None:
        """queued -> running, and count the attempt. None: cancelled, done or claimed by somebody else."""
        move = _move(State.QUEUED, State.RUNNING, _ROW.id == task_id)
        move = move.values(attempt=_ROW.attempt + 1, started_at_ms=self._clock_ms())
        with transaction(self._engine) as connection:
            row = connection.execute(move.returning(TASKS)).first()
        return None if row is None else _task(row)

    def succeed(
        self, task_id: str, attempt: int, results: Sequence[Output | Failure], compute_ms: int
    ) -> bool:
        """running -> succeeded, for this attempt only. At least one of the results is an `Output`."""
        move = _move(State.RUNNING, State.SUCCEEDED, _ROW.id == task_id, _ROW.attempt == attempt)
        found = {"results": [asdict(result) for result in results], "compute_ms": compute_ms, "progress": 1.0}
        images = sum(isinstance(result, Output) for result in results)
        with transaction(self._engine) as connection:
            if not self._end(connection, task_id, move.values(found)):
                return False
            metering.count(connection, task_id, images=images, compute_ms=compute_ms, now_ms=self._clock_ms())
            return True

    def fail(
        self, task_id: str, failure: Failure, *, attempt: int | None = None, compute_ms: int | None = None
    ) -> bool:
        """running -> failed for this attempt only; without an attempt queued -> failed."""
        if attempt is None:
            move = _move(State.QUEUED, State.FAILED, _ROW.id == task_id)
        else:
            move = _move(State.RUNNING, State.FAILED, _ROW.id == task_id, _ROW.attempt == attempt)
        with transaction(self._engine) as connection:
            found = {"failure": asdict(failure), "compute_ms": compute_ms}
            return self._end(connection, task_id, move.values(found))

    def hand_back(self, task_id: str, attempt: int) -> bool:
        """running -> queued, for this attempt only: somebody else shall run it."""
        move = _move(State.RUNNING, State.QUEUED, _ROW.id == task_id, _ROW.attempt == attempt)
        return self._did(move.values(started_at_ms=None, progress=0.0))

    def cancel(self, task_id: str, *, attempt: int | None = None) -> bool:
        """queued -> cancelled; with an attempt running -> cancelled, for this attempt only."""
        if attempt is None:
            move = _move(State.QUEUED, State.CANCELLED, _ROW.id == task_id)
        else:
            move = _move(State.RUNNING, State.CANCELLED, _ROW.id == task_id, _ROW.attempt == attempt)
        with transaction(self._engine) as connection:
            return self._end(connection, task_id, move)

    def want_cancel(self, task_id: str) -> bool:
        """Ask a running task to stop at its next checkpoint. False: it does not run."""
        running = update(TASKS).where(_ROW.id == task_id, _ROW.state == State.RUNNING.value)
        return self._did(running.values(cancel_wanted=True))

    def report(self, task_id: str, attempt: int, progress: float) -> bool:
        """Write how far this attempt is, 0..1. False: it shall stop."""
        mine = _ROW.id == task_id, _ROW.attempt == attempt, _ROW.state == State.RUNNING.value
        move = update(TASKS).where(*mine, _ROW.cancel_wanted.is_(False))
        return self._did(move.values(progress=progress))

    def ahead_of(self, task: Task) -> int:
        """How many unfinished tasks will be done before this queued one, the running ones included."""
        earlier = tuple_(_ROW.priority, _ROW.created_at_ms, _ROW.id) < tuple_(
            literal(task.priority), literal(task.created_at_ms), literal(task.id)
        )
        before = or_(_ROW.state == State.RUNNING.value, and_(_ROW.state == State.QUEUED.value, earlier))
        # Scenarios of tests are played beside the work, in a line of their own.
        beside = _ROW.scenario.is_(None) if task.scenario is None else _ROW.scenario.is_not(None)
        count = select(func.count()).select_from(TASKS).where(before, beside)
        with transaction(self._engine) as connection:
            return int(connection.execute(count).scalar_one())

    def typical_compute_ms(self, edit: str, *, of: int = 20) -> float | None:
        """Mean compute time of the last few tasks of this edit; None when there were none."""
        last = (
            select(_ROW.compute_ms)
            .where(_ROW.edit == edit, _ROW.state == State.SUCCEEDED.value, _ROW.scenario.is_(None))
            .order_by(_ROW.created_at_ms.desc())
            .limit(of)
            .subquery()
        )
        with transaction(self._engine) as connection:
            mean = connection.execute(select(func.avg(last.c.compute_ms))).scalar()
        return None if mean is None else float(mean)

    def recover(self, max_attempts: int) -> list[Task]:
        """At start-up, by the one owner of the database: mend what a killed process left behind.

        A running task goes back to queued, or to failed when it was started `max_attempts` times.

        Returns:
            Everything that is to run, in order.
        """
        died = Failure(WorkerDied.code, "the worker died repeatedly")
        lost = select(_ROW.id).where(_ROW.state == State.RUNNING.value, _ROW.attempt >= max_attempts)
        returned = _move(State.RUNNING, State.QUEUED, _ROW.attempt < max_attempts)
        with transaction(self._engine) as connection:
            for task_id in connection.execute(lost).scalars().all():
                move = _move(State.RUNNING, State.FAILED, _ROW.id == task_id)
                self._end(connection, task_id, move.values(failure=asdict(died)))
            connection.execute(returned.values(started_at_ms=None, progress=0.0))
            return [_task(row) for row in connection.execute(_UNFINISHED)]

    def unfinished(self) -> list[Task]:
        """Queued and running tasks, by priority, then age."""
        with transaction(self._engine) as connection:
            return [_task(row) for row in connection.execute(_UNFINISHED)]

    def page(self, wanted: TaskFilter, *, page_no: int, page_size: int) -> TaskPage:
        """One page of the tasks that fit and have not expired, newest first; `page_no` counts from 1."""
        fits = [
            *conditions(wanted),
            or_(_ROW.expires_at_ms.is_(None), _ROW.expires_at_ms > self._clock_ms()),
        ]
        rows = paged(select(TASKS).where(*fits), page_no, page_size)
        with transaction(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(TASKS).where(*fits)).scalar_one()
            return TaskPage(tuple(_task(row) for row in connection.execute(rows)), total)

    def expired(self, now_ms: int, limit: int) -> list[str]:
        """Ids of at most `limit` tasks whose time is over, oldest first."""
        ids = select(_ROW.id).where(_ROW.expires_at_ms <= now_ms).order_by(_ROW.expires_at_ms).limit(limit)
        with transaction(self._engine) as connection:
            return list(connection.execute(ids).scalars())

    def delete(self, task_ids: Collection[str]) -> None:
        """Forget these tasks and their callbacks; unknown ones are no error."""
        with transaction(self._engine) as connection:
            for batch in _batches(task_ids):
                connection.execute(delete(TASKS).where(_ROW.id.in_(batch)))
                connection.execute(delete(DELIVERIES).where(DELIVERIES.c.task_id.in_(batch)))

    def known(self, task_ids: Collection[str]) -> set[str]:
        """Those of the ids that have a row."""
        found: set[str] = set()
        with transaction(self._engine) as connection:
            for batch in _batches(task_ids):
                found.update(connection.execute(select(_ROW.id).where(_ROW.id.in_(batch))).scalars())
        return found

    def _did(self, move: Update) -> bool:
        with transaction(self._engine) as connection:
            return connection.execute(move).rowcount == 1

    def _end(self, connection: Connection, task_id: str, move: Update) -> bool:
        """Do a move to an end, and in the same transaction note the callback that is then due."""
        now_ms = self._clock_ms()
        ttl_ms = func.coalesce(_ROW.ttl_s * 1000, self._result_ttl_ms)
        times = {"finished_at_ms": now_ms, "expires_at_ms": now_ms + ttl_ms}
        if connection.execute(move.values(times)).rowcount != 1:
            return False
        due = select(_ROW.id, literal(0), literal(now_ms)).where(
            _ROW.id == task_id, _ROW.callback_url.is_not(None)
        )
        connection.execute(insert(DELIVERIES).from_select(["task_id", "attempt", "next_at_ms"], due))
        return True


def _move(source: State, target: State, *fence: ColumnElement[bool]) -> Update:
    """The only way a state changes: from `source`, behind the fence, if the table of moves has it."""
    if target not in MOVES[source]:
        raise ValueError(f"no task goes from {source} to {target}")
    return update(TASKS).where(_ROW.state == source.value, *fence).values(state=target.value)


def _batches(task_ids: Collection[str]) -> Iterable[list[str]]:
    ids = list(task_ids)
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _values(task: Task) -> dict[str, Any]:
    values = {name: getattr(task, name) for name in TASKS.c.keys()}  # noqa: SIM118  (a column collection)
    values["state"] = task.state.value
    values["parameters"] = dict(task.parameters)
    values["inputs"] = {role: asdict(given) for role, given in task.inputs.items()}
    values["results"] = [asdict(result) for result in task.results]
    values["extra"] = dict(task.extra)
    values["failure"] = None if task.failure is None else asdict(task.failure)
    return values


def _task(row: Row[Any]) -> Task:
    values = dict(row._mapping)
    values["state"] = State(values["state"])
    values["inputs"] = {role: _input(stored) for role, stored in values["inputs"].items()}
    values["results"] = tuple(_result(stored) for stored in values["results"])
    values["failure"] = None if values["failure"] is None else Failure(**values["failure"])
    return Task(**values)


def _result(stored: dict[str, Any]) -> Output | Failure:
    return Output(**stored) if "key" in stored else Failure(**stored)


def _input(stored: dict[str, Any]) -> TaskInput:
    rules = stored["rules"]
    arrays = {"formats": tuple(rules["formats"]), "colours": tuple(map(tuple, rules["colours"]))}
    return TaskInput(stored["url"], PictureRules(**rules | arrays))
