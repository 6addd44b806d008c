"""Who is next: a fair line, in which each key has its share however much it asks for.

Start-time fair queueing (Goyal, Vin, Cheng 1996): a task gets its turn when it comes, a number in predicted
milliseconds of work. It is the turn of the task that was started last, or one task's work behind the last of
the same key, whichever is later. The lowest turn is next. So a key with nothing in line is next whatever lies
there already, keys that always have something in line get equal work done, and a position is one count.

What somebody waits for has a line of its own within its key, and `_INTERACTIVE_SHARE` times the share: it
overtakes, and a flood of it cannot keep the rest waiting for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    case,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import State, Submission

_ROW = TASKS.c
_QUEUED = _ROW.state == State.QUEUED.value
_RUNNING = _ROW.state == State.RUNNING.value
_INTERACTIVE_SHARE: Final = 4
_Place: TypeAlias = tuple[int, float, int, str]

LINE: Final = _ROW.priority, _ROW.turn, _ROW.created_at_ms, _ROW.id
"""The order in which queued tasks are started."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is done before a task: how many tasks, and the milliseconds that they were predicted to take."""

    tasks: int
    work_ms: float


GIVEN_BACK: Final[Mapping[str, Any]] = {"turn": -1e15}
"""For what ends without having been started: as long ago as this, it counts against nobody."""


def next_turn(asked: Submission) -> ScalarSelect[float]:
    """The turn of a new task, for its insert."""
    step = asked.cost_ms / (_INTERACTIVE_SHARE if asked.interactive else 1)
    # One entry of an index is read for it; what never ran has given its turn back.
    mine = _ROW.key_id == asked.key_id, _ROW.interactive.is_(asked.interactive)
    last = select(func.max(_ROW.turn)).where(*mine).scalar_subquery()
    both = union_all(select(_now().label("turn")), select((last + step).label("turn"))).subquery()
    return select(func.max(both.c.turn)).scalar_subquery()


def turn_when_staged() -> ColumnElement[float]:
    """The turn of a task whose inputs came just now: waiting for them saves up nothing."""
    return case((_ROW.turn < _now(), _now()), else_=_ROW.turn)


def ahead_of(connection: Connection, task_id: str) -> Ahead:
    """What is done before this queued task."""
    mine = select(*LINE, _ROW.scenario.is_not(None)).where(_ROW.id == task_id)
    row = connection.execute(mine).first()
    return Ahead(0, 0.0) if row is None else _before(connection, row, simulated=row[-1])


def ahead_of_new(connection: Connection, asked: Submission, created_at_ms: int) -> Ahead:
    """What would be done before a task that came now."""
    turn = connection.execute(select(next_turn(asked))).scalar_one()
    last_of_equals = "~"
    place = asked.priority, turn, created_at_ms, last_of_equals
    return _before(connection, place, simulated=asked.scenario is not None)


def _now() -> ScalarSelect[float]:
    """The turn of the task that was started last; 0 before the first."""
    started = select(_ROW.turn).where(_ROW.started_at_ms.is_not(None))
    last = started.order_by(_ROW.started_at_ms.desc()).limit(1).scalar_subquery()
    return select(func.coalesce(last, 0.0)).scalar_subquery()


def _before(connection: Connection, place: _Place | Row[Any], *, simulated: bool) -> Ahead:
    """The running ones, and those in line before the place. Simulated tasks have a line of their own."""
    # Two sums: that of the line is read from its index alone. It has `staged` before the turn.
    earlier = tuple_(*LINE) < tuple_(*(literal(value) for value in place[: len(LINE)]))
    queued = _QUEUED, _ROW.staged.in_((True, False)), earlier
    running_ms = _ROW.cost_ms * (1.0 - _ROW.progress)
    kind = _ROW.scenario.is_not(None) if simulated else _ROW.scenario.is_(None)
    sums = [
        select(func.count(), func.coalesce(func.sum(ms), 0.0)).where(kind, *which)
        for ms, which in ((_ROW.cost_ms, queued), (running_ms, (_RUNNING,)))
    ]
    found = [connection.execute(statement).one() for statement in sums]
    return Ahead(sum(row[0] for row in found), float(sum(row[1] for row in found)))
