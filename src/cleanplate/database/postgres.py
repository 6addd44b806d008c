"""Everything that is Postgres' own: the functions of `backend.Backend`, and what only a server needs."""

import hashlib
import select
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, ColumnElement, Connection, Engine, TableClause, create_engine, event, func, text
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DatabaseError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from cleanplate.database.postgres_address import NAME, WORK, Session, connect_arguments
from cleanplate.database.reach import Reach
from cleanplate.database.schema import HEAD
from cleanplate.database.tables import INSTALLATION
from cleanplate.errors import SetupError, StorageFailed

if TYPE_CHECKING:
    from cleanplate.database.postgres_connection import ServerConnection

_DRIVER: Final = "postgresql+psycopg"
_NO_DRIVER: Final = "CLEANPLATE_DATABASE_URL: Postgres needs pip install 'cleanplate[cluster]'"
_ENCODING: Final = "UTF8"
_POOL_WAIT_S: Final = 3.0
_AGAIN_S: Final = 0.1
_FULL: Final = ("53100", "53400")
_DISK: Final = "No space left on device"
_READ_ONLY: Final = "25006"
_TOO_MANY: Final = ("too many clients", "too many connections", "connection slots")
"""What a server says that takes no more connections; the driver has no code for it."""
_NO_OPTIONS: Final = "unsupported startup parameter"
_TURNED_AWAY: Final = (
    *("password authentication failed", "no password supplied", "no pg_hba.conf entry", "permission denied"),
    *("does not exist", "not permitted", "authentication failed", "certificate", "support SSL", "invalid "),
    _NO_OPTIONS,
)
"""What a server says to who may not come in, and the driver of a parameter that cannot be."""
_PGBOUNCER: Final = (
    "; to PgBouncer in transaction mode with CLEANPLATE_DATABASE_POOLER=true, in session mode with "
    "ignore_startup_parameters = options in its pgbouncer.ini"
)
_LOCKED: Final = "55P03"
_LOCK_WAIT: Final = "SET LOCAL lock_timeout = '1500ms'"
_WRITTEN: Final = ("api_keys", "deliveries", "key_uses", "rates", "replies", "tasks", "usage", "workers")
"""Tables without which no task is taken, done or told of."""
_AS_WRITERS: Final = f"LOCK TABLE {', '.join(_WRITTEN)} IN ROW EXCLUSIVE MODE"
"""What each INSERT and UPDATE waits for too; it changes nothing."""
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""Whatever the role is set to: what is counted has to be what was committed before the statement."""
_LOCK_BYTES: Final = 8
_REACH: Final = "reach"
_ROW: Final = INSTALLATION.c
NOT_DURABLE: Final[ColumnElement[bool]] = func.set_config("synchronous_commit", "off", True) == "off"
"""A condition of a change that is a transaction by itself: it always holds, and a crash may undo it."""


def open_server(
    url: str,
    *,
    connections: int,
    pooler: bool = False,
    session: Session = WORK,
    name: str = NAME,
) -> Engine:
    """An engine on a Postgres server; nothing is connected yet.

    Args:
        url: as libpq reads it, `postgresql://user:password@host/database?sslmode=verify-full`.
        connections: most that this process has open.
        pooler: a pooler stands between that gives each transaction another session (PgBouncer's mode
            `transaction`): nothing is prepared, and nothing is set for a session.
        session: what each connection is like.
        name: what the server calls it.

    Raises:
        SetupError: it is no such URL, or the driver is not installed.
    """
    reach = Reach()
    try:
        arguments = connect_arguments(url, name, session, pooler=pooler)
        engine = create_engine(
            URL.create(_DRIVER, database=arguments.get("dbname")),
            connect_args=arguments,
            # Each statement stands for itself, and `begun` begins what shall be one transaction: in one
            # message with its locks, as each message costs as much as a small statement
            isolation_level="AUTOCOMMIT",
            use_native_hstore=False,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=_POOL_WAIT_S,
            # Those that have prepared their statements
            pool_use_lifo=True,
            # Errors go to the log; the values hold callers' URLs.
            hide_parameters=True,
            execution_options={_REACH: reach},
        )
    except ModuleNotFoundError as error:
        raise SetupError(_NO_DRIVER) from error

    @event.listens_for(engine, "do_connect")
    def open_connection(
        _dialect: object, _entry: object, words: tuple[str, ...], named: dict[str, Any]
    ) -> "ServerConnection":
        from cleanplate.database.postgres_connection import ServerConnection, ServerCursor

        connection = ServerConnection.connect(*words, **named, cursor_factory=ServerCursor)
        connection.silence_s, connection.hangs = session.silence_s, reach.lost
        reach.found()
        return connection

    event.listen(engine, "checkout", _check_alive)
    event.listen(engine, "handle_error", _after_error)
    return engine


def check_server(connection: Connection) -> None:
    """Make sure that the database can hold what is written to it. Raises `SetupError`."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != _ENCODING:
        raise SetupError(
            f"CLEANPLATE_DATABASE_URL: the database's encoding is {encoding}, and has to be {_ENCODING}: "
            f"CREATE DATABASE name ENCODING '{_ENCODING}' TEMPLATE template0"
        )


