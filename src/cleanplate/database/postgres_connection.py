"""A connection to Postgres that does not wait for ever for a server that says nothing.

Timeouts of the server's own end a statement that takes long. They end nothing where the server itself stands
still: its machine hangs, its disk does, its processes were stopped. TCP does not notice that either.
"""

import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus

T = TypeVar("T")

Description: TypeAlias = tuple[str, int, None, None, None, None, None]

_LOOK_S: Final = 0.1


class NoAnswerError(psycopg.OperationalError):
    """The server has said nothing for as long as it may."""


class ServerCursor(psycopg.Cursor[Any]):
    """One that names its columns at little cost: SQLAlchemy reads the names and types after each statement.

    The driver's own makes an object of each, which for a row of the tasks takes longer than to read the row.
    """

    @property
    def description(self) -> list[Description] | None:  # type: ignore[override]
        """Name and OID of the type of each column, as DB-API 2 has them; None where none are returned."""
        result = self.pgresult
        if result is None or result.status != ExecStatus.TUPLES_OK:
            return None
        return [
            ((result.fname(place) or b"").decode(), result.ftype(place), None, None, None, None, None)
            for place in range(result.nfields)
        ]


class ServerConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server says nothing for `silence_s` while it is asked something.

    Attributes:
        silence_s: in seconds; None: it may take as long as it likes.
        hangs: called when that was too long.
    """

    silence_s: float | None = None
    hangs: Callable[[], None] | None = None

    def wait(self, gen: PQGen[T], interval: float = _LOOK_S, timeout: float | None = None) -> T:
        """As the driver's: all that is asked of the server goes through it."""
        if timeout is not None or self.silence_s is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(_impatient(gen, self.silence_s), interval)
        except NoAnswerError:
            self.pgconn.finish()
            if self.hangs is not None:
                self.hangs()
            raise


def _impatient(gen: PQGen[T], silence_s: float) -> PQGen[T]:
    """The same steps, until nothing has come for so long."""
    heard_s = time.monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                heard_s = time.monotonic()
            elif time.monotonic() - heard_s > silence_s:
                raise NoAnswerError("the server does not answer")
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result
