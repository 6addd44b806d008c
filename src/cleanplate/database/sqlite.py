"""Everything that is SQLite's own. The rest of the program speaks the SQL that SQLAlchemy makes portable.

The functions of `backend.Backend`, and what only a file needs.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, cast

from sqlalchemy import URL, Connection, Engine, TableClause, create_engine, event
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from cleanplate.database.opened_file import OpenedFile
from cleanplate.database.write_turn import NOT_AVAILABLE, Writers, WriteTurn
from cleanplate.errors import SetupError, StorageFailed
from cleanplate.private_files import FILE_MODE

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


def connect(engine: Engine) -> Connection:
    """See `Backend`. Nobody waits here: `begun` does."""
    _check_file(engine)
    return engine.connect()


def connect_to_read(engine: Engine) -> Connection:
    """See `Backend`: SQLite begins no transaction, which would cost as much as the statement."""
    _check_file(engine)
    reader: Engine = engine.get_execution_options()[_READER]
    connection = reader.connect()
    _wait_at_most(connection, _READ_MS)
    return connection


def insert_or_update(table: TableClause) -> Insert:
    """See `Backend`."""
    return Insert(table)


def changes_together() -> bool:
    """See `Backend`."""
    return False


def is_away(error: DatabaseError) -> bool:
    """A file is there, or it is not."""
    return False


def is_cut_off(error: DatabaseError) -> bool:
    """A file has no connection that could be lost."""
    return False


def is_unsure(error: DatabaseError) -> bool:
    """What a file refuses is not done."""
    return False


def _check_file(engine: Engine) -> None:
    """What is written to a file that has lost its name is lost with the process."""
    if trouble := trouble_now(engine):
        raise StorageFailed(NOT_AVAILABLE, log=f"database: {engine.url.database} {trouble}")


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
def begun(connection: Connection, *, alone: Collection[str], durable: bool, single: bool) -> Iterator[None]:
    """See `Backend`. SQLite knows only one lock, that of all writers, whatever has to be alone.

    Args:
        durable: a commit that is not may be undone by a power cut, and not by the end of a process.
        single: means nothing here, where no message is sent.
    """
    options = connection.get_execution_options()
    turn = WriteTurn(options[_WRITERS])
    connection.execution_options(**{_ALONE: bool(alone), _TURN: turn})
    _wait_at_most(connection, _READ_MS)
    relaxed = not durable and options[_SYNCHRONOUS] == "FULL"
    if relaxed:
        # Outside of transactions only. Not OFF: a checkpoint without a sync could break the file.
        _driver(connection).execute("PRAGMA synchronous=NORMAL")
    try:
        with connection.begin():
            yield
    finally:
        turn.end()
        if relaxed:
            _driver(connection).execute("PRAGMA synchronous=FULL")
    if turn.taken:
        _check_file(connection.engine)


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
