"""Everything that is Postgres' own: the functions of `backend.Backend`, and how a server of it is reached."""

import hashlib
import logging
import select
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Select,
    TableClause,
    Update,
    create_engine,
    event,
    func,
    make_url,
    text,
)
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.exc import ArgumentError, DatabaseError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from cleanplate.database.schema import HEAD
from cleanplate.database.tables import INSTALLATION
from cleanplate.errors import SetupError

_log = logging.getLogger(__name__)

_DRIVER: Final = "postgresql+psycopg"
_SCHEMES: Final = ("postgresql", "postgres", _DRIVER)
_NO_DRIVER: Final = "CLEANPLATE_DATABASE_URL: Postgres needs pip install 'cleanplate[cluster]'"
NAME: Final = "cleanplate"
"""Of our sessions."""
_CONNECT_S: Final = 3
_POOL_WAIT_S: Final = 5.0
_PATIENCE_S: Final = 4.0
"""How long a server that does not answer is waited for, since the first found it so: a restart takes less."""
_AGAIN_S: Final = 0.1
SESSION: Final = (
    # Nobody holds a row for long, not even a machine that has gone away in the middle of a transaction
    "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c timezone=UTC "
    # Planning takes longer than all else here; and what was planned for a table that was small, reads it whole
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"
)
_PREPARED_FROM: Final = 1
"""Which time a connection sends a statement is it prepared, counted from 0: most come again and again."""
_LIVELINESS: Final[Mapping[str, str]] = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_FULL: Final = ("53100", "53400")
_DISK: Final = "No space left on device"
_LISTEN_S: Final = 1.0
_LISTEN_AGAIN_S: Final = 1.0
_CLOCK_S: Final = 60.0
"""How long the difference to the server's clock is taken to stay the same."""
_NOW: Final = "SELECT extract(epoch FROM clock_timestamp())"
_REACH: Final = "reach"
_ROW: Final = INSTALLATION.c
_CHANNEL: Final = "cleanplate_"
_DIGITS: Final = 32
NOT_DURABLE: Final[ColumnElement[bool]] = func.set_config("synchronous_commit", "off", True) == "off"
"""A condition of a change that is a transaction by itself: it always holds, and a crash may undo the change."""


class _Reach:
    """Whether the server could be reached the last time that somebody tried. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._away_since_s: float | None = None

    def found(self) -> None:
        """It answers."""
        self._away_since_s = None

    def waits(self) -> bool:
        """It does not: whether to try again."""
        with self._lock:
            now_s = time.monotonic()
            self._away_since_s = self._away_since_s or now_s
            return now_s - self._away_since_s < _PATIENCE_S


def open_server(
    url: str, *, connections: int, pooler: bool = False, session: str = SESSION, name: str = NAME
) -> Engine:
    """An engine on a Postgres server; nothing is connected yet.

    Args:
        url: as libpq reads it, `postgresql://user:password@host/database?sslmode=verify-full`.
        connections: most that this process has open.
        pooler: a pooler stands between that gives each transaction another session (PgBouncer's mode
            `transaction`): nothing is prepared, and nothing is set for a session.
        session: what is set for each.
        name: what the server calls it.

    Raises:
        SetupError: it is no such URL, or the driver is not installed.
    """
    try:
        engine = create_engine(
            _address(url, {"application_name": name} | ({} if pooler else {"options": session})),
            connect_args={"prepare_threshold": None if pooler else _PREPARED_FROM},
            # Each statement stands for itself, and `begun` begins what shall be one transaction: in one message
            # with its locks, as each message costs as much as a small statement
            isolation_level="AUTOCOMMIT",
            pool_size=connections,
            max_overflow=0,
            pool_timeout=_POOL_WAIT_S,
            # Those that have prepared their statements
            pool_use_lifo=True,
            # Errors go to the log; the values hold callers' URLs.
            hide_parameters=True,
            execution_options={_REACH: _Reach()},
        )
    except ModuleNotFoundError as error:
        raise SetupError(_NO_DRIVER) from error
    event.listen(engine, "checkout", _check_alive)
    return engine


def _address(url: str, session: dict[str, str]) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SetupError("CLEANPLATE_DATABASE_URL: not an address like postgresql://user@host/name") from None
    if parsed.drivername not in _SCHEMES:
        raise SetupError(
            f"CLEANPLATE_DATABASE_URL: {parsed.drivername} is no Postgres; leave it empty for SQLite"
        )
    usual = {"connect_timeout": str(_CONNECT_S), **_LIVELINESS, **session}
    return parsed.set(drivername=_DRIVER, query={**usual, **parsed.query})


def _check_alive(driver_connection: Any, _entry: ConnectionPoolEntry, _proxy: object) -> None:
    """A server that ends a session has said so: look, which costs nothing, before it is used again."""
    waiting = select.poll()  # `select` knows the first 1024 descriptors alone
    waiting.register(driver_connection, select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError("the server has closed the connection")


def connect(engine: Engine) -> Connection:
    """See `Backend`."""
    reach: _Reach = engine.get_execution_options()[_REACH]
    while True:
        try:
            connection = engine.connect()
        except (OperationalError, InterfaceError):
            if not reach.waits():
                raise
            time.sleep(_AGAIN_S)
        else:
            reach.found()
            return connection


def connect_to_read(engine: Engine) -> Connection:
    """See `Backend`."""
    return connect(engine)


@contextmanager
def begun(connection: Connection, *, alone: Collection[str], durable: bool, single: bool) -> Iterator[None]:
    """See `Backend`. What has to be alone is a lock of its name, which ends with the transaction.

    Args:
        durable: a commit that is not may be undone by a crash of the server.
    """
    with connection.begin():
        if alone or not (durable and single):
            relaxed = () if durable else ("SET LOCAL synchronous_commit TO off",)
            locks = (f"SELECT pg_advisory_xact_lock({_lock_number(name)})" for name in sorted(alone))
            connection.exec_driver_sql("; ".join(("BEGIN", *relaxed, *locks)))
        yield


def _lock_number(name: str) -> int:
    """64 bits with a sign."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def insert_or_update(table: TableClause) -> Insert:
    """See `Backend`."""
    return Insert(table)


