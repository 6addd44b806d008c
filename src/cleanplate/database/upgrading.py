"""Brings a schema to `schema.HEAD`: a file in one transaction, a server in one for each revision.

Others work on the server meanwhile. So a change waits but a moment for who holds its table, lets those go
first who have come behind it, and tries again.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.exc import OperationalError

from cleanplate.database import postgres, sqlite
from cleanplate.database.postgres_address import Session
from cleanplate.database.schema import read_schema
from cleanplate.errors import SetupError
from cleanplate.private_files import FILE_MODE

_log = logging.getLogger(__name__)

_FILE_S: Final = 60.0
_OTHERS_S: Final = 600.0
"""How long another process is waited for that migrates: an index of millions of tasks takes minutes."""
_LOOK_S: Final = 0.5
_LOCK: Final = "migration"
_LOCK_S: Final = 3
"""How long a change waits for its table; all who come behind it wait as long."""
_WAIT_A_MOMENT: Final = f"SET LOCAL lock_timeout = '{_LOCK_S}s'"
_TRIES: Final = 20
_BETWEEN_S: Final = 1.0
_SESSION: Final = Session(f"-c statement_timeout=0 -c lock_timeout={_LOCK_S}s -c timezone=UTC")
"""Nothing is prepared: what was, keeps a snapshot in a transaction, for which an index would wait."""
_NOT_AVAILABLE: Final = "55P03"


def upgrade_file(engine: Engine, path: Path) -> None:
    """Migrate a SQLite file; another process that does so already is waited for. Raises `SetupError`."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_name(path.name + ".lock"), timeout=_FILE_S, mode=FILE_MODE):
            sqlite.use_wal(engine)
            with engine.begin() as connection:
                if read_schema(connection, sqlite).is_behind:
                    _run_migrations(connection)
    except Timeout as error:
        raise SetupError("another process has been migrating the database for a minute") from error


def upgrade_server(url: str, *, pooler: bool) -> None:
    """Migrate a database on a server. Arguments are `postgres.open_server`'s.

    Raises:
        SetupError: others have migrated it, or kept its tables, for longer than that should take.
        DatabaseError: it refuses.
    """
    opened = postgres.open_server(url, connections=2, pooler=pooler, session=_SESSION)
    # A revision is one transaction, and Alembic begins it
    engine = opened.execution_options(isolation_level="READ COMMITTED")
    if pooler:  # which keeps nothing for a session
        event.listen(engine, "begin", lambda connection: connection.execute(text(_WAIT_A_MOMENT)))
    try:
        with _turn(engine) as is_behind:
            if is_behind:
                _migrate_patiently(engine)
    finally:
        opened.dispose()


@contextmanager
def _turn(engine: Engine) -> Iterator[bool]:
    """Nobody else migrates in the block, which is given whether there is anything to do.

    Who waits asks again and again: one that waited in a statement would keep `CREATE INDEX CONCURRENTLY`
    waiting for it.
    """
    began_s = time.monotonic()
    taken = select(func.pg_try_advisory_xact_lock(func.hashtextextended(_LOCK, 0)))
    while True:
        with engine.connect() as connection, connection.begin():
            if not read_schema(connection, postgres).is_behind:
                yield False
                return
            if connection.execute(taken).scalar_one():
                yield read_schema(connection, postgres).is_behind
                return
        waited_s = time.monotonic() - began_s
        if waited_s > _OTHERS_S:
            raise SetupError("another process has been migrating the database for ten minutes")
        if waited_s < _LOOK_S:
            _log.info("another process migrates the database: waiting for it")
        time.sleep(_LOOK_S)


def _migrate_patiently(engine: Engine) -> None:
    for _ in range(_TRIES):
        try:
            with engine.connect() as connection:
                return _run_migrations(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _NOT_AVAILABLE:
                raise
            _log.info("others hold a table that is to be changed: the migration lets them go first")
            time.sleep(_BETWEEN_S)
    raise SetupError(
        "the database cannot be migrated: somebody keeps its tables locked; look for long transactions "
        "(pg_stat_activity)"
    )


def _run_migrations(connection: Connection) -> None:
    """Within the transaction of this connection; where it has none, in one for each revision."""
    # Half a second of imports, needed once in the life of a database.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "cleanplate.database:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SetupError(
            "the database was written by another version of cleanplate, or by another program", log=f"{error}"
        ) from error
