"""Opens the database, brings its schema to the newest version, and names its errors."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Row, Select, TableClause
from sqlalchemy.exc import DatabaseError, DataError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cleanplate.database import sqlite
from cleanplate.database.backend import Backend, Upsert
from cleanplate.database.schema import Purpose, Schema, check_usable, is_to_be_upgraded, read_schema
from cleanplate.database.write_turn import NOT_AVAILABLE
from cleanplate.errors import (
    BadInput,
    ConnectionLost,
    DatabaseAway,
    ServiceAway,
    SetupError,
    StorageFailed,
    StorageFull,
)
from cleanplate.private_files import FILE_MODE, make_folder

T = TypeVar("T")

_FULL: Final = "no space left on the server"


def backend_of(engine: Engine) -> Backend:
    """What is this database's own."""
    if engine.dialect.name == "sqlite":
        return sqlite
    from cleanplate.database import postgres

    return postgres


def open_database(path: Path, *, synchronous: str = "FULL", purpose: Purpose = Purpose.WORK) -> Engine:
    """Open the database file, create what is missing, and migrate it to `schema.HEAD` where it is behind.

    Two processes may do this at the same moment.

    Args:
        path: the SQLite file; its folder is created too.
        synchronous: SQLite's word: FULL survives a power cut, NORMAL a killed process.
        purpose: what for.

    Raises:
        SetupError: the folder or file cannot be used, is no database, or was made by a newer version that
            this one cannot work beside.
    """
    engine = sqlite.open_file(path, synchronous)
    with _disposed_on_failure(engine, "the database in the data directory cannot be used: {}", str(path)):
        make_folder(path.parent)
        # SQLite gives its mode to the files beside it
        path.touch(mode=FILE_MODE, exist_ok=True)
        if is_to_be_upgraded(schema := schema_of(engine), purpose):
            from cleanplate.database.upgrading import upgrade_file

            upgrade_file(engine, path)
            schema = schema_of(engine)
        check_usable(schema, purpose)
        sqlite.remember_file(engine)
    return engine


def open_server_database(
    url: str, *, connections: int = 16, pooler: bool = False, purpose: Purpose = Purpose.WORK
) -> Engine:
    """Open a database on a Postgres server, and migrate it to `schema.HEAD` where it is behind.

    Args:
        url, connections, pooler: `postgres.open_server`'s.
        purpose: what for.

    Raises:
        SetupError: it cannot be used, the role lacks rights, or it was made by a newer version that this one
            cannot work beside; `ServiceAway`: it is not reached.
    """
    from cleanplate.database import postgres
    from cleanplate.database.postgres_rights import check_may_migrate, check_rights

    engine = postgres.open_server(url, connections=connections, pooler=pooler)
    with _disposed_on_failure(engine, "CLEANPLATE_DATABASE_URL: the database cannot be used: {}", "database"):
        with postgres.connect(engine) as connection:
            postgres.check_server(connection)
            if purpose is Purpose.LOOK:
                return engine
            check_rights(connection)
        if is_to_be_upgraded(schema := schema_of(engine), purpose):
            with postgres.connect(engine) as connection:
                check_may_migrate(connection, schema.revision)
            from cleanplate.database.upgrading import upgrade_server

            upgrade_server(url, pooler=pooler)
            schema = schema_of(engine)
        check_usable(schema, purpose)
    return engine


@contextmanager
def _disposed_on_failure(engine: Engine, public: str, place: str) -> Iterator[None]:
    """What goes wrong in the block becomes a `SetupError`, and nothing stays open."""
    try:
        yield
    except (DatabaseError, OSError, StorageFailed) as error:
        engine.dispose()
        reason = _reason(error)
        refused = ServiceAway if _is_away(engine, error) else SetupError
        raise refused(public.format(reason), log=f"cannot use {place}: {reason}") from error
    except SetupError:
        engine.dispose()
        raise


def _is_away(engine: Engine, error: DatabaseError | OSError | StorageFailed) -> bool:
    """Whether another start may reach it. What the server itself refuses by name is not away."""
    if not isinstance(error, DatabaseError):
        return isinstance(error, DatabaseAway | ConnectionLost)
    if engine.dialect.name == "sqlite":
        return False
    from cleanplate.database import postgres

    return postgres.is_away(error) and not postgres.is_turned_away(error)


