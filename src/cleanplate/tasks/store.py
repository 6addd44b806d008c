"""The truth about every task: one table. Each operation is one transaction; moves are compare-and-set."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Engine,
    Row,
    Update,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from cleanplate.clock import unix_ms
from cleanplate.database import changes_together, read_first, reading, transaction, upsert_of
from cleanplate.database.tables import DELIVERIES, GENERAL, OPEN_STATES, TASKS
from cleanplate.errors import WorkerDied
from cleanplate.key_limits import UNLIMITED, Limits, Told, ignore
from cleanplate.tasks import moves, turns, work_times
from cleanplate.tasks.calling import Call, nobody_called
from cleanplate.tasks.ended import Ended, ended_of, told_to_nobody
from cleanplate.tasks.paging import conditions, paged
from cleanplate.tasks.rows import task_of
from cleanplate.tasks.task import Claim, Failure, Output, State, Submission, Task, TaskFilter, TaskPage
from cleanplate.tasks.turns import Ahead
from cleanplate.tasks.whole_success import whole_success
from cleanplate.usage import metering, quota

DAY_MS = 24 * 3600 * 1000
LEASE_MS = 30_000
"""Longer than any pause of a healthy worker; a dead one's task waits so long."""
MOST_STARTS = 100
"""Of a task whose workers are gone each time, without a word why."""
_BATCH = 500

_ROW = TASKS.c
_BY_ID = select(TASKS).where(_ROW.id == bindparam("id"))
_LOOKS = 64
_DIED = Failure(WorkerDied.code, "the worker died repeatedly")


