"""The callbacks that are due: one row for each ended task that has somebody to tell.

`tasks.store` writes the row together with the end itself, so no crash loses it.
"""

from sqlalchemy import Engine, Update, delete, select, update

from cleanplate.database import transaction
from cleanplate.database.tables import DELIVERIES

_ROW = DELIVERIES.c


class Outbox:
    """The rows of one database. Thread-safe; a database that refuses is a `StorageFailed`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, now_ms: int, limit: int) -> list[tuple[str, int]]:
        """At most `limit` that are to be sent now, the longest due first: task id, tries so far."""
        rows = (
            select(_ROW.task_id, _ROW.attempt)
            .where(_ROW.done_at_ms.is_(None), _ROW.next_at_ms <= now_ms)
            .order_by(_ROW.next_at_ms)
            .limit(limit)
        )
        with transaction(self._engine) as connection:
            return [(row.task_id, row.attempt) for row in connection.execute(rows)]

    def forget(self, task_id: str) -> None:
        """It was taken, or there is nothing to tell any more."""
        with transaction(self._engine) as connection:
            connection.execute(delete(DELIVERIES).where(_ROW.task_id == task_id))

    def postpone(self, task_id: str, attempt: int, next_at_ms: int, error: str) -> None:
        """It was not taken: try again then."""
        self._write(update(DELIVERIES).values(attempt=attempt, next_at_ms=next_at_ms, error=error), task_id)

    def give_up(self, task_id: str, attempt: int, now_ms: int, error: str) -> None:
        """It was not taken, and is not tried again. The row stays as long as the task: it says why."""
        self._write(update(DELIVERIES).values(attempt=attempt, done_at_ms=now_ms, error=error), task_id)

    def _write(self, change: Update, task_id: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(change.where(_ROW.task_id == task_id))