def is_full(error: DatabaseError) -> bool:
    """See `Backend`."""
    return _state(error) in _FULL or _DISK in str(error.orig)


def is_cut_off(error: DatabaseError) -> bool:
    """See `Backend`."""
    return bool(error.connection_invalidated)


def error_text(error: DatabaseError) -> str:
    """See `Backend`."""
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or str(error.orig)
    return f"{said.strip()} ({_state(error) or type(error.orig).__name__})"


def revision(connection: Connection) -> str | None:
    """See `Backend`."""
    if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar() is None:
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def identity(connection: Connection) -> int:
    """See `Backend`."""
    return int(connection.execute(sql_select(_ROW.number)).scalar() or 0)


def set_identity(connection: Connection, identity: int) -> None:
    """See `Backend`."""
    connection.execute(INSTALLATION.update().values(number=identity))


def _state(error: DatabaseError) -> str:
    """The SQLSTATE; "" where the server itself said nothing."""
    return getattr(error.orig, "sqlstate", None) or ""


def notified(change: Update, name: ColumnElement[str]) -> Select[Any]:
    """The change, and a call for whoever listens for the name in each row that it changes: one statement.

    They are called when it is committed.
    """
    changed = change.returning(name.label("name")).cte("changed")
    digest = func.encode(func.sha256(func.convert_to(changed.c.name, "UTF8")), "hex")
    return sql_select(func.pg_notify(_CHANNEL + func.left(digest, _DIGITS), ""))


def listen(engine: Engine, name: str, called: Callable[[], None], stop: threading.Event) -> None:
    """Call back at each call for this name, and after each time when calls may have been lost, until stopped.

    It has a connection to itself; one that breaks is made anew.
    """
    while not stop.is_set():
        try:
            with connect_to_read(engine) as connection:
                connection.exec_driver_sql(f'LISTEN "{_channel(name)}"')
                called()
                _hear(connection, called, stop)
        except (DatabaseError, PoolTimeout) as error:
            _log.warning("calls are not heard for a moment: %s", type(error).__name__)
            stop.wait(_LISTEN_AGAIN_S)


def _hear(connection: Connection, called: Callable[[], None], stop: threading.Event) -> None:
    import psycopg

    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        while not stop.is_set():
            for _ in driver.notifies(timeout=_LISTEN_S, stop_after=1):
                called()
    except psycopg.Error as error:
        connection.invalidate(error)
        raise OperationalError("LISTEN", None, error) from error


def _channel(name: str) -> str:
    """Of any name one that fits: 63 bytes are the most."""
    return _CHANNEL + hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]


class ServerClock:
    """The server's time, so that machines whose clocks differ agree on leases. Thread-safe.

    Args:
        engine: of the server, which is asked now and then.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ahead_s = 0.0
        self._until_s = 0.0
        self._asking = threading.Lock()

    def __call__(self) -> int:
        """Unix milliseconds. While the server does not answer, they go on from what it said last."""
        if time.monotonic() >= self._until_s and self._asking.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._asking.release()
        return round(1000 * (time.monotonic() + self._ahead_s))

    def _ask(self) -> None:
        began_s = time.monotonic()
        try:
            with connect_to_read(self._engine) as connection:
                now_s = float(connection.exec_driver_sql(_NOW).scalar_one())
        except (DatabaseError, PoolTimeout):
            if not self._until_s:
                raise
            self._until_s = time.monotonic() + _AGAIN_S
            return
        answered_s = time.monotonic()
        self._ahead_s = now_s - (began_s + answered_s) / 2
        self._until_s = answered_s + _CLOCK_S


def server_trouble(engine: Engine) -> str:
    """Why nothing can be written: "does not answer", "full", "cannot be used"; "" when it can be.

    "is of a newer version": one that this program cannot work beside has migrated it meanwhile.
    """
    written = INSTALLATION.update().values(oldest_revision=_ROW.oldest_revision)
    try:
        with connect(engine) as connection, connection.begin():
            oldest = connection.execute(written.returning(_ROW.oldest_revision)).scalar_one()
    except PoolTimeout:
        return "out of connections"
    except DatabaseError as error:
        if is_full(error):
            return "full"
        return "does not answer" if is_cut_off(error) or not _state(error) else "cannot be used"
    return "is of a newer version" if oldest > HEAD else ""
