"""What was done with each key, by whom, and when it was used: for whoever has to know that later.

A use is noted in memory and written every few seconds: a request never waits for it. A process that is killed
loses the last uses that it has not written; what is done with keys is in the transaction that does it.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, Literal, TypeAlias

from sqlalchemy import Connection, Engine, insert, select, update

from cleanplate.clock import unix_ms
from cleanplate.database import insert_or_update, transaction
from cleanplate.database.tables import KEY_EVENTS, KEY_USES
from cleanplate.errors import StorageFailed

_log = logging.getLogger(__name__)

KeyEvent: TypeAlias = Literal[
    "made", "limited", "moved", "revoked", "first used", "admin", "not admin", "pulls", "stops a pull"
]
"""At most 16 characters."""
_EVERY_S: Final = 10.0
_DAY_MS: Final = 24 * 3600 * 1000
_ROW = KEY_USES.c


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log.

    Attributes:
        actor: the user of the machine, "server", or "key " and the id of an admin key.
        account: that the key was put into; None where it was not.
        about: what it did something with, where that is no key: a model.
    """

    at_ms: int
    key_id: str
    event: KeyEvent
    actor: str
    account: str | None = None
    about: str | None = None


def record(connection: Connection, entry: AuditEntry) -> None:
    """Write one line, within the transaction that does what it says."""
    connection.execute(insert(KEY_EVENTS).values(asdict(entry)))
    _log.info("key %s", entry.event, extra={"key_id": entry.key_id, "actor": entry.actor})


def audit_log(engine: Engine, key_id: str | None = None, *, days: int) -> list[AuditEntry]:
    """What was done with one key, or with each, in the last `days` days, oldest first.

    Raises:
        StorageFailed: the database refused.
    """
    column = KEY_EVENTS.c
    lines = select(column.at_ms, column.key_id, column.event, column.actor, column.account, column.about)
    lines = lines.where(column.at_ms >= unix_ms() - days * _DAY_MS).order_by(column.at_ms, column.id)
    if key_id is not None:
        lines = lines.where(column.key_id == key_id)
    with transaction(engine) as connection:
        return [AuditEntry(*row) for row in connection.execute(lines)]


class KeyUses:
    """When keys were used. Thread-safe.

    Args:
        clock_ms: Unix milliseconds.
    """

    def __init__(self, engine: Engine, *, clock_ms: Callable[[], int] = unix_ms) -> None:
        self._engine = engine
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._noted: dict[str, tuple[int, int]] = {}

    def note(self, key_id: str) -> None:
        """This key is used now. It returns at once."""
        now_ms = self._clock_ms()
        with self._lock:
            first_ms, _ = self._noted.get(key_id, (now_ms, 0))
            self._noted[key_id] = first_ms, now_ms

    def write(self) -> None:
        """Write what was noted since the last time. What cannot be written is kept for the next time.

        Raises:
            StorageFailed: the database refused.
        """
        with self._lock:
            noted, self._noted = self._noted, {}
        try:
            if noted:
                self._write(noted)
        except StorageFailed:
            with self._lock:
                self._noted = {**noted, **self._noted}
            raise

    async def write_forever(self, *, interval_s: float = _EVERY_S) -> None:
        """Write in a thread every `interval_s`, until cancelled."""
        while True:
            await asyncio.sleep(interval_s)
            try:
                await asyncio.to_thread(self.write)
            except StorageFailed as error:
                _log.warning("uses of keys: %s", error.log)

    def _write(self, noted: dict[str, tuple[int, int]]) -> None:
        # A time of use that is lost in a power cut was a few seconds old
        with transaction(self._engine, durable=False) as connection:
            for key_id, (first_ms, last_ms) in sorted(noted.items()):
                new = {"key_id": key_id, "first_at_ms": first_ms, "last_at_ms": last_ms}
                first = insert_or_update(connection, KEY_USES).values(new).on_conflict_do_nothing()
                if connection.execute(first.returning(_ROW.key_id)).first() is not None:
                    record(connection, AuditEntry(first_ms, key_id, "first used", "server"))
                else:
                    used = update(KEY_USES).where(_ROW.key_id == key_id, _ROW.last_at_ms < last_ms)
                    connection.execute(used.values(last_at_ms=last_ms))