class TaskStore:
    """All tasks of one database. Thread-safe, and safe beside other processes on the same database.

    A move returns False, or None, when the task is no longer where the move starts: somebody else was faster.
    Every method raises `StorageFailed` when the database refuses.

    Args:
        result_ttl_ms: how long a task and its files live once it has ended.
        clock_ms: Unix milliseconds; processes on one database agree on it to within a lease.
        ended: told of each task that ends here.
        call: called once it is so: a worker may have one more task of this queue.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        result_ttl_ms: int = DAY_MS,
        clock_ms: Callable[[], int] = unix_ms,
        ended: Ended = told_to_nobody,
        call: Call = nobody_called,
    ) -> None:
        self._engine = engine
        self._result_ttl_ms = result_ttl_ms
        self._clock_ms = clock_ms
        self._tell = ended
        self._call = call
        # A worker without work asks for its own again and again
        self._waiting = lru_cache(maxsize=_LOOKS)(_waiting)

    def insert(self, task: Task) -> None:
        """Write a new task."""
        self.insert_within(task, UNLIMITED)

    def insert_within(self, task: Task, limits: Limits, told: Told = ignore, *, again: bool = False) -> Task:
        """Write a new task unless its key would then be over one of these limits.

        Args:
            told: given each limit that was looked at, and what is left of it.
            again: there may be one with this id already; then nothing is written.

        Returns:
            The task, or the one that is there already.

        Raises:
            LimitReached: too many unfinished tasks of this key, or too many pictures.
        """
        asked = task.submission
        # Its turn is behind the account's last one, and limits are counted: nobody else does so meanwhile
        alone = (f"line of {asked.account}", *(() if limits == UNLIMITED else (f"limits of {asked.key_id}",)))
        with transaction(self._engine, alone=alone) as connection:
            if again and (row := connection.execute(_BY_ID, {"id": task.id}).first()) is not None:
                return task_of(row)
            quota.check(connection, asked.key_id, asked.count, limits, told)
            connection.execute(moves.NEW, moves.new_row(task))
        if task.standing.staged:
            self._call(asked.queue)
        return task

    def get(self, task_id: str) -> Task | None:
        """The task as it is now, expired or not; None when it is unknown."""
        row = read_first(self._engine, _BY_ID, {"id": task_id})
        return None if row is None else task_of(row)

    def set_staged(self, task_id: str, queue: str = GENERAL, canvas: str = "") -> bool:
        """A queued task's inputs are all here: a worker may have it. False: it is not queued any more.

        Args:
            queue: the task's.
            canvas: the size of its picture; "" leaves what is known.
        """
        staged = moves.set_staged(task_id, queue, canvas)
        with transaction(self._engine) as connection:
            done = connection.execute(staged).rowcount == 1
        if done:
            self._call(queue)
        return done

    def take_unstaged(
        self, stager_id: str, *, lease_ms: int = LEASE_MS, owner: bool = False, limit: int = _BATCH
    ) -> list[Task]:
        """Queued tasks whose inputs are not all here and that nobody fetches, in the order of their line.

        They are this stager's until the lease ends; `hold_unstaged` moves it on.

        Args:
            owner: this process is the only one on the database, and has just started: nobody fetches any.
        """
        now_ms = self._clock_ms()
        taken = moves.take_unstaged(stager_id, now_ms, now_ms + lease_ms, limit, owner=owner)
        with transaction(self._engine) as connection:
            tasks = [task_of(row) for row in connection.execute(taken)]
        return sorted(tasks, key=turns.place)

    def hold_unstaged(self, stager_id: str, *, lease_ms: int = LEASE_MS) -> None:
        """Move the leases on of all tasks whose inputs this stager fetches."""
        with transaction(self._engine, durable=False) as connection:
            connection.execute(moves.hold_unstaged(stager_id, self._clock_ms() + lease_ms))

    def claim_next(
        self,
        worker_id: str,
        *,
        queue: str = GENERAL,
        simulated: bool = False,
        lease_ms: int = LEASE_MS,
    ) -> Task | None:
        """queued -> running of the next task of a queue, and count the attempt. None: there is none.

        The next is one that somebody waits for, with few exceptions (`tasks.turns`); of those the staged one
        of the lowest priority number, among these the one whose turn it is. No two workers get the same.

        Args:
            simulated: simulated tasks, or those that are not; each kind has a line of its own.
            lease_ms: how long the task is this worker's without a heartbeat.
        """
        now_ms = self._clock_ms()
        values = {"of_queue": queue, "claimer": worker_id, "now_ms": now_ms, "until_ms": now_ms + lease_ms}
        with transaction(self._engine, single=True) as connection:
            row = connection.execute(moves.next_claim(simulated=simulated), values).first()
        return None if row is None else task_of(row)

    def claim_alike(self, task: Task, limit: int, *, lease_ms: int = LEASE_MS) -> list[Task]:
        """Claim at most `limit` more for the worker of a task that it has just claimed, to be done with it.

        They are of the same queue and edit, and their pictures of the same size; where that is not known, or
        the task has ended its process before, there are none.
        """
        if limit < 1 or not task.submission.canvas or task.standing.deaths:
            return []
        now_ms = self._clock_ms()
        claims = moves.alike_claim(task, now_ms, now_ms + lease_ms, limit)
        with transaction(self._engine, single=True) as connection:
            return [task_of(row) for row in connection.execute(claims)]

    def heartbeat(self, claims: Collection[Claim], *, lease_ms: int = LEASE_MS) -> None:
        """Move the leases of these claims on, to `lease_ms` from now. Claims that are over stay so."""
        until_ms = self._clock_ms() + lease_ms
        running = _ROW.state == State.RUNNING.value
        with transaction(self._engine, durable=False) as connection:
            for claim in sorted(claims, key=lambda claim: claim.task_id):
                mine = update(TASKS).where(running, *moves.held(claim))
                connection.execute(mine.values(lease_until_ms=until_ms))

    def report(self, claim: Claim, progress: float) -> bool:
        """Write how far this attempt is, 0..1. False: it shall stop."""
        running = _ROW.state == State.RUNNING.value, _ROW.cancel_wanted.is_(False)
        step = update(TASKS).where(*running, *moves.held(claim)).values(progress=progress)
        with transaction(self._engine, durable=False) as connection:
            return connection.execute(step).rowcount == 1

    def succeed(self, claim: Claim, results: Sequence[Output | Failure], compute_ms: int) -> bool:
        """running -> succeeded, for this claim only. At least one of the results is an `Output`."""
        made = [asdict(result) for result in results]
        images = sum(isinstance(result, Output) for result in results)
        values = {**moves.held_parameters(claim), "made": made, "took_ms": compute_ms}
        used = metering.used(images, compute_ms, self._clock_ms())
        whole = changes_together(self._engine)
        with transaction(self._engine, single=whole) as connection:
            if whole:
                every = {**values, **used, **self._times()}
                row = connection.execute(whole_success(upsert_of(connection)), every).first()
            else:
                row = self._end_one(connection, claim.task_id, moves.SUCCESS, values)
                if row is not None:
                    metering.record(connection, row.key_id, row.account, used)
        return self._told(row)

    def fail(self, claim: Claim, failure: Failure, compute_ms: int | None = None) -> bool:
        """running -> failed, for this claim only."""
        move = moves.end(State.RUNNING, State.FAILED, *moves.held(claim))
        return self._did_end(claim.task_id, move.values(failure=asdict(failure), compute_ms=compute_ms))

    def fail_queued(self, task_id: str, failure: Failure, *, stager_id: str | None = None) -> bool:
        """queued -> failed.

        Args:
            stager_id: whose failure it is: it counts only while no other stager has taken the task over.
        """
        fence = () if stager_id is None else moves.fetched_by(stager_id)
        move = moves.end(State.QUEUED, State.FAILED, _ROW.id == task_id, *fence)
        return self._did_end(task_id, move.values(failure=asdict(failure), **turns.GIVEN_BACK))

    def hand_back(self, claim: Claim) -> bool:
        """running -> queued, for this claim only: somebody else shall run it."""
        with transaction(self._engine) as connection:
            queues = self._handed_back(connection, moves.hand_back(*moves.held(claim)))
        return self._called(queues) == 1

    def retry(self, claim: Claim, failure: Failure, *, most_deaths: int) -> bool:
        """Its process died under this attempt: running -> queued, or -> failed when that was once too often.

        Args:
            failure: what is said of it then.
            most_deaths: so many deaths end a task.
        """
        deaths, mine = _ROW.deaths + 1, moves.held(claim)
        fails = moves.end(State.RUNNING, State.FAILED, *mine, deaths >= most_deaths)
        again = moves.hand_back(*mine, deaths < most_deaths).values(deaths=deaths)
        with transaction(self._engine) as connection:
            queues = self._handed_back(connection, again)
            move = fails.values(failure=asdict(failure), deaths=deaths)
            ended = None if queues else self._end_one(connection, claim.task_id, move)
        return self._called(queues) == 1 or self._told(ended)

    def cancel(self, task_id: str) -> bool:
        """queued -> cancelled."""
        move = moves.end(State.QUEUED, State.CANCELLED, _ROW.id == task_id)
        return self._did_end(task_id, move.values(turns.GIVEN_BACK))

    def cancel_running(self, claim: Claim) -> bool:
        """running -> cancelled, for this claim only."""
        move = moves.end(State.RUNNING, State.CANCELLED, *moves.held(claim))
        return self._did_end(claim.task_id, move)

    def want_cancel(self, task_id: str) -> bool:
        """Ask a running task to stop at its next checkpoint. False: it does not run."""
        running = update(TASKS).where(_ROW.id == task_id, _ROW.state == State.RUNNING.value)
        return self._did(running.values(cancel_wanted=True))

    def reap(self, *, spared: Collection[str] = (), owner: bool = False) -> int:
        """Take back the tasks of workers that died: running ones whose lease has ended.

        Each goes back to queued: that its worker died, a server among them, is hardly its fault. Only when it
        was started `MOST_STARTS` times it fails, for it may be what kills them.

        Args:
            spared: ids of the tasks that this process is working on: it knows better than the clock.
            owner: this process is the only one on the database, and has just started: every running task is
                a dead worker's, whatever its lease says.

        Returns:
            How many were taken back.
        """
        gone = [] if owner else moves.abandoned(self._clock_ms(), spared)
        lost = moves.free_running(_ROW.attempt >= MOST_STARTS, *gone)
        dead: list[Row[*tuple[Any, ...]]] = []
        with transaction(self._engine) as connection:
            # A write first: what is read after it cannot have been overtaken.
            queues = self._handed_back(connection, moves.take_back(_ROW.attempt < MOST_STARTS, *gone))
            for task_id in connection.execute(lost).scalars().all():
                move = moves.end(State.RUNNING, State.FAILED, _ROW.id == task_id, *gone)
                if ended := self._end_one(connection, task_id, move.values(failure=asdict(_DIED))):
                    dead.append(ended)
        for ended in dead:
            self._told(ended)
        return self._called(queues) + len(dead)

    def ahead_of(self, task_id: str, *, simulated: bool = False) -> Ahead:
        """What will be done before this queued task, the running ones included."""
        with reading(self._engine) as connection:
            return turns.ahead_of(connection, task_id, simulated=simulated)

    def ahead_of_new(self, asked: Submission) -> Ahead:
        """The same of a task that is not there yet."""
        with reading(self._engine) as connection:
            return turns.ahead_of_new(connection, asked, self._clock_ms())

    def waiting(self, queues: Collection[str]) -> set[str]:
        """Those of the queues of which a worker could have a task."""
        if not queues:
            return set()
        statement = self._waiting(tuple(sorted(queues)))
        with reading(self._engine) as connection:
            return set(connection.execute(statement).scalars())

    def has_unfinished(self, account: str) -> bool:
        """Whether any task of this account is queued or running."""
        unfinished = select(literal(1)).where(_ROW.account == account, _ROW.state.in_(OPEN_STATES)).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(unfinished).first() is not None

    def typical_compute_ms(self, edit: str, *, of: int = 20) -> float | None:
        """Mean compute time of one result in the last few tasks of this edit; None when there were none."""
        with reading(self._engine) as connection:
            return work_times.typical_ms(connection, edit, of)

    def pace(self, queue: str = GENERAL, *, of: int = 20) -> float:
        """What the last few tasks of a queue took, for each millisecond that was predicted; 1: none did."""
        with reading(self._engine) as connection:
            return work_times.pace(connection, queue, of)

    def page(self, wanted: TaskFilter, *, page_no: int, page_size: int) -> TaskPage:
        """One page of the tasks that fit and have not expired, newest first; `page_no` counts from 1."""
        fits = [
            *conditions(wanted),
            or_(_ROW.expires_at_ms.is_(None), _ROW.expires_at_ms > self._clock_ms()),
        ]
        rows = paged(select(TASKS).where(*fits), page_no, page_size)
        with transaction(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(TASKS).where(*fits)).scalar_one()
            return TaskPage(tuple(task_of(row) for row in connection.execute(rows)), total)

    def expired(self, now_ms: int, limit: int) -> list[str]:
        """Ids of at most `limit` tasks whose time is over, oldest first."""
        ids = select(_ROW.id).where(_ROW.expires_at_ms <= now_ms).order_by(_ROW.expires_at_ms).limit(limit)
        with transaction(self._engine) as connection:
            return list(connection.execute(ids).scalars())

    def delete(self, task_ids: Collection[str]) -> None:
        """Forget these tasks and their callbacks; unknown ones are no error."""
        with transaction(self._engine) as connection:
            for batch in _batches(task_ids):
                # In one order: two who delete the same at once must not wait for each other
                mine = select(_ROW.id).where(_ROW.id.in_(batch)).order_by(_ROW.id).with_for_update()
                connection.execute(delete(TASKS).where(_ROW.id.in_(select(mine.cte().c.id))))
                connection.execute(delete(DELIVERIES).where(DELIVERIES.c.task_id.in_(batch)))

    def known(self, task_ids: Collection[str]) -> set[str]:
        """Those of the ids that have a row."""
        found: set[str] = set()
        with transaction(self._engine) as connection:
            for batch in _batches(task_ids):
                found.update(connection.execute(select(_ROW.id).where(_ROW.id.in_(batch))).scalars())
        return found

    def _handed_back(self, connection: Connection, move: Update) -> Sequence[str]:
        """Do a move back to queued; of each task the queue, which is called for after the transaction."""
        return connection.execute(move.returning(_ROW.queue)).scalars().all()

    def _called(self, queues: Sequence[str]) -> int:
        for queue in queues:
            self._call(queue)
        return len(queues)

    def _did(self, change: Update) -> bool:
        with transaction(self._engine) as connection:
            return connection.execute(change).rowcount == 1

    def _did_end(self, task_id: str, move: ReturningUpdate[tuple[Any, ...]]) -> bool:
        with transaction(self._engine) as connection:
            ended = self._end_one(connection, task_id, move)
        return self._told(ended)

    def _told(self, row: Row[*tuple[Any, ...]] | None) -> bool:
        """Tell of a task that has ended, after its transaction. False: there is none."""
        if row is not None:
            self._tell(ended_of(row))
        return row is not None

    def _end_one(
        self,
        connection: Connection,
        task_id: str,
        move: ReturningUpdate[tuple[Any, ...]],
        values: Mapping[str, Any] = MappingProxyType({}),
    ) -> Row[*tuple[Any, ...]] | None:
        """Do a move to an end, and in the same transaction note the callback that is then due."""
        times = self._times()
        row = connection.execute(move, {**times, **values}).first()
        if row is not None and row.callback_url is not None:
            due = {"task_id": task_id, "attempt": 0, "next_at_ms": times["now_ms"], "account": row.account}
            connection.execute(insert(DELIVERIES).values(due))
        return row

    def _times(self) -> dict[str, int]:
        """The parameters of `moves.end`."""
        return {"now_ms": self._clock_ms(), "ttl_ms": self._result_ttl_ms}


def _waiting(queues: tuple[str, ...]) -> CompoundSelect[Any]:
    """Those of which a task could be claimed."""
    able = _ROW.state == State.QUEUED.value, _ROW.staged, _ROW.scenario.is_(None)
    return union_all(
        *(select(literal(queue)).where(exists().where(*able, _ROW.queue == queue)) for queue in queues)
    )


def _batches(task_ids: Collection[str]) -> Iterable[list[str]]:
    ids = list(task_ids)
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
