"""Rows that a statement changes and that nobody else holds."""

from typing import Any

from sqlalchemy import Select, select


def locked_rows(rows: Select[Any]) -> Select[Any]:
    """For `column.in_(…)`: what these rows select, without those that another transaction holds.

    As a subquery alone Postgres may run it once for each row that it looks at, and each time lock others: a
    LIMIT would not hold. As a table expression that locks, it is run once. SQLite, which has one writer at a
    time, locks no rows.

    Args:
        rows: selects one column.
    """
    found = rows.with_for_update(skip_locked=True).cte("locked")
    return select(*found.c)
