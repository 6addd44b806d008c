"""Replies that were given under an `Idempotency-Key`, kept so that a repeated request gets the same one.

The words are those of the IETF's draft "The Idempotency-Key HTTP Header Field".

A process that answers a request holds a lease on its name, and moves it on; when it dies, another one takes
over. The name has the id of the task that is made: whoever takes over makes no second one.
"""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Row,
    Update,
    and_,
    bindparam,
    case,
    delete,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from cleanplate.clock import unix_ms
from cleanplate.database import insert_or_update, transaction
from cleanplate.database.locked_rows import locked_rows
from cleanplate.database.tables import REPLIES
from cleanplate.errors import StorageFailed

_log = logging.getLogger(__name__)

KEPT_MS: Final = 24 * 3600 * 1000
"""How long a reply is given again."""
LEASE_MS: Final = 10_000
"""After this long without a word, the process that was answering is taken for dead."""
_HOLDS_PER_LEASE: Final = 3
_BATCH: Final = 1000

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
    """This request is the first of its name, and is to be answered: end with `finish`, `drop` or `leave`.

    Attributes:
        since_ms: tells this start from the one of somebody who took over later.
        task_id: of the task that is made, if one is. There may be such a task already: then it is the one.
    """

    account: str
    name: str
    since_ms: int
    task_id: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The first request of this name is still being answered."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The name was used for another body."""


IdempotencyState: TypeAlias = InProgress | Reply | Conflict | Mismatch


class IdempotencyStore:
    """The kept replies of one database. Thread-safe. Each account has names of its own.

    Every method raises `StorageFailed` when the database refuses. Somebody has to run `hold_forever`.

    Args:
        clock_ms: Unix milliseconds; processes on one database agree on it to within a lease.
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
        now_ms = self._clock_ms()
        digest = hashlib.sha256(body).hexdigest()
        with transaction(self._engine) as connection:
            task_id = _claim(connection, account, name, digest, now_ms)
            if task_id is None:
                row = connection.execute(_BY_NAME, {"account": account, "request": name}).one()
                return _state(row, digest)
        request = InProgress(account, name, now_ms, task_id)
        self._in_progress.add(request)
        return request

    def finish(self, request: InProgress, reply: Reply) -> None:
        """Keep the reply. Nothing happens when somebody else has taken over."""
        values = {"status": reply.status, "headers": reply.headers, "body": reply.body}
        self._end(request, update(REPLIES).values(lease_until_ms=None, **values))

    def drop(self, request: InProgress) -> None:
        """Forget that this request was begun: the next of its name is answered anew."""
        self._end(request, delete(REPLIES))

    def leave(self, request: InProgress) -> None:
        """Whether it made its task is not known: the next of its name and body finds out."""
        self._end(request, update(REPLIES).values(lease_until_ms=None))

    def hold(self) -> None:
        """Move the leases on of all requests that are being answered here."""
        until_ms = self._clock_ms() + LEASE_MS
        requests = sorted(self._in_progress.copy(), key=lambda one: (one.account, one.name))
        if not requests:
            return
        with transaction(self._engine, durable=False) as connection:
            for request in requests:
                held = update(REPLIES).where(*_unanswered(request), _ROW.lease_until_ms.is_not(None))
                connection.execute(held.values(lease_until_ms=until_ms))

    async def hold_forever(self) -> None:
        """Do so in a thread again and again, until cancelled."""
        while True:
            await asyncio.sleep(LEASE_MS / 1000 / _HOLDS_PER_LEASE)
            try:
                await asyncio.to_thread(self.hold)
            except StorageFailed as error:
                _log.warning("requests that are being answered: %s", error.log)

    def sweep(self, now_ms: int) -> int:
        """Remove what is older than `KEPT_MS`; returns how many."""
        names = select(_ROW.account, _ROW.name).where(_ROW.created_at_ms <= now_ms - KEPT_MS).limit(_BATCH)
        old = delete(REPLIES).where(tuple_(_ROW.account, _ROW.name).in_(locked_rows(names)))
        old_names = old.returning(_ROW.name)
        removed, more = 0, True
        while more:
            with transaction(self._engine) as connection:
                gone = len(connection.execute(old_names).all())
            removed, more = removed + gone, gone == _BATCH
        return removed

    def _end(self, request: InProgress, change: Update | Delete) -> None:
        try:
            with transaction(self._engine) as connection:
                connection.execute(change.where(*_unanswered(request)))
        finally:
            self._in_progress.discard(request)


def _claim(connection: Connection, account: str, name: str, digest: str, now_ms: int) -> str | None:
    """Write the row of a name that is new, too old, or left behind; the id of its task. None: it is taken."""
    fresh = {
        "account": account,
        "name": name,
        "body_sha256": digest,
        "created_at_ms": now_ms,
        "task_id": str(uuid.uuid4()),
        "lease_until_ms": now_ms + LEASE_MS,
        "status": None,
        "headers": None,
        "body": None,
    }
    old = _ROW.created_at_ms <= now_ms - KEPT_MS
    left = and_(_ROW.status.is_(None), or_(_ROW.lease_until_ms.is_(None), _ROW.lease_until_ms <= now_ms))
    same = and_(~old, _ROW.body_sha256 == digest, _ROW.task_id.is_not(None))
    task_id = case((same, _ROW.task_id), else_=literal(fresh["task_id"]))
    claim = insert_or_update(connection, REPLIES).values(fresh)
    claim = claim.on_conflict_do_update(
        index_elements=["account", "name"], set_=fresh | {"task_id": task_id}, where=or_(old, left)
    )
    taken = connection.execute(claim.returning(_ROW.task_id)).first()
    return None if taken is None else str(taken.task_id)


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
