"""Who is next: a fair line, in which each account has its share however much its keys ask for.

Start-time fair queueing (Goyal, Vin, Cheng 1996): a task gets its turn when it comes, a number in predicted
milliseconds of work. It is the turn of the task that was started last, or one task's work behind the last of
the same account, whichever is later. The lowest turn is next. So an account with nothing in line is next
whatever lies there already, those that always have something in line get equal work done, and a position is
one count.

What somebody waits for has a line of its own within its account, and `_INTERACTIVE_SHARE` times the share: it
overtakes, and a flood of it cannot keep the rest waiting for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    ScalarSelect,
    Select,
    bindparam,
    case,
    func,
    select,
    tuple_,
    union_all,
)

from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import State, Submission

_ROW = TASKS.c
_INTERACTIVE_SHARE: Final = 4

LINE: Final = _ROW.priority, _ROW.turn, _ROW.created_at_ms, _ROW.id
"""The order in which queued tasks are started."""
GIVEN_BACK: Final[Mapping[str, Any]] = {"turn": -1e15}
"""For what ends without having been started: as long ago as this, it counts against nobody."""
_AFTER_EQUALS: Final = "~"
"""An id behind all others: a task that comes now stands behind those of the same turn."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is done before a task: how many tasks, and the milliseconds that they were predicted to take."""

    tasks: int
    work_ms: float


def now() -> ScalarSelect[float]:
    """The turn of the task that was started last; 0 before the first."""
    started = select(_ROW.turn).where(_ROW.started_at_ms.is_not(None))
    last = started.order_by(_ROW.started_at_ms.desc()).limit(1).scalar_subquery()
    return select(func.coalesce(last, 0.0)).scalar_subquery()


def turn_when_staged() -> ColumnElement[float]:
    """The turn of a task whose inputs came just now: waiting for them saves up nothing."""
    return case((_ROW.turn < now(), now()), else_=_ROW.turn)


def next_turn() -> ScalarSelect[float]:
    """The turn of a new task, for its insert. Its parameters are those of `turn_parameters`."""
    # One entry of an index is read for it; what never ran has given its turn back.
    mine = _ROW.account == bindparam("turn_account"), _ROW.interactive == bindparam("turn_interactive")
    last = select(func.max(_ROW.turn)).where(*mine).scalar_subquery()
    step = bindparam("turn_step", type_=Float)
    both = union_all(select(now().label("turn")), select((last + step).label("turn"))).subquery()
    return select(func.max(both.c.turn)).scalar_subquery()


def turn_parameters(asked: Submission) -> dict[str, Any]:
    """What `next_turn` has to know of a task."""
    step = asked.cost_ms / (_INTERACTIVE_SHARE if asked.interactive else 1)
    return {"turn_account": asked.account, "turn_interactive": asked.interactive, "turn_step": step}


def ahead_of(connection: Connection, task_id: str) -> Ahead:
    """What is done before this queued task."""
    row = connection.execute(_PLACE, {"task_id": task_id}).mappings().first()
    return Ahead(0, 0.0) if row is None else _before(connection, row, simulated=row["scenario"] is not None)


def ahead_of_new(connection: Connection, asked: Submission, created_at_ms: int) -> Ahead:
    """What would be done before a task that came now."""
    place = {
        "priority": asked.priority,
        "turn": connection.execute(_NEW_TURN, turn_parameters(asked)).scalar_one(),
        "created_at_ms": created_at_ms,
        "id": _AFTER_EQUALS,
    }
    return _before(connection, place, simulated=asked.scenario is not None)


def _before(connection: Connection, place: Mapping[Any, Any], *, simulated: bool) -> Ahead:
    values = {column.name: place[column.name] for column in LINE}
    tasks, work_ms = connection.execute(_AHEAD[simulated], values).one()
    return Ahead(int(tasks), float(work_ms))


def _ahead(*, simulated: bool) -> Select[int, float]:
    """The running ones, and those in line before a place. Simulated tasks have a line of their own."""
    kind = _ROW.scenario.is_not(None) if simulated else _ROW.scenario.is_(None)
    place = tuple_(*(bindparam(column.name, type_=column.type) for column in LINE))
    # Two sums: that of the line is read from its index alone. It has `staged` before the turn.
    queued = _ROW.state == State.QUEUED.value, _ROW.staged.in_((True, False)), tuple_(*LINE) < place
    running_ms = _ROW.cost_ms * (1.0 - _ROW.progress)
    sums = union_all(
        select(func.count().label("tasks"), func.sum(_ROW.cost_ms).label("ms")).where(kind, *queued),
        select(func.count().label("tasks"), func.sum(running_ms).label("ms")).where(
            kind, _ROW.state == State.RUNNING.value
        ),
    ).subquery()
    return select(func.sum(sums.c.tasks), func.coalesce(func.sum(sums.c.ms), 0.0))


_PLACE: Final = select(*LINE, _ROW.scenario).where(_ROW.id == bindparam("task_id"))
_NEW_TURN: Final = select(next_turn())
_AHEAD: Final[Mapping[bool, Select[int, float]]] = {
    simulated: _ahead(simulated=simulated) for simulated in (False, True)
}
"""Made once, as in `tasks.moves`: every submit asks."""
