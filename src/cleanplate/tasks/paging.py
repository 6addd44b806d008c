"""Which rows a list shows, in which order. Clients choose the numbers: none may break a query."""

from typing import Any

from sqlalchemy import ColumnElement, Select

from cleanplate.database.tables import TASKS
from cleanplate.tasks.task import TaskFilter

_BIGGEST = 2**63 - 1
_ROW = TASKS.c


def conditions(wanted: TaskFilter) -> list[ColumnElement[bool]]:
    """What a row must be to fit."""
    exact = {
        _ROW.id: wanted.task_id,
        _ROW.account: wanted.account,
        _ROW.dialect: wanted.dialect,
        _ROW.model: wanted.model,
    }
    found = [column == value for column, value in exact.items() if value is not None]
    if wanted.states is not None:
        found.append(_ROW.state.in_([state.value for state in wanted.states]))
    if wanted.created_from_ms is not None:
        found.append(_ROW.created_at_ms >= _fitting(wanted.created_from_ms))
    if wanted.created_to_ms is not None:
        found.append(_ROW.created_at_ms <= _fitting(wanted.created_to_ms))
    return found


def paged(rows: Select[Any], page_no: int, page_size: int) -> Select[Any]:
    """One page of these rows, newest first; `page_no` counts from 1."""
    start = max(page_no - 1, 0) * page_size
    return rows.order_by(_ROW.created_at_ms.desc(), _ROW.id.desc()).limit(page_size).offset(_fitting(start))


def _fitting(number: int) -> int:
    # Clients choose these; SQLite's integers have 64 bits.
    return max(-_BIGGEST, min(number, _BIGGEST))
