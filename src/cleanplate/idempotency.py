"""Replies that were given under an `Idempotency-Key`, kept so that a repeated request gets the same one."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from cleanplate.clock import unix_ms
from cleanplate.database import transaction
from cleanplate.database.tables import REPLIES
from cleanplate.tasks.store import DAY_MS

KEPT_MS = DAY_MS
ABANDONED_MS = 60_000
"""After this long without a reply, the process that was answering is taken for dead."""

_ROW = REPLIES.c
_MINE = and_(_ROW.key_id == bindparam("caller"), _ROW.name == bindparam("asked"))
_FIND = select(REPLIES).where(_MINE)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP reply. `headers` are names and values as they went out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class InProgress:
    """This request is the first of its name, and is to be answered: end with `finish` or `drop`.

    Attributes:
        since_ms: tells this start from the one of somebody who took over later.
    """

    key_id: str
    name: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """The first request of this name is still being answered."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The name was used for another body."""


Standing: TypeAlias = InProgress | Reply | Conflict | Mismatch


class IdempotencyStore:
    """The kept replies of one database. Thread-safe. Each caller has names of its own.

    Every method raises `StorageFailed` when the database refuses.

    Args:
        clock_ms: Unix milliseconds.
    """

    def __init__(self, engine: Engine, *, clock_ms: Callable[[], int] = unix_ms) -> None:
        self._engine = engine
        self._clock_ms = clock_ms
        self._answering: set[InProgress] = set()

    def begin(self, key_id: str, name: str, body: bytes) -> Standing:
        """Ask for the right to answer a request, or get the reply that was given before.

        Args:
            key_id: who asks.
            name: of the request: at least its path and the caller's `Idempotency-Key`.
            body: what must be the same for the reply to be the same.
        """
        mine = InProgress(key_id, name, self._clock_ms())
        digest = hashlib.sha256(body).hexdigest()
        with transaction(self._engine) as connection:
            if self._taken(connection, mine, digest):
                self._answering.add(mine)
                return mine
            row = connection.execute(_FIND, {"caller": key_id, "asked": name}).one()
        return _standing(row, digest)

    def finish(self, mine: InProgress, reply: Reply) -> None:
        """Keep the reply. Nothing happens when somebody else has taken over."""
        values = {"status": reply.status, "headers": reply.headers, "body": reply.body}
        try:
            with transaction(self._engine) as connection:
                connection.execute(update(REPLIES).where(*_open(mine)).values(values))
        finally:
            self._answering.discard(mine)

    def drop(self, mine: InProgress) -> None:
        """Forget that this request was begun: the next of its name is answered anew."""
        try:
            with transaction(self._engine) as connection:
                connection.execute(delete(REPLIES).where(*_open(mine)))
        finally:
            self._answering.discard(mine)

    def sweep(self, now_ms: int) -> int:
        """Remove what is older than `KEPT_MS`; returns how many."""
        with transaction(self._engine) as connection:
            old = delete(REPLIES).where(_ROW.created_at_ms <= now_ms - KEPT_MS)
            return connection.execute(old).rowcount

    def _taken(self, connection: Connection, mine: InProgress, digest: str) -> bool:
        """Write the row of a name that is new, too old, or left behind by a process that died."""
        fresh = {
            "key_id": mine.key_id,
            "name": mine.name,
            "body_sha256": digest,
            "created_at_ms": mine.since_ms,
            "status": None,
            "headers": None,
            "body": None,
        }
        free = _ROW.created_at_ms <= mine.since_ms - KEPT_MS
        if not any((held.key_id, held.name) == (mine.key_id, mine.name) for held in self._answering.copy()):
            free = or_(free, and_(_ROW.status.is_(None), _ROW.created_at_ms <= mine.since_ms - ABANDONED_MS))
        taken = insert(REPLIES).values(fresh)
        taken = taken.on_conflict_do_update(index_elements=["key_id", "name"], set_=fresh, where=free)
        return connection.execute(taken).rowcount == 1


def _open(mine: InProgress) -> tuple[ColumnElement[bool], ...]:
    return (
        _ROW.key_id == mine.key_id,
        _ROW.name == mine.name,
        _ROW.created_at_ms == mine.since_ms,
        _ROW.status.is_(None),
    )


def _standing(row: Row[tuple[object, ...]], digest: str) -> Standing:
    if row.body_sha256 != digest:
        return Mismatch()
    if row.status is None:
        return Conflict()
    return Reply(row.status, tuple((name, value) for name, value in row.headers), row.body)
