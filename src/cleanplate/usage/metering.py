"""What each key used, by day: counted in the transaction that ends a task, so that nothing counts twice."""

from datetime import UTC, datetime

from sqlalchemy import Connection, literal, select

from cleanplate.database.sqlite import insert_or_update
from cleanplate.database.tables import TASKS, USAGE


def record_task(connection: Connection, task_id: str, *, images: int, compute_ms: int, now_ms: int) -> None:
    """Add one successful task to its key's day."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%d")
    mine = select(TASKS.c.key_id, literal(day), literal(1), literal(images), literal(compute_ms)).where(
        TASKS.c.id == task_id
    )
    added = insert_or_update(USAGE).from_select(["key_id", "day", "tasks", "images", "compute_ms"], mine)
    column = USAGE.c
    grown = {
        "tasks": column.tasks + added.excluded.tasks,
        "images": column.images + added.excluded.images,
        "compute_ms": column.compute_ms + added.excluded.compute_ms,
    }
    connection.execute(added.on_conflict_do_update(index_elements=["key_id", "day"], set_=grown))
