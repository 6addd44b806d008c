"""What keys used, by day. `usage.metering` writes it when a task has succeeded."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from cleanplate.database.tables import USAGE


@dataclass(frozen=True, slots=True)
class UsageDay:
    """What the successful tasks of one key used on one day (UTC, YYYY-MM-DD)."""

    key_id: str
    day: str
    tasks: int
    images: int
    compute_ms: int


def usage_of(connection: Connection, key_id: str | None, days: int, now_s: float) -> list[UsageDay]:
    """The last `days` days, today included, newest first; of all keys when none is named."""
    column = USAGE.c
    oldest = datetime.fromtimestamp(now_s, UTC) - timedelta(days=days - 1)
    rows = select(column.key_id, column.day, column.tasks, column.images, column.compute_ms)
    rows = rows.where(column.day >= oldest.strftime("%Y-%m-%d"))
    if key_id is not None:
        rows = rows.where(column.key_id == key_id)
    return [UsageDay(*row) for row in connection.execute(rows.order_by(column.day.desc(), column.key_id))]
