"""Everything that is SQLite's own. The rest of the program speaks the SQL that SQLAlchemy makes portable.

Another database is a module of the same functions: what it does at a connect and at a begin, how it writes
one row or changes the one that is there, and how a transaction gets a key to itself.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import insert as insert_or_update
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from cleanplate.database.opened_file import OpenedFile
from cleanplate.database.write_turn import Writers, WriteTurn
from cleanplate.errors import SetupError
from cleanplate.private_files import FILE_MODE

__all__ = [
    "copy_file",
    "error_text",
    "file_trouble",
    "identity",
    "insert_or_update",
    "is_full",
    "open_file",
    "reader_of",
    "remember_file",
    "revision",
    "set_identity",
    "settings_of_reading",
    "settings_of_transaction",
    "trouble_now",
    "use_wal",
]

_MIGRATION_BUSY_S: Final = 10.0
"""How long the start of a process waits for another one that makes the file."""
_READ_MS: Final = 250
"""How long a reader waits: in WAL mode it waits for nobody, but for one that has the whole file to itself."""
_LOCK_S: Final = 2.0
"""How long others may keep the file locked before that is trouble; writes of ours take milliseconds."""
_LOOK: Final = ("PRAGMA synchronous=NORMAL", "BEGIN IMMEDIATE", "SELECT 1 FROM tasks LIMIT 1")
_LOCKED: Final = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})
_FULL: Final = "SQLITE_FULL"
_POOL: Final = 32
_POOL_MORE: Final = 96
"""Connections beyond those that are kept: more than all threads of a server, so that nobody waits for one."""
_POOL_WAIT_S: Final = 2.0
_ALONE: Final = "alone"
_SYNCHRONOUS: Final = "synchronous"
_WRITERS: Final = "writers"
_TURN: Final = "turn"
_FILE: Final = "file"
_READER: Final = "reader"
_SINGLE: Final = "single"
_WAIT: Final = "busy_timeout"


def open_file(path: Path, synchronous: str) -> Engine:
    """An engine on a file, which is made by its first transaction.

    Args:
        synchronous: SQLite's word: FULL survives a power cut, NORMAL a killed process.
    """
    # isolation_level=None keeps the driver from opening transactions by its own rules: `begin` below does.
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _MIGRATION_BUSY_S, "isolation_level": None},
        pool_size=_POOL,
        max_overflow=_POOL_MORE,
        pool_timeout=_POOL_WAIT_S,
        # Errors go to the log; the values hold callers' URLs.
        hide_parameters=True,
        execution_options={
            _SYNCHRONOUS: synchronous,
            _WRITERS: Writers(),
            _FILE: OpenedFile(path),
        },
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA synchronous={synchronous}")
            cursor.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(_ALONE, False):
            _take_turn(connection)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            _found(connection, locked=False)
        elif not options.get(_SINGLE, False):
            connection.exec_driver_sql("BEGIN")

    event.listen(engine, "before_cursor_execute", _before_statement)
    event.listen(engine, "after_cursor_execute", _after_statement)
    event.listen(engine, "handle_error", _after_error)
    engine.update_execution_options(**{_READER: engine.execution_options(**{_SINGLE: True})})
    return engine


def reader_of(engine: Engine) -> Engine:
    """The same engine for statements that read, each of which is its own transaction: SQLite begins none."""
    reader: Engine = engine.get_execution_options()[_READER]
    return reader


def settings_of_reading(connection: Connection) -> None:
    """Prepare a connection of the `reader_of` an engine."""
    _wait_at_most(connection, _READ_MS)


def _before_statement(connection: Connection, *statement: object) -> None:
    if _writes(statement):
        _take_turn(connection)


def _after_statement(connection: Connection, *statement: object) -> None:
    if _writes(statement):
        _found(connection, locked=False)


def _after_error(context: ExceptionContext) -> None:
    if context.connection is not None and _name(context.original_exception) in _LOCKED:
        _found(context.connection, locked=True)


def _writes(statement: tuple[object, ...]) -> bool:
    """Of what SQLAlchemy tells of a statement: cursor, text, parameters, context, whether there are many."""
    context = cast(DefaultExecutionContext | None, statement[3])
    return context is not None and (context.isinsert or context.isupdate or context.isdelete)


def _take_turn(connection: Connection) -> None:
    turn: WriteTurn | None = connection.get_execution_options().get(_TURN)
    left_s = None if turn is None else turn.take()
    if left_s is not None:
        _wait_at_most(connection, round(1000 * left_s))


def _found(connection: Connection, *, locked: bool) -> None:
    turn: WriteTurn | None = connection.get_execution_options().get(_TURN)
    if turn is not None:
        turn.found(locked=locked)


def _wait_at_most(connection: Connection, wait_ms: int) -> None:
    """Where it is not so already: a statement lets go of the interpreter's lock, and waits for it again."""
    if connection.info.get(_WAIT) != wait_ms:
        _driver(connection).execute(f"PRAGMA busy_timeout={wait_ms}")
        connection.info[_WAIT] = wait_ms


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def _name(error: BaseException | None) -> str:
    """What SQLite calls it; "" where it is no error of SQLite's."""
    return getattr(error, "sqlite_errorname", "")


