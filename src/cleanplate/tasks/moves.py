"""The statements that move tasks from state to state. Each is one compare-and-set."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, bindparam, func, insert, or_, update
from sqlalchemy.sql.dml import ReturningUpdate

from cleanplate.database.tables import TASKS
from cleanplate.tasks.rows import row_of
from cleanplate.tasks.task import MOVES, Claim, State, Task
from cleanplate.tasks.turns import next_id, next_turn, turn_parameters

_ROW = TASKS.c
_RELEASED: Mapping[str, Any] = {"worker_id": None, "lease_until_ms": None}
_BACK_IN_LINE: Mapping[str, Any] = {"started_at_ms": None, "progress": 0.0, **_RELEASED}


def move(source: State, target: State, *fence: ColumnElement[bool]) -> Update:
    """The only way a state changes: from `source`, behind the fence, if the table of moves has it."""
    if target not in MOVES[source]:
        raise ValueError(f"no task goes from {source} to {target}")
    return update(TASKS).where(_ROW.state == source.value, *fence).values(state=target.value)


def next_claim(*, simulated: bool, of_edits: bool) -> ReturningUpdate[tuple[Any, ...]]:
    """queued -> running of the staged task that is next in line (`tasks.turns`); returns its row.

    Its parameters are `claimer`, `now_ms`, `until_ms`, and `edits` where it is `of_edits`.

    Args:
        simulated: tasks that are simulated, or those that are not.
        of_edits: of some edits alone.
    """
    return _NEXT_CLAIMS[simulated, of_edits]


def _next_claim(*, simulated: bool, of_edits: bool) -> ReturningUpdate[tuple[Any, ...]]:
    fits = [
        _ROW.state == State.QUEUED.value,
        _ROW.staged,
        _ROW.scenario.is_not(None) if simulated else _ROW.scenario.is_(None),
    ]
    if of_edits:
        fits.append(_ROW.edit.in_(bindparam("edits", expanding=True)))
    chosen = next_id(*fits, simulated=simulated)
    claimed = move(State.QUEUED, State.RUNNING, _ROW.id == chosen).values(
        attempt=_ROW.attempt + 1,
        started_at_ms=bindparam("now_ms"),
        worker_id=bindparam("claimer"),
        lease_until_ms=bindparam("until_ms"),
    )
    return claimed.returning(*_ROW)


_NEXT_CLAIMS: Final[Mapping[tuple[bool, bool], ReturningUpdate[tuple[Any, ...]]]] = {
    (simulated, of_edits): _next_claim(simulated=simulated, of_edits=of_edits)
    for simulated in (False, True)
    for of_edits in (False, True)
}
"""Made once: idle workers ask often."""


NEW: Final = insert(TASKS).values(
    {column.name: bindparam(f"new_{column.name}") for column in _ROW if column.name != "turn"}
    | {"turn": next_turn()}
)
"""Writes a new task, and gives it its turn. Its parameters are those of `new_row`."""


def new_row(task: Task) -> dict[str, Any]:
    """The parameters of `NEW`."""
    return {f"new_{name}": value for name, value in row_of(task).items()} | turn_parameters(task.submission)


def held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """The fence of a running task: only the attempt of this worker that has this number may move it."""
    return _ROW.id == claim.task_id, _ROW.attempt == claim.attempt, _ROW.worker_id == claim.worker_id


def end(source: State, target: State, *fence: ColumnElement[bool], now_ms: int, ttl_ms: int) -> Update:
    """A move to an end, with its times; `ttl_ms` holds where the task has none of its own."""
    kept_ms = func.coalesce(_ROW.ttl_s * 1000, ttl_ms)
    return move(source, target, *fence).values(
        finished_at_ms=now_ms, expires_at_ms=now_ms + kept_ms, lease_until_ms=None
    )


def hand_back(*fence: ColumnElement[bool]) -> Update:
    """running -> queued."""
    return move(State.RUNNING, State.QUEUED, *fence).values(_BACK_IN_LINE)


def abandoned(now_ms: int, spared: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Running tasks whose lease has ended, or that never had one, but for the spared ids."""
    over = or_(_ROW.lease_until_ms.is_(None), _ROW.lease_until_ms <= now_ms)
    return over, _ROW.id.not_in(spared)
