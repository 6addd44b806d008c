"""What each key used, by day: counted in the transaction that ends a task, so that nothing counts twice."""

from datetime import UTC, datetime

from sqlalchemy import Connection, literal, select

from cleanplate.database import insert_or_update
from cleanplate.database.tables import TASKS, USAGE


def record_task(connection: Connection, task_id: str, *, images: int, compute_ms: int, now_ms: int) -> None:
    """Add one successful task to the day of its key in its account."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%d")
    who = TASKS.c.key_id, TASKS.c.account, literal(day)
    mine = select(*who, literal(1), literal(images), literal(compute_ms)).where(TASKS.c.id == task_id)
    names = ["key_id", "account", "day", "tasks", "images", "compute_ms"]
    added = insert_or_update(connection, USAGE).from_select(names, mine)
    column = USAGE.c
    grown = {
        "tasks": column.tasks + added.excluded.tasks,
        "images": column.images + added.excluded.images,
        "compute_ms": column.compute_ms + added.excluded.compute_ms,
    }
    connection.execute(added.on_conflict_do_update(index_elements=["key_id", "account", "day"], set_=grown))
