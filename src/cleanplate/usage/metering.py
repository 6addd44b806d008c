"""What each key used, by day: counted in the transaction that ends a task, so that nothing counts twice."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    TableClause,
    bindparam,
    select,
    true,
)

from cleanplate.database import Upsert, upsert_of
from cleanplate.database.tables import USAGE

_COUNTED: Final = ("tasks", "images", "compute_ms")


def record(connection: Connection, key_id: str, account: str, more: Mapping[str, Any]) -> None:
    """Add what is `used` to the day of its key in its account."""
    values = {"of_key": key_id, "of_account": account, **more}
    connection.execute(_record(upsert_of(connection)), values)


def used(images: int, compute_ms: int, now_ms: int) -> dict[str, Any]:
    """By one successful task: the parameters of `use_of`."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%d")
    return {"of_day": day, "more_tasks": 1, "more_images": images, "more_compute_ms": compute_ms}


def use_of(key_id: ColumnElement[str], account: ColumnElement[str]) -> Select[Any]:
    """One row of `USAGE` for each task of a key in its account."""
    columns: list[ColumnElement[Any]] = [
        key_id,
        account,
        bindparam("of_day", type_=String),
        bindparam("more_tasks", type_=Integer),
        bindparam("more_images", type_=Integer),
        bindparam("more_compute_ms", type_=BigInteger),
    ]
    return select(*columns)


def add(new: Callable[[TableClause], Upsert], rows: Select[Any]) -> Upsert:
    """Adds such rows to what is there.

    Args:
        new: makes an INSERT of a kind of database: `upsert_of`.
    """
    added = new(USAGE).from_select([*USAGE.primary_key.columns.keys(), *_COUNTED], rows)
    grown = {name: USAGE.c[name] + added.excluded[name] for name in _COUNTED}
    return added.on_conflict_do_update(index_elements=USAGE.primary_key.columns, set_=grown)


@cache
def _record(new: Callable[[TableClause], Upsert]) -> Upsert:
    """The statement, which every task needs, by the function that makes an INSERT of a kind of database."""
    key_id, account = (bindparam(name, type_=String) for name in ("of_key", "of_account"))
    # SQLite takes ON CONFLICT for a condition of a join where there is no other
    return add(new, use_of(key_id, account).where(true()))
