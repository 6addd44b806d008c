"""The statements that move tasks from state to state. Each is one compare-and-set."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Update,
    bindparam,
    cast,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from cleanplate.database.locked_rows import locked_rows
from cleanplate.database.tables import TASKS
from cleanplate.tasks.ended import COLUMNS
from cleanplate.tasks.rows import row_of
from cleanplate.tasks.task import MOVES, Claim, State, Task
from cleanplate.tasks.turns import LINE, next_id, next_turn, turn_parameters, turn_when_staged

_ROW = TASKS.c
_RELEASED: Mapping[str, Any] = {"worker_id": None, "lease_until_ms": None}
_UNSTAGED: Final = _ROW.state == State.QUEUED.value, _ROW.staged.is_(False)
_BACK_IN_LINE: Mapping[str, Any] = {"started_at_ms": None, "progress": 0.0, **_RELEASED}


def move(source: State, target: State, *fence: ColumnElement[bool]) -> Update:
    """The only way a state changes: from `source`, behind the fence, if the table of moves has it."""
    if target not in MOVES[source]:
        raise ValueError(f"no task goes from {source} to {target}")
    return update(TASKS).where(_ROW.state == source.value, *fence).values(state=target.value)


def next_claim(*, simulated: bool) -> ReturningUpdate[tuple[Any, ...]]:
    """queued -> running of the staged task that is next in its queue (`tasks.turns`); returns its row.

    Its parameters are `of_queue`, `claimer`, `now_ms` and `until_ms`.

    Args:
        simulated: tasks that are simulated, or those that are not.
    """
    return _NEXT_CLAIMS[simulated]


def _next_claim(*, simulated: bool) -> ReturningUpdate[tuple[Any, ...]]:
    fits = [
        _ROW.state == State.QUEUED.value,
        _ROW.staged,
        _ROW.scenario.is_not(None) if simulated else _ROW.scenario.is_(None),
    ]
    chosen = next_id(*fits, simulated=simulated)
    claimed = move(State.QUEUED, State.RUNNING, _ROW.id == chosen).values(
        attempt=_ROW.attempt + 1,
        started_at_ms=bindparam("now_ms"),
        worker_id=bindparam("claimer"),
        lease_until_ms=bindparam("until_ms"),
    )
    return claimed.returning(*_ROW)


_NEXT_CLAIMS: Final[Mapping[bool, ReturningUpdate[tuple[Any, ...]]]] = {
    each: _next_claim(simulated=each) for each in (False, True)
}
"""Made once: idle workers ask often."""


def alike_claim(task: Task, now_ms: int, until_ms: int, limit: int) -> ReturningUpdate[tuple[Any, ...]]:
    """queued -> running of the next tasks that can be done together with this one; returns their rows.

    They take its turn: what comes along moves nobody else's. One that has ended its process is done alone.
    """
    asked = task.submission
    fits = (
        _ROW.state == State.QUEUED.value,
        _ROW.staged,
        _ROW.scenario.is_(None),
        _ROW.queue == asked.queue,
        _ROW.edit == asked.edit,
        _ROW.canvas == asked.canvas,
        _ROW.deaths == 0,
    )
    first = select(_ROW.id).where(*fits).order_by(_ROW.interactive.desc(), *LINE).limit(limit)
    chosen = _ROW.id.in_(locked_rows(first))
    first_one = TASKS.alias("first_one")
    its_turn = select(first_one.c.turn).where(first_one.c.id == task.id).scalar_subquery()
    claimed = move(State.QUEUED, State.RUNNING, chosen).values(
        attempt=_ROW.attempt + 1,
        started_at_ms=now_ms,
        worker_id=task.standing.worker_id,
        lease_until_ms=until_ms,
        turn=its_turn,
    )
    return claimed.returning(*_ROW)


NEW: Final = insert(TASKS).values(
    {column.name: bindparam(f"new_{column.name}") for column in _ROW if column.name != "turn"}
    | {"turn": next_turn()}
)
"""Writes a new task, and gives it its turn. Its parameters are those of `new_row`."""


def new_row(task: Task) -> dict[str, Any]:
    """The parameters of `NEW`."""
    return {f"new_{name}": value for name, value in row_of(task).items()} | turn_parameters(task.submission)


def set_staged(task_id: str, queue: str, canvas: str) -> Update:
    """The inputs of a queued task of this queue are here."""
    queued = update(TASKS).where(_ROW.id == task_id, _ROW.state == State.QUEUED.value)
    known = {"canvas": canvas} if canvas else {}
    return queued.values(staged=True, turn=turn_when_staged(queue), **known, **_RELEASED)


def take_unstaged(
    stager_id: str, now_ms: int, until_ms: int, limit: int, *, owner: bool
) -> ReturningUpdate[tuple[Any, ...]]:
    """At most so many of the first whose inputs nobody fetches, or for an `owner` all."""
    free = () if owner else (or_(_ROW.lease_until_ms.is_(None), _ROW.lease_until_ms <= now_ms),)
    first = select(_ROW.id).where(*_UNSTAGED, *free).order_by(_ROW.interactive.desc(), *LINE).limit(limit)
    chosen = update(TASKS).where(_ROW.id.in_(locked_rows(first)))
    return chosen.values(worker_id=stager_id, lease_until_ms=until_ms).returning(*_ROW)


def hold_unstaged(stager_id: str, until_ms: int) -> Update:
    """What this stager fetches stays its own."""
    return update(TASKS).where(*_UNSTAGED, _ROW.worker_id == stager_id).values(lease_until_ms=until_ms)


def fetched_by(stager_id: str) -> tuple[ColumnElement[bool], ...]:
    """The fence of a task whose inputs are not all here: no other stager has taken it over."""
    return _ROW.staged.is_(False), or_(_ROW.worker_id.is_(None), _ROW.worker_id == stager_id)


def held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """The fence of a running task: only the attempt of this worker that has this number may move it."""
    return _ROW.id == claim.task_id, _ROW.attempt == claim.attempt, _ROW.worker_id == claim.worker_id


def end(source: State, target: State, *fence: ColumnElement[bool]) -> ReturningUpdate[tuple[Any, ...]]:
    """A move to an end, with its times; returns `ended.COLUMNS`.

    Its parameters are `now_ms`, and `ttl_ms`, which holds where the task has none of its own.
    """
    now_ms, ttl_ms = (bindparam(name, type_=BigInteger) for name in ("now_ms", "ttl_ms"))
    kept_ms = func.coalesce(cast(_ROW.ttl_s, BigInteger) * 1000, ttl_ms)
    ended = move(source, target, *fence).values(
        finished_at_ms=now_ms, expires_at_ms=now_ms + kept_ms, lease_until_ms=None
    )
    return ended.returning(*COLUMNS)


_HELD: Final = (
    _ROW.id == bindparam("of_task"),
    _ROW.attempt == bindparam("of_attempt"),
    _ROW.worker_id == bindparam("of_worker"),
)
SUCCESS: Final = end(State.RUNNING, State.SUCCEEDED, *_HELD).values(
    results=bindparam("made"), compute_ms=bindparam("took_ms"), progress=1.0
)
"""running -> succeeded, made once. Parameters: those of `end` and `held_parameters`, `made`, `took_ms`."""


def held_parameters(claim: Claim) -> dict[str, Any]:
    """The fence of a claim, for `SUCCESS`."""
    return {"of_task": claim.task_id, "of_attempt": claim.attempt, "of_worker": claim.worker_id}


def hand_back(*fence: ColumnElement[bool]) -> Update:
    """running -> queued."""
    return move(State.RUNNING, State.QUEUED, *fence).values(_BACK_IN_LINE)


def take_back(*fence: ColumnElement[bool]) -> Update:
    """running -> queued, of those that nobody else moves at this moment."""
    return hand_back(_ROW.id.in_(free_running(*fence)))


def free_running(*fence: ColumnElement[bool]) -> Select[Any]:
    """The ids of running tasks that nobody else moves at this moment."""
    found = select(_ROW.id).where(_ROW.state == State.RUNNING.value, *fence)
    return locked_rows(found.order_by(_ROW.id))


def abandoned(now_ms: int, spared: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Running tasks whose lease has ended, or that never had one, but for the spared ids."""
    over = or_(_ROW.lease_until_ms.is_(None), _ROW.lease_until_ms <= now_ms)
    return over, _ROW.id.not_in(spared)
