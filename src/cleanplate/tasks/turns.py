"""Who is next: a fair line, in which each account has its share however much its keys ask for.

Start-time fair queueing (Goyal, Vin, Cheng 1996): a task gets its turn when it comes, a number in predicted
milliseconds of work. It is the turn of the task that was started last, or one task's work behind the last of
the same account, whichever is later. The lowest turn is next. So an account with nothing in line is next
whatever lies there already, those that always have something in line get equal work done, and a position is
a count.

Each queue (`tasks.queues`) is such a line. What somebody waits for has a second one in the same queue, with
turns of its own, and goes before all else: whoever sent that. Only after `_IN_A_ROW` of it, one of the others
is started, so that no flood of it keeps them for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Float,
    Integer,
    ScalarSelect,
    Select,
    String,
    bindparam,
    case,
    false,
    func,
    literal,
    not_,
    select,
    true,
    tuple_,
    union_all,
)

from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import State, Submission, Task

_ROW = TASKS.c
_IN_A_ROW: Final = 4
_ALL: Final = 2**31 - 1
_QUEUE: Final[ColumnElement[str]] = bindparam("of_queue", type_=String)
_NEW_QUEUE: Final[ColumnElement[str]] = bindparam("turn_queue", type_=String)

LINE: Final = _ROW.priority, _ROW.turn, _ROW.created_at_ms, _ROW.id
"""The order in which queued tasks of one line are started."""
GIVEN_BACK: Final[Mapping[str, Any]] = {"turn": -1e15}
"""For what ends without having been started: as long ago as this, it counts against nobody."""
_EITHER: Final[ColumnElement[bool]] = _ROW.staged.in_((true(), false()))
"""It stands before the queue in the index, from which alone this is read."""
_AFTER_EQUALS: Final = "z"
"""An id behind all others: a task that comes now stands behind those of the same turn."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is done before a task: how many tasks, and the milliseconds that they were predicted to take."""

    tasks: int
    work_ms: float


def next_id(*fits: ColumnElement[bool], simulated: bool) -> ColumnElement[str]:
    """The id of the task that is started next of the parameter `of_queue`, of those that fit; NULL for none.

    Workers that look at the same moment skip each other's choice where rows can be locked; SQLite, which has
    one writer at a time, leaves these words out.
    """
    waited_for, other = (
        select(_ROW.id)
        .where(*fits, _ROW.queue == _QUEUE, _ROW.interactive == interactive)
        .order_by(*LINE)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
        for interactive in (True, False)
    )
    first = func.coalesce(waited_for, other)
    # What is simulated takes no time: there nobody is kept waiting.
    return (
        first
        if simulated
        else case((_in_a_row(_QUEUE) >= _IN_A_ROW, func.coalesce(other, waited_for)), else_=first)
    )


def _started(queue: ColumnElement[str], *, interactive: bool) -> tuple[ColumnElement[bool], ...]:
    """Conditions for what was started of one line, ended or not."""
    line = _ROW.queue == queue, _ROW.interactive == interactive
    return *line, _ROW.scenario.is_(None), _ROW.started_at_ms.is_not(None)


def _in_a_row(queue: ColumnElement[str]) -> ScalarSelect[int]:
    """How many that somebody waits for were started since the last of the others; at most `_IN_A_ROW`."""
    others = select(_ROW.started_at_ms).where(*_started(queue, interactive=False))
    last = others.order_by(_ROW.started_at_ms.desc()).limit(1).scalar_subquery()
    since = _ROW.started_at_ms > func.coalesce(last, 0)
    found = select(literal(1)).where(*_started(queue, interactive=True), since).limit(_IN_A_ROW).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _now(queue: ColumnElement[str], *, interactive: bool) -> ScalarSelect[float]:
    """The turn of the task of this line that was started last; 0 before the first."""
    started = select(_ROW.turn).where(*_started(queue, interactive=interactive))
    last = started.order_by(_ROW.started_at_ms.desc()).limit(1).scalar_subquery()
    return select(func.coalesce(last, 0.0)).scalar_subquery()


def now(connection: Connection, queue: str, *, interactive: bool) -> float:
    """Whose turn it is in a line: the turn of its task that was started last; 0 before the first."""
    return float(connection.execute(select(_now(literal(queue), interactive=interactive))).scalar_one())


def turn_when_staged(queue: str) -> ColumnElement[float]:
    """The turn of a task of this queue whose inputs came just now: waiting for them saves up nothing."""
    line = literal(queue)
    now = case((_ROW.interactive, _now(line, interactive=True)), else_=_now(line, interactive=False))
    return case((_ROW.turn < now, now), else_=_ROW.turn)


def next_turn() -> ScalarSelect[float]:
    """The turn of a new task, for its insert. Its parameters are those of `turn_parameters`."""
    # One entry of an index is read for it; what never ran has given its turn back.
    interactive: ColumnElement[bool] = bindparam("turn_interactive", type_=Boolean)
    own = _ROW.account == bindparam("turn_account"), _ROW.queue == _NEW_QUEUE
    last = select(_ROW.turn).where(*own, _ROW.interactive == interactive).order_by(_ROW.turn.desc()).limit(1)
    behind = last.scalar_subquery() + bindparam("turn_step", type_=Float)
    now = case((interactive, _now(_NEW_QUEUE, interactive=True)), else_=_now(_NEW_QUEUE, interactive=False))
    both = union_all(select(now.label("turn")), select(behind.label("turn"))).subquery()
    return select(func.max(both.c.turn)).scalar_subquery()


