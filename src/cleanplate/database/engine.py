"""Opens the database, brings its schema to the newest version, and names its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cleanplate.database import sqlite
from cleanplate.errors import SetupError, StorageFailed

HEAD = "0003"
"""Newest revision in `migrations/versions`; a test holds it there. A start-up at HEAD imports no Alembic."""

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
    engine = sqlite.open_file(path, synchronous)
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
def transaction(engine: Engine, *, alone: bool = False, durable: bool = True) -> Iterator[Connection]:
    """One transaction: committed at the end of the block, rolled back on any error.

    Args:
        alone: nobody else writes until it ends: for a block that counts before, or after, it writes.
        durable: False for what may be lost in a power cut: the commit does not wait for the disk.

    Raises:
        StorageFailed: the database refused (disk full, locked, unreadable, out of connections), or its file
            was removed.
    """
    if sqlite.was_removed(engine):
        raise StorageFailed(_NOT_AVAILABLE, log=f"database: {engine.url.database} was removed")
    try:
        with (
            engine.connect() as connection,
            sqlite.settings_of_transaction(connection, alone=alone, durable=durable),
            connection.begin(),
        ):
            yield connection
    except (DatabaseError, PoolTimeout) as error:
        raise StorageFailed(_NOT_AVAILABLE, log=f"database: {error}") from error


def _revision(engine: Engine) -> str | None:
    with engine.begin() as connection:
        return sqlite.revision(connection)


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
            sqlite.use_wal(engine)
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    except Timeout as error:
        raise SetupError("another process has been migrating the database for a minute") from error
    except CommandError as error:
        raise SetupError(
            "the database was written by a newer version of cleanplate", log=f"{path}: {error}"
        ) from error
