"""What has to be done now and then by one of all processes on a database, whichever that is."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine, or_, select

from cleanplate.database import insert_or_update, read_first, transaction
from cleanplate.database.tables import ROUNDS

_ROW = ROUNDS.c
_LAST: Final = select(_ROW.begun_at_ms)


def always() -> bool:
    """The turn of who has no others to share it with."""
    return True


class Rounds:
    """One such thing. Thread-safe. Whoever begins a round and dies is followed by another at the next.

    Args:
        name: of what is done.
        every_ms: so long after a round began nobody begins one.
        clock_ms: Unix milliseconds, on which all processes agree.
    """

    def __init__(self, engine: Engine, name: str, *, every_ms: int, clock_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._last = _LAST.where(_ROW.name == name)
        self._name = name
        self._every_ms = every_ms
        self._clock_ms = clock_ms

    def begins(self) -> bool:
        """Whether it is this process that does it now. Raises `StorageFailed` when the database refuses."""
        now_ms = self._clock_ms()
        last = read_first(self._engine, self._last, {})
        # Thousands ask, and what only reads locks nothing. A clock that was set back keeps nobody waiting.
        if last is not None and 0 <= now_ms - last.begun_at_ms < self._every_ms:
            return False
        with transaction(self._engine, durable=False) as connection:
            new = insert_or_update(connection, ROUNDS).values(name=self._name, begun_at_ms=now_ms)
            mine = new.on_conflict_do_update(
                index_elements=["name"],
                set_={"begun_at_ms": now_ms},
                where=or_(_ROW.begun_at_ms <= now_ms - self._every_ms, _ROW.begun_at_ms > now_ms),
            )
            return connection.execute(mine.returning(_ROW.name)).first() is not None
