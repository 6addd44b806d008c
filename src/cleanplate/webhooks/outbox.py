"""The callbacks that are due: one row for each ended task whose end somebody wants to hear of.

`tasks.store` writes the row together with the end itself, so no crash loses it. A sender claims a row for the
time that one try takes; when it dies, the row is due again at the end of that lease.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Update, delete, or_, select, update

from cleanplate.database import transaction
from cleanplate.database.locked_rows import locked_rows
from cleanplate.database.tables import DELIVERIES

_ROW = DELIVERIES.c
_FREE: Mapping[str, Any] = {"sender_id": None, "lease_until_ms": None}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback in the hands of one sender.

    Attributes:
        tried: how often it was sent before.
        account: who asked for it.
    """

    task_id: str
    tried: int
    sender_id: str
    account: str


class Outbox:
    """The rows of one database. Thread-safe, and safe beside other processes on the same database.

    What a sender writes of a delivery that is no longer its own is dropped. A database that refuses is a
    `StorageFailed`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(
        self, sender_id: str, now_ms: int, *, limit: int, lease_ms: int, but: Collection[str] = ()
    ) -> list[Delivery]:
        """Take at most `limit` that are to be sent now, the longest due first.

        Args:
            lease_ms: for how long nobody else gets them.
            but: accounts that get none.
        """
        due = _ROW.done_at_ms.is_(None), _ROW.next_at_ms <= now_ms
        free = or_(_ROW.lease_until_ms.is_(None), _ROW.lease_until_ms <= now_ms)
        first = select(_ROW.task_id).where(*due, free, _ROW.account.not_in(but)).order_by(_ROW.next_at_ms)
        chosen = _ROW.task_id.in_(locked_rows(first.limit(limit)))
        taken = update(DELIVERIES).where(chosen).values(sender_id=sender_id, lease_until_ms=now_ms + lease_ms)
        # A lease need not outlive a power cut.
        with transaction(self._engine, durable=False) as connection:
            rows = connection.execute(taken.returning(_ROW.task_id, _ROW.attempt, _ROW.account)).all()
        return [Delivery(task_id, attempt, sender_id, account) for task_id, attempt, account in rows]

    def forget(self, delivery: Delivery) -> None:
        """It was received, or there is nothing to send any more."""
        with transaction(self._engine) as connection:
            connection.execute(delete(DELIVERIES).where(*_held(delivery)))

    def postpone(self, delivery: Delivery, next_at_ms: int, error: str) -> None:
        """It was not received: try again then."""
        self._tried(delivery, next_at_ms=next_at_ms, error=error)

    def give_up(self, delivery: Delivery, now_ms: int, error: str) -> None:
        """It was not received, and is not tried again. The row stays as long as the task: it says why."""
        self._tried(delivery, done_at_ms=now_ms, error=error)

    def release(self, sender_id: str) -> None:
        """What this sender holds is free for others, as if it had not been tried."""
        self._write(update(DELIVERIES).where(_ROW.sender_id == sender_id).values(_FREE))

    def release_all(self) -> None:
        """The same of every sender, at the start of the only process on the database."""
        self._write(update(DELIVERIES).where(_ROW.sender_id.is_not(None)).values(_FREE))

    def _tried(self, delivery: Delivery, **values: Any) -> None:
        change = update(DELIVERIES).where(*_held(delivery))
        self._write(change.values(attempt=delivery.tried + 1, **values, **_FREE))

    def _write(self, change: Update) -> None:
        with transaction(self._engine) as connection:
            connection.execute(change)


def _held(delivery: Delivery) -> tuple[ColumnElement[bool], ...]:
    return (
        _ROW.task_id == delivery.task_id,
        _ROW.sender_id == delivery.sender_id,
        _ROW.attempt == delivery.tried,
    )
