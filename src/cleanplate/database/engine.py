"""Opens the SQLite file, brings its schema to the newest version, and names its errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from cleanplate.errors import SetupError, StorageFailed

HEAD = "0001"
"""Newest revision in `migrations/versions`; a test holds it there. A start-up at HEAD imports no Alembic."""

_BUSY_S = 10.0
_MIGRATION_S = 60.0
_NOT_AVAILABLE = "the server's database is not available"


def open_database(path: Path, *, synchronous: str = "FULL") -> Engine:
    """Open the database file, create what is missing, and migrate it to `HEAD`.

    Two processes may do this at the same moment.

    Args:
        path: the SQLite file; its folder is created too.
        synchronous: SQLite's word: FULL survives a power cut, NORMAL a killed process.

    Raises:
        SetupError: the folder or file cannot be used, is no database, or was made by a newer version.
    """
    engine = _engine(path, synchronous)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if _revision(engine) != HEAD:
            _migrate(engine, path)
    except (DatabaseError, OSError) as error:
        engine.dispose()
        reason = (
            str(error.orig) if isinstance(error, DatabaseError) else error.strerror or type(error).__name__
        )
        raise SetupError(
            f"the database in the data directory cannot be used: {reason}", log=f"cannot use {path}: {reason}"
        ) from error
    except SetupError:
        engine.dispose()
        raise
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end of the block, rolled back on any error.

    Raises:
        StorageFailed: the database refused (disk full, locked, unreadable, out of connections), or its file
            was removed.
    """
    if not Path(engine.url.database or "").exists():  # SQLite would go on with a file that has no name
        raise StorageFailed(_NOT_AVAILABLE, log=f"database: {engine.url.database} was removed")
    try:
        with engine.begin() as connection:
            yield connection
    except (DatabaseError, PoolTimeout) as error:
        raise StorageFailed(_NOT_AVAILABLE, log=f"database: {error}") from error


def _engine(path: Path, synchronous: str) -> Engine:
    # isolation_level=None keeps the driver from opening transactions by its own rules: `begin` below does.
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _BUSY_S, "isolation_level": None},
        pool_size=16,
        # Errors go to the log; the values hold callers' URLs.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA synchronous={synchronous}")
            cursor.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _revision(engine: Engine) -> str | None:
    with engine.begin() as connection:
        named = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if connection.exec_driver_sql(named).first() is None:
            return None
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return None if version is None else str(version)


def _migrate(engine: Engine, path: Path) -> None:
    # Half a second of imports, needed once in the life of a file.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError
    from filelock import FileLock, Timeout

    config = Config()
    config.set_main_option("script_location", "cleanplate.database:migrations")
    try:
        with FileLock(path.with_name(path.name + ".lock"), timeout=_MIGRATION_S):
            # A property of the file, set once; it cannot change inside a transaction.
            with closing(engine.raw_connection()) as raw:
                raw.cursor().execute("PRAGMA journal_mode=WAL")
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    except Timeout as error:
        raise SetupError("another process has been migrating the database for a minute") from error
    except CommandError as error:
        raise SetupError(
            "the database was written by a newer version of cleanplate", log=f"{path}: {error}"
        ) from error
