"""What each key used, by day: counted in the transaction that ends a task, so that nothing counts twice."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from cleanplate.database import insert_or_update
from cleanplate.database.tables import USAGE


def record_task(
    connection: Connection, key_id: str, account: str, *, images: int, compute_ms: int, now_ms: int
) -> None:
    """Add one successful task to the day of its key in its account."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%d")
    found = {"tasks": 1, "images": images, "compute_ms": compute_ms}
    added = insert_or_update(connection, USAGE).values(key_id=key_id, account=account, day=day, **found)
    grown = {name: USAGE.c[name] + added.excluded[name] for name in found}
    connection.execute(added.on_conflict_do_update(index_elements=["key_id", "account", "day"], set_=grown))
