"""The callbacks that are due: one row for each ended task whose end somebody wants to hear of.

`tasks.store` writes the row together with the end itself, so no crash loses it. A sender claims a row for the
time that one try takes; when it dies, the row is due again at the end of that lease.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Update, delete, func, or_, select, update

from cleanplate.database import transaction
from cleanplate.database.tables import DELIVERIES, TASKS

_ROW = DELIVERIES.c
_FREE: Mapping[str, Any] = {"sender_id": None, "lease_until_ms": None}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback in the hands of one sender.

    Attributes:
        tried: how often it was sent before.
        key_id: who asked for it.
    """

    task_id: str
    tried: int
    sender_id: str
    key_id: str


class Outbox:
    """The rows of one database. Thread-safe, and safe beside other processes on the same database.

    What a sender writes of a delivery that is no longer its own is dropped. A database that refuses is a
    `StorageFailed`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(
        self,
        sender_id: str,
        now_ms: int,
        *,
        limit: int,
        lease_ms: int,
        per_key: int | None = None,
        but: Collection[str] = (),
    ) -> list[Delivery]:
        """Take at most `limit` that are to be sent now: one of each key, then the next of each, and so on.

        Of one key the longest due come first.

        Args:
            lease_ms: for how long nobody else gets them.
            per_key: most of one key; None is any number.
            but: keys that get none now.
        """
        due, key_id = _due(now_ms), _key_id()
        rank = func.row_number().over(partition_by=key_id, order_by=_ROW.next_at_ms).label("rank")
        ranked = select(_ROW.task_id, _ROW.next_at_ms, rank).where(*due, key_id.not_in(but))
        line = ranked.subquery()
        first = select(line.c.task_id).order_by(line.c.rank, line.c.next_at_ms).limit(limit)
        if per_key is not None:
            first = first.where(line.c.rank <= per_key)
        # What is due is looked at again: ranks cannot be locked, and another sender may have been faster.
        taken = update(DELIVERIES).where(_ROW.task_id.in_(first), *due)
        taken = taken.values(sender_id=sender_id, lease_until_ms=now_ms + lease_ms)
        # A lease need not outlive a power cut.
        with transaction(self._engine, durable=False) as connection:
            rows = connection.execute(taken.returning(_ROW.task_id, _ROW.attempt, key_id)).all()
        return [Delivery(task_id, attempt, sender_id, whose) for task_id, attempt, whose in rows]

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


def _due(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    """To be sent now, and in nobody's hands."""
    free = or_(_ROW.lease_until_ms.is_(None), _ROW.lease_until_ms <= now_ms)
    return _ROW.done_at_ms.is_(None), _ROW.next_at_ms <= now_ms, free


def _key_id() -> ColumnElement[str]:
    """Who asked for it; "" when the task is no more."""
    return func.coalesce(select(TASKS.c.key_id).where(TASKS.c.id == _ROW.task_id).scalar_subquery(), "")


def _held(delivery: Delivery) -> tuple[ColumnElement[bool], ...]:
    return (
        _ROW.task_id == delivery.task_id,
        _ROW.sender_id == delivery.sender_id,
        _ROW.attempt == delivery.tried,
    )
