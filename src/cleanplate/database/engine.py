"""Opens the database, brings its schema to the newest version, and names its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cleanplate.database import sqlite
from cleanplate.database.write_turn import NOT_AVAILABLE
from cleanplate.errors import SetupError, StorageFailed, StorageFull
from cleanplate.private_files import FILE_MODE, make_folder

HEAD = "0007"
"""Newest revision in `migrations/versions`; a test holds it there. A start-up at HEAD imports no Alembic."""

_MIGRATION_S = 60.0
_FULL = "no space left on the server"


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
        make_folder(path.parent)
        # SQLite gives its mode to the files beside it
        path.touch(mode=FILE_MODE, exist_ok=True)
        if _revision(engine) != HEAD:
            _migrate(engine, path)
        sqlite.remember_file(engine)
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
        StorageFailed: the database refused (locked, unreadable, out of connections), or its file was removed,
            replaced or cut short; `StorageFull` where no space is left.
    """
    _check_file(engine)
    with (
        _named_errors(),
        engine.connect() as connection,
        sqlite.settings_of_transaction(connection, alone=alone, durable=durable) as turn,
        connection.begin(),
    ):
        yield connection
    if turn.taken:
        _check_file(engine)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for one statement that reads; it costs half of what a transaction does.

    Raises:
        StorageFailed: as `transaction`.
    """
    _check_file(engine)
    with _named_errors(), sqlite.reader_of(engine).connect() as connection:
        sqlite.settings_of_reading(connection)
        yield connection


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        failed, public = (StorageFull, _FULL) if sqlite.is_full(error) else (StorageFailed, NOT_AVAILABLE)
        raise failed(public, log=f"database: {sqlite.error_text(error)}") from error
    except PoolTimeout as error:
        raise StorageFailed(NOT_AVAILABLE, log="database: out of connections") from error


def _check_file(engine: Engine) -> None:
    """What is written to a file that has lost its name is lost with the process."""
    if trouble := sqlite.trouble_now(engine):
        raise StorageFailed(NOT_AVAILABLE, log=f"database: {engine.url.database} {trouble}")


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
        with FileLock(path.with_name(path.name + ".lock"), timeout=_MIGRATION_S, mode=FILE_MODE):
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
