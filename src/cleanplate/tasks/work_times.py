"""What work took lately, by which more of it is predicted. Simulated tasks do no work."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    select,
    union_all,
)

from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import State

_ROW = TASKS.c


def typical_ms(connection: Connection, edit: str, of: int) -> float | None:
    """Mean milliseconds of one result in the last `of` tasks of this edit; None when there were none."""
    mean = connection.execute(_TYPICAL, {"of_edit": edit, "of": of}).scalar()
    return None if mean is None else float(mean)


def pace(connection: Connection, queue: str, of: int) -> float:
    """Milliseconds that the last `of` tasks of a queue took, for each that was predicted; 1 when none did."""
    took_ms, cost_ms = connection.execute(_PACE, {"of_queue": queue, "of": of}).one()
    return float(took_ms) / float(cost_ms) if took_ms and cost_ms else 1.0


def _typical() -> Select[Any]:
    each_ms = cast(_ROW.compute_ms, Float) / _ROW["count"]
    last = select(each_ms.label("ms")).where(_ROW.edit == bindparam("of_edit"), *_DONE)
    last = last.order_by(_ROW.started_at_ms.desc()).limit(_OF)
    return select(func.avg(last.subquery().c.ms))


def _pace() -> Select[Any]:
    columns = _ROW.compute_ms, _ROW.cost_ms, _ROW.started_at_ms
    of_queue = *_DONE, _ROW.queue == bindparam("of_queue"), _ROW.started_at_ms.is_not(None)
    both = union_all(
        # One line at a time: so an index has them in order
        *(
            select(
                select(*columns)
                .where(*of_queue, _ROW.interactive == each)
                .order_by(_ROW.started_at_ms.desc())
                .limit(_OF)
                .subquery()
            )
            for each in (False, True)
        )
    ).subquery()
    last = select(both).order_by(both.c.started_at_ms.desc()).limit(_OF).subquery()
    return select(func.sum(last.c.compute_ms), func.sum(last.c.cost_ms))


_DONE: Final = _ROW.state == State.SUCCEEDED.value, _ROW.scenario.is_(None)
_OF: Final[ColumnElement[int]] = bindparam("of", type_=Integer)
_TYPICAL: Final = _typical()
_PACE: Final = _pace()
"""Made once, as in `tasks.moves`."""