@contextmanager
def settings_of_transaction(connection: Connection, *, alone: bool, durable: bool) -> Iterator[WriteTurn]:
    """Prepare a connection for its next transaction, and take that back after it.

    Yields the turn that the transaction takes when it writes.

    Args:
        alone: nobody else writes from the begin to the end, so that what is counted stays true. SQLite knows
            only one lock, that of all writers; a database with finer ones takes that of one key.
        durable: False spares the wait for the disk at the commit. A power cut then undoes it; a killed
            process does not.
    """
    options = connection.get_execution_options()
    turn = WriteTurn(options[_WRITERS])
    connection.execution_options(**{_ALONE: alone, _TURN: turn})
    _wait_at_most(connection, _READ_MS)
    relaxed = not durable and options[_SYNCHRONOUS] == "FULL"
    if relaxed:
        # Outside of transactions only. Not OFF: a checkpoint without a sync could break the file.
        _driver(connection).execute("PRAGMA synchronous=NORMAL")
    try:
        yield turn
    finally:
        turn.end()
        if relaxed:
            _driver(connection).execute("PRAGMA synchronous=FULL")


def remember_file(engine: Engine) -> None:
    """From now on the file under its name has to be the one that is there now."""
    _file(engine).remember()


def trouble_now(engine: Engine) -> str:
    """What has become of the file since; "" when it is the same. SQLite goes on with one without a name."""
    return _file(engine).trouble()


def _file(engine: Engine) -> OpenedFile:
    file: OpenedFile = engine.get_execution_options()[_FILE]
    return file


def error_text(error: DatabaseError) -> str:
    """What SQLite says, without the statement and its values."""
    return f"{error.orig} ({_name(error.orig) or type(error).__name__})"


def is_full(error: DatabaseError) -> bool:
    """Whether no space is left."""
    return _name(error.orig) == _FULL


def file_trouble(path: Path) -> str:
    """Why the file cannot be read or written: "locked", "full", "cannot be used"; "" when it can.

    What is written is the number that is there already.
    """
    try:
        # By itself: the connections that are open still work on a file that has been removed
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=_LOCK_S, isolation_level=None)) as file:
            for statement in _LOOK:
                file.execute(statement)
            number = file.execute("PRAGMA user_version").fetchone()[0]
            file.execute(f"PRAGMA user_version={number}")
            file.execute("COMMIT")
    except sqlite3.Error as error:
        return "locked" if _name(error) in _LOCKED else "full" if _name(error) == _FULL else "cannot be used"
    return ""


def copy_file(path: Path, target: Path) -> None:
    """A copy of the database as it is at this moment; nobody who works on it has to wait.

    Args:
        target: is not there.

    Raises:
        SetupError: it cannot be read, or the copy cannot be written.
    """
    try:
        target.touch(mode=FILE_MODE)
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as file, closing(sqlite3.connect(target)) as copy:
            file.backup(copy)
    except (sqlite3.Error, OSError) as error:
        raise SetupError(f"the database cannot be copied: {error}") from error


def use_wal(engine: Engine) -> None:
    """Let readers read while somebody writes: a property of the file, which no transaction can change."""
    with closing(engine.raw_connection()) as raw:
        raw.cursor().execute("PRAGMA journal_mode=WAL")


def identity(connection: Connection) -> int:
    """Which database this is, also in a copy of it; 0 when nobody has said so yet."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def set_identity(connection: Connection, identity: int) -> None:
    """Say which database this is: 1 to 2**31 - 1. It comes with the commit."""
    connection.exec_driver_sql(f"PRAGMA user_version={identity}")


def revision(connection: Connection) -> str | None:
    """The revision of the schema that the file says it has; None for a new file."""
    named = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if connection.exec_driver_sql(named).first() is None:
        return None
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if version is None else str(version)
