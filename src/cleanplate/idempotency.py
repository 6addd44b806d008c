"""Replies that were given under an `Idempotency-Key`, kept so that a repeated request gets the same one.

The words are those of the IETF's draft "The Idempotency-Key HTTP Header Field".
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, bindparam, delete, or_, select, update

from cleanplate.clock import unix_ms
from cleanplate.database import insert_or_update, transaction
from cleanplate.database.tables import REPLIES

KEPT_MS: Final = 24 * 3600 * 1000
"""How long a reply is given again."""
ABANDONED_MS: Final = 60_000
"""After this long without a reply, the process that was answering is taken for dead."""

_ROW = REPLIES.c
_BY_NAME = select(REPLIES).where(_ROW.account == bindparam("account"), _ROW.name == bindparam("request"))


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

    account: str
    name: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """The first request of this name is still being answered."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The name was used for another body."""


IdempotencyState: TypeAlias = InProgress | Reply | Conflict | Mismatch


class IdempotencyStore:
    """The kept replies of one database. Thread-safe. Each account has names of its own.

    Every method raises `StorageFailed` when the database refuses.

    Args:
        clock_ms: Unix milliseconds.
    """

    def __init__(self, engine: Engine, *, clock_ms: Callable[[], int] = unix_ms) -> None:
        self._engine = engine
        self._clock_ms = clock_ms
        self._in_progress: set[InProgress] = set()

    def begin(self, account: str, name: str, body: bytes) -> IdempotencyState:
        """Ask for the right to answer a request, or get the reply that was given before.

        Args:
            account: who asks.
            name: of the request: at least its path and the caller's `Idempotency-Key`.
            body: what must be the same for the reply to be the same.
        """
        request = InProgress(account, name, self._clock_ms())
        digest = hashlib.sha256(body).hexdigest()
        with transaction(self._engine) as connection:
            if not self._claim(connection, request, digest):
                row = connection.execute(_BY_NAME, {"account": account, "request": name}).one()
                return _state(row, digest)
        self._in_progress.add(request)
        return request

    def finish(self, request: InProgress, reply: Reply) -> None:
        """Keep the reply. Nothing happens when somebody else has taken over."""
        values = {"status": reply.status, "headers": reply.headers, "body": reply.body}
        try:
            with transaction(self._engine) as connection:
                connection.execute(update(REPLIES).where(*_unanswered(request)).values(values))
        finally:
            self._in_progress.discard(request)

    def drop(self, request: InProgress) -> None:
        """Forget that this request was begun: the next of its name is answered anew."""
        try:
            with transaction(self._engine) as connection:
                connection.execute(delete(REPLIES).where(*_unanswered(request)))
        finally:
            self._in_progress.discard(request)

    def sweep(self, now_ms: int) -> int:
        """Remove what is older than `KEPT_MS`; returns how many."""
        with transaction(self._engine) as connection:
            old = delete(REPLIES).where(_ROW.created_at_ms <= now_ms - KEPT_MS)
            return connection.execute(old).rowcount

    def _claim(self, connection: Connection, request: InProgress, digest: str) -> bool:
        """Write the row of a name that is new, too old, or left behind by a process that died."""
        fresh = {
            "account": request.account,
            "name": request.name,
            "body_sha256": digest,
            "created_at_ms": request.since_ms,
            "status": None,
            "headers": None,
            "body": None,
        }
        free = _ROW.created_at_ms <= request.since_ms - KEPT_MS
        ours = {(other.account, other.name) for other in self._in_progress.copy()}
        if (request.account, request.name) not in ours:
            free = or_(
                free, and_(_ROW.status.is_(None), _ROW.created_at_ms <= request.since_ms - ABANDONED_MS)
            )
        claim = insert_or_update(connection, REPLIES).values(fresh)
        claim = claim.on_conflict_do_update(index_elements=["account", "name"], set_=fresh, where=free)
        return connection.execute(claim.returning(_ROW.name)).first() is not None


def _unanswered(request: InProgress) -> tuple[ColumnElement[bool], ...]:
    return (
        _ROW.account == request.account,
        _ROW.name == request.name,
        _ROW.created_at_ms == request.since_ms,
        _ROW.status.is_(None),
    )


def _state(row: Row[tuple[object, ...]], digest: str) -> IdempotencyState:
    if row.body_sha256 != digest:
        return Mismatch()
    if row.status is None:
        return Conflict()
    return Reply(row.status, tuple((name, value) for name, value in row.headers), row.body)
