"""What each key used, by day: counted in the transaction that ends a task, so that nothing counts twice."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection, TableClause, bindparam

from cleanplate.database import Upsert, upsert_of
from cleanplate.database.tables import USAGE


def record_task(
    connection: Connection, key_id: str, account: str, *, images: int, compute_ms: int, now_ms: int
) -> None:
    """Add one successful task to the day of its key in its account."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%d")
    of_day = {"of_key": key_id, "of_account": account, "of_day": day}
    found = {"more_tasks": 1, "more_images": images, "more_compute_ms": compute_ms}
    connection.execute(_record(upsert_of(connection)), {**of_day, **found})


@cache
def _record(new: Callable[[TableClause], Upsert]) -> Upsert:
    """The statement, which every task needs, by the function that makes an INSERT of a kind of database."""
    column = USAGE.c
    added = new(USAGE).values(
        key_id=bindparam("of_key"),
        account=bindparam("of_account"),
        day=bindparam("of_day"),
        tasks=bindparam("more_tasks"),
        images=bindparam("more_images"),
        compute_ms=bindparam("more_compute_ms"),
    )
    grown = {name: column[name] + added.excluded[name] for name in ("tasks", "images", "compute_ms")}
    return added.on_conflict_do_update(index_elements=["key_id", "account", "day"], set_=grown)
