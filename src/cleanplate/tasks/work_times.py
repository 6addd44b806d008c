"""What work took lately, by which more of it is predicted. Simulated tasks do no work."""

from sqlalchemy import ColumnElement, Connection, Float, cast, func, select, union_all

from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import State

_ROW = TASKS.c


def typical_ms(connection: Connection, edit: str, of: int) -> float | None:
    """Mean milliseconds of one result in the last `of` tasks of this edit; None when there were none."""
    each_ms = cast(_ROW.compute_ms, Float) / _ROW["count"]
    last = select(each_ms.label("ms")).where(_ROW.edit == edit, *_done())
    last = last.order_by(_ROW.started_at_ms.desc()).limit(of)
    mean = connection.execute(select(func.avg(last.subquery().c.ms))).scalar()
    return None if mean is None else float(mean)


def pace(connection: Connection, queue: str, of: int) -> float:
    """Milliseconds that the last `of` tasks of a queue took, for each that was predicted; 1 when none did."""
    columns = _ROW.compute_ms, _ROW.cost_ms, _ROW.started_at_ms
    both = union_all(
        # One at a time: so an index has them in order
        *(
            select(
                select(*columns)
                .where(
                    *_done(), _ROW.queue == queue, _ROW.interactive == each, _ROW.started_at_ms.is_not(None)
                )
                .order_by(_ROW.started_at_ms.desc())
                .limit(of)
                .subquery()
            )
            for each in (False, True)
        )
    ).subquery()
    last = select(both).order_by(both.c.started_at_ms.desc()).limit(of).subquery()
    took_ms, cost_ms = connection.execute(select(func.sum(last.c.compute_ms), func.sum(last.c.cost_ms))).one()
    return float(took_ms) / float(cost_ms) if took_ms and cost_ms else 1.0


def _of_line(queue: str, *, interactive: bool) -> tuple[ColumnElement[bool], ...]:
    return _ROW.queue == queue, _ROW.interactive == interactive


def _done() -> tuple[ColumnElement[bool], ...]:
    return _ROW.state == State.SUCCEEDED.value, _ROW.scenario.is_(None)