def place(task: Task) -> tuple[bool, int, int, str]:
    """What orders tasks of which nobody knows the turn: as they came, what somebody waits for first."""
    asked, standing = task.submission, task.standing
    return not asked.interactive, asked.priority, standing.created_at_ms, task.id


def turn_parameters(asked: Submission) -> dict[str, Any]:
    """What `next_turn` has to know of a task."""
    return {
        "turn_account": asked.account,
        "turn_queue": asked.queue,
        "turn_interactive": asked.interactive,
        "turn_step": float(asked.cost_ms),
    }


def ahead_of(connection: Connection, task_id: str, *, simulated: bool) -> Ahead:
    """What is done before this queued task."""
    return _ahead(connection, _AHEAD_OF[simulated], {"task_id": task_id})


def ahead_of_new(connection: Connection, asked: Submission, created_at_ms: int) -> Ahead:
    """What would be done before a task that came now."""
    statement = _AHEAD_OF_NEW[asked.scenario is not None]
    when = {"new_priority": asked.priority, "new_created_at_ms": created_at_ms}
    return _ahead(connection, statement, {**turn_parameters(asked), **when})


def _ahead(connection: Connection, statement: Select[Any], values: Mapping[str, Any]) -> Ahead:
    tasks, work_ms = connection.execute(statement, values).one()
    return Ahead(int(tasks), float(work_ms))


def _before(place: CTE, *, simulated: bool) -> Select[Any]:
    """How many tasks go before one, and what they were predicted to take: in one statement, as many ask.

    Args:
        place: one row: `LINE` of the task, its `queue`, and whether it is `interactive`. Nothing goes before
            one that is not there.
    """
    at = {column.name: select(column).scalar_subquery() for column in place.c}
    kind = _ROW.scenario.is_not(None) if simulated else _ROW.scenario.is_(None)
    own = _own_line(at, kind)
    # How many of the other line go first, if so many are there
    most = case(
        (at["interactive"], 0 if simulated else (own.c.in_a_row + own.c.queued) // _IN_A_ROW),
        else_=_ALL if simulated else _IN_A_ROW * (own.c.queued + 1) - own.c.in_a_row,
    )
    first = (
        select(_ROW.cost_ms)
        .where(kind, *_queued(at, interactive=not_(at["interactive"])))
        .order_by(*LINE)
        .limit(func.coalesce(select(most).scalar_subquery(), 0))
        .subquery()
    )
    other = select(func.count().label("queued"), func.sum(first.c.cost_ms).label("ms")).subquery()
    work_ms = (func.coalesce(each, 0.0) for each in (own.c.ms, own.c.running_ms, other.c.ms))
    tasks = own.c.queued + own.c.running + other.c.queued
    return select(tasks, sum(work_ms, start=literal(0.0))).join_from(own, other, literal(True))


def _own_line(at: Mapping[str, ColumnElement[Any]], kind: ColumnElement[bool]) -> CTE:
    """What goes before a place in its own line; what runs; how many in a row somebody waited for."""
    before = tuple_(*LINE) < tuple_(*(at[column.name] for column in LINE))
    queued = select(func.count().label("queued"), func.sum(_ROW.cost_ms).label("ms"))
    line = queued.where(kind, *_queued(at, interactive=at["interactive"]), before).subquery()
    left_ms = _ROW.cost_ms * (1.0 - _ROW.progress)
    running = select(func.count().label("running"), func.sum(left_ms).label("running_ms"))
    at_work = _ROW.state == State.RUNNING.value, _EITHER, _ROW.queue == at["queue"]
    work = running.where(kind, *at_work).subquery()
    in_a_row = _in_a_row(at["queue"]).label("in_a_row")
    return select(*line.c, *work.c, in_a_row).join_from(line, work, literal(True)).cte("own")


def _queued(
    at: Mapping[str, ColumnElement[Any]], *, interactive: ColumnElement[bool]
) -> tuple[ColumnElement[bool], ...]:
    """Conditions for one line. What is being fetched counts."""
    return (
        _ROW.state == State.QUEUED.value,
        _EITHER,
        _ROW.queue == at["queue"],
        _ROW.interactive == interactive,
    )


def _place_of_task() -> CTE:
    """Of the parameter `task_id`."""
    return select(*LINE, _ROW.queue, _ROW.interactive).where(_ROW.id == bindparam("task_id")).cte("place")


def _place_of_new() -> CTE:
    """Of one that is not there yet; its parameters are those of `next_turn`, and the rest of `LINE`."""
    return select(
        bindparam("new_priority", type_=Integer).label("priority"),
        next_turn().label("turn"),
        bindparam("new_created_at_ms", type_=BigInteger).label("created_at_ms"),
        literal(_AFTER_EQUALS).label("id"),
        _NEW_QUEUE.label("queue"),
        bindparam("turn_interactive", type_=Boolean).label("interactive"),
    ).cte("place")


_AHEAD_OF: Final[Mapping[bool, Select[Any]]] = {
    each: _before(_place_of_task(), simulated=each) for each in (False, True)
}
_AHEAD_OF_NEW: Final[Mapping[bool, Select[Any]]] = {
    each: _before(_place_of_new(), simulated=each) for each in (False, True)
}
"""For tasks that are simulated, which have lines of their own, and for those that are not.

Made once, as in `tasks.moves`: every submit asks.
"""