def _reason(error: DatabaseError | OSError | StorageFailed) -> str:
    """In one line."""
    if isinstance(error, DatabaseError):
        from cleanplate.database import postgres

        return str(error.orig).strip().partition("\n")[0] + postgres.what_to_set(error)
    return error.log if isinstance(error, StorageFailed) else error.strerror or type(error).__name__


@contextmanager
def transaction(
    engine: Engine, *, alone: Collection[str] = (), durable: bool = True, single: bool = False
) -> Iterator[Connection]:
    """One transaction: committed at the end of the block, rolled back on any error.

    Args:
        alone: names of what nobody else who names them works on until it ends: for a block that counts
            before, or after, it writes.
        durable: False for what may be lost in a power cut: the commit does not wait for the disk.
        single: the block is one statement, which a server then commits by itself.

    Raises:
        StorageFailed: the database refused (locked, unreadable), or its file was removed, replaced or cut
            short; `StorageFull` where no space is left; `DatabaseAway` where it was not reached, or is out of
            connections; `ConnectionLost` where it may have done what it was asked.
        BadInput: a value is none that it can hold.
    """
    backend = backend_of(engine)
    with (
        _named_errors(backend),
        backend.connect(engine) as connection,
        backend.begun(connection, alone=alone, durable=durable, single=single),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for one statement that reads; it costs half of what a transaction does.

    Raises:
        StorageFailed: as `transaction`.
    """
    backend = backend_of(engine)
    with _named_errors(backend), backend.connect_to_read(engine) as connection:
        yield connection


def read_first(
    engine: Engine, statement: Select[*tuple[Any, ...]], values: dict[str, object]
) -> Row[*tuple[Any, ...]] | None:
    """The first row of a statement that reads; a server that restarts at this moment is asked again.

    Raises:
        StorageFailed: as `transaction`.
    """
    backend = backend_of(engine)

    def read() -> Row[*tuple[Any, ...]] | None:
        with backend.connect_to_read(engine) as connection:
            return connection.execute(statement, values).first()

    with _named_errors(backend):
        return _once_more_if_cut_off(read, backend)


def insert_or_update(connection: Connection, table: TableClause) -> Upsert:
    """An INSERT that can say what happens where the row is there already (`on_conflict_do_update`)."""
    return upsert_of(connection)(table)


def upsert_of(connection: Connection) -> Callable[[TableClause], Upsert]:
    """What makes such an INSERT for this kind of database."""
    return backend_of(connection.engine).insert_or_update


def changes_together(engine: Engine) -> bool:
    """Whether one statement can change several tables of this database: a transaction in one message."""
    return backend_of(engine).changes_together()


def identity(connection: Connection) -> int:
    """Which database this is, also in a copy of it; 0 when nobody has said so yet."""
    return backend_of(connection.engine).identity(connection)


def set_identity(connection: Connection, identity: int) -> None:
    """Say which database this is: 1 to 2**31 - 1. It comes with the commit."""
    backend_of(connection.engine).set_identity(connection, identity)


def _once_more_if_cut_off(read: Callable[[], T], backend: Backend) -> T:
    try:
        return read()
    except DatabaseError as error:
        if not backend.is_cut_off(error):
            raise
    return read()


@contextmanager
def _named_errors(backend: Backend) -> Iterator[None]:
    try:
        yield
    except (DataError, UnicodeEncodeError, OverflowError) as error:
        # Whoever takes a request apart should have found it: NUL, half a surrogate pair, 2**63
        said = backend.error_text(error) if isinstance(error, DataError) else type(error).__name__
        raise BadInput("the request has a value that cannot be stored", log=f"database: {said}") from error
    except DatabaseError as error:
        raise _failure(backend, error) from error
    except PoolTimeout as error:
        raise DatabaseAway(NOT_AVAILABLE, log="database: out of connections") from error


def _failure(backend: Backend, error: DatabaseError) -> StorageFailed:
    log = f"database: {backend.error_text(error)}"
    if backend.is_unsure(error):
        return ConnectionLost(_FULL if backend.is_full(error) else NOT_AVAILABLE, log=log)
    if backend.is_full(error):
        return StorageFull(_FULL, log=log)
    return (DatabaseAway if backend.is_away(error) else StorageFailed)(NOT_AVAILABLE, log=log)


def schema_of(engine: Engine) -> Schema:
    """Which one the database has now."""
    backend = backend_of(engine)
    with backend.connect(engine) as connection, connection.begin():
        return read_schema(connection, backend)