def _check_alive(driver_connection: Any, _entry: ConnectionPoolEntry, _proxy: object) -> None:
    """A server that ends a session has said so: look, which costs nothing, before it is used again."""
    waiting = select.poll()  # `select` knows the first 1024 descriptors alone
    waiting.register(driver_connection, select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError("the server has closed the connection")


def _after_error(context: ExceptionContext) -> None:
    """Where nothing can be written any more, another server may have taken over: connect anew."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def connect(engine: Engine) -> Connection:
    """See `Backend`. One that does not come back is waited for in vain only once: `Reach`."""
    reach: Reach = engine.get_execution_options()[_REACH]
    began_s = time.monotonic()
    while True:
        try:
            with reach.look():
                return engine.connect()
        except (OperationalError, InterfaceError):
            if not reach.waits(began_s):
                raise
        time.sleep(_AGAIN_S)


def connect_to_read(engine: Engine) -> Connection:
    """See `Backend`."""
    return connect(engine)


@contextmanager
def begun(connection: Connection, *, alone: Collection[str], durable: bool, single: bool) -> Iterator[None]:
    """See `Backend`. What has to be alone is a lock of its name, which ends with the transaction.

    Args:
        durable: a commit that is not may be undone by a crash of the server.
    """
    reach: Reach = connection.get_execution_options()[_REACH]
    with connection.begin():
        if alone or not (durable and single):
            relaxed = () if durable else ("SET LOCAL synchronous_commit TO off",)
            # In one order whoever waits, so that no two wait for each other
            locks = (f"SELECT pg_advisory_xact_lock({number})" for number in sorted(map(_lock_number, alone)))
            connection.exec_driver_sql("; ".join((_BEGIN, *relaxed, *locks)))
        yield
    reach.found()


def _lock_number(name: str) -> int:
    """64 bits with a sign. Whoever has a name with the same number waits in vain for a moment."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:_LOCK_BYTES], "big", signed=True)


def insert_or_update(table: TableClause) -> Insert:
    """See `Backend`."""
    return Insert(table)


def changes_together() -> bool:
    """See `Backend`."""
    return True


def is_full(error: DatabaseError) -> bool:
    """See `Backend`."""
    return _state(error) in _FULL or _DISK in str(error.orig)


def is_away(error: DatabaseError) -> bool:
    """See `Backend`."""
    kinds = OperationalError, InterfaceError
    return isinstance(error, kinds) and _trouble(error) in ("does not answer", "out of connections")


def is_turned_away(error: DatabaseError) -> bool:
    """Whether what a connection failed by is no matter of time: a wrong password, name or parameter."""
    return any(words in str(error.orig) for words in _TURNED_AWAY)


def what_to_set(error: DatabaseError) -> str:
    """What mends a connection that was turned away, where the server's words do not say it; else ""."""
    return _PGBOUNCER if _NO_OPTIONS in str(error.orig) else ""


def is_cut_off(error: DatabaseError) -> bool:
    """See `Backend`. Whoever has waited for a server that hangs does not do so again."""
    return bool(error.connection_invalidated) and not _hangs(error)


def is_unsure(error: DatabaseError) -> bool:
    """See `Backend`. What breaks a connection may come after the commit."""
    return bool(error.connection_invalidated) and _state(error) != _READ_ONLY


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


def _hangs(error: DatabaseError) -> bool:
    from cleanplate.database.postgres_connection import NoAnswerError

    return isinstance(error.orig, NoAnswerError)


def server_trouble(engine: Engine) -> str:
    """Why nothing can be written, in a few words, as "does not answer" or "full"; "" when it can be.

    "locked": somebody holds a table so that whoever writes to it waits, as this does for a moment.
    "is of a newer version": one that this program cannot work beside has migrated it meanwhile.
    """
    written = INSTALLATION.update().values(oldest_revision=_ROW.oldest_revision)
    try:
        with connect(engine) as connection, connection.begin():
            connection.exec_driver_sql("; ".join((_BEGIN, _LOCK_WAIT, _AS_WRITERS)))
            oldest = connection.execute(written.returning(_ROW.oldest_revision)).scalar_one()
    except PoolTimeout:
        return "out of connections"
    except StorageFailed:
        return "does not answer"
    except DatabaseError as error:
        return _trouble(error)
    return "is of a newer version" if oldest > HEAD else ""


def _trouble(error: DatabaseError) -> str:
    if is_full(error):
        return "full"
    if _state(error) == _READ_ONLY:
        return "read-only"
    if _state(error) == _LOCKED:
        return "locked"
    if any(words in str(error.orig) for words in _TOO_MANY):
        return "out of connections"
    return "does not answer" if error.connection_invalidated or not _state(error) else "cannot be used"
