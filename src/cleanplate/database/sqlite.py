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
from sqlalchemy.pool import ConnectionPoolEntry

__all__ = [
    "file_trouble",
    "insert_or_update",
    "open_file",
    "revision",
    "settings_of_transaction",
    "use_wal",
    "was_removed",
]

_BUSY_S: Final = 10.0
"""How long a writer waits for the one that is writing."""
_LOCK_S: Final = 2.0
"""How long others may keep the file locked before that is trouble; writes of ours take milliseconds."""
_LOOK: Final = "BEGIN IMMEDIATE; SELECT 1 FROM tasks LIMIT 1; ROLLBACK"
_ALONE: Final = "alone"
_SYNCHRONOUS: Final = "synchronous"


def open_file(path: Path, synchronous: str) -> Engine:
    """An engine on a file, which is made by its first transaction.

    Args:
        synchronous: SQLite's word: FULL survives a power cut, NORMAL a killed process.
    """
    # isolation_level=None keeps the driver from opening transactions by its own rules: `begin` below does.
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _BUSY_S, "isolation_level": None},
        pool_size=16,
        # Errors go to the log; the values hold callers' URLs.
        hide_parameters=True,
        execution_options={_SYNCHRONOUS: synchronous},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA synchronous={synchronous}")
            cursor.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        alone = connection.get_execution_options().get(_ALONE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")

    return engine


@contextmanager
def settings_of_transaction(connection: Connection, *, alone: bool, durable: bool) -> Iterator[None]:
    """Prepare a connection for its next transaction, and take that back after it.

    Args:
        alone: nobody else writes from the begin to the end, so that what is counted stays true. SQLite knows
            only one lock, that of all writers; a database with finer ones takes that of one key.
        durable: False spares the wait for the disk at the commit. A power cut then undoes it; a killed
            process does not.
    """
    if alone:
        connection.execution_options(**{_ALONE: True})
    if durable or connection.get_execution_options()[_SYNCHRONOUS] != "FULL":
        yield
        return
    driver = cast(sqlite3.Connection, connection.connection.driver_connection)
    # Outside of transactions only. Not OFF: a checkpoint without a sync could break the file.
    driver.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous=FULL")


def was_removed(engine: Engine) -> bool:
    """Whether the file is gone: SQLite would go on with one that has no name."""
    return not Path(engine.url.database or "").exists()


def file_trouble(path: Path) -> str:
    """Why the file is not there, cannot be read, or cannot be locked for writing; "" when it can."""
    try:
        # By itself: the connections that are open still work on a file that has been removed
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=_LOCK_S)) as file:
            file.executescript(_LOOK)
    except sqlite3.Error as error:
        return "locked" if getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY" else "cannot be used"
    return ""


def use_wal(engine: Engine) -> None:
    """Let readers read while somebody writes: a property of the file, which no transaction can change."""
    with closing(engine.raw_connection()) as raw:
        raw.cursor().execute("PRAGMA journal_mode=WAL")


def revision(connection: Connection) -> str | None:
    """The revision of the schema that the file says it has; None for a new file."""
    named = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if connection.exec_driver_sql(named).first() is None:
        return None
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if version is None else str(version)
