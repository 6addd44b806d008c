"""What outlives the process: database, blobs and secret, in a data directory or shared by machines."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from cleanplate.clock import unix_ms
from cleanplate.database import open_database, open_server_database, transaction
from cleanplate.errors import SetupError, StorageFailed
from cleanplate.private_files import FILE_MODE, close_to_others, make_folder
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.storage.disk_floor import DiskFloor
from cleanplate.storage.open_blobs import OBJECTS, disk_floor, open_blobs
from cleanplate.storage.server_secret import ServerSecret, load_secret, load_shared_secret
from cleanplate.tasks.belonging import check_belonging

_log = logging.getLogger(__name__)

DATABASE: Final = "cleanplate.db"
_FILES_OF_DATABASE: Final = tuple(DATABASE + suffix for suffix in ("", "-wal", "-shm", "-journal", ".lock"))
SECRET: Final = "secret"  # noqa: S105 - a name
_LOCK: Final = "lock"
_LOST: Final = (
    "there is a database but no file `secret`: a new one is made; old result links do not work any more, and "
    "keys of CLEANPLATE_API_KEYS find nothing of theirs"
)


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """What lies in it, or in its place.

    Attributes:
        shared: other processes work on the database and the blobs too.
        clock_ms: Unix milliseconds, the same for all of them.
        trouble: what is wrong with the database, in a few words; "" when it is well.
        floor: whether the disk of the folder has room.
    """

    engine: Engine
    objects: BlobStore
    secret: ServerSecret
    floor: DiskFloor
    shared: bool
    clock_ms: Callable[[], int]
    trouble: Callable[[], str]


def open_data_directory(settings: Settings, opening: ExitStack, *, new_database: bool) -> DataDirectory:
    """Open it until `opening` is closed: for this process alone, unless the database is on a server.

    Args:
        new_database: begin anew where its files belong to a database that is gone.

    Raises:
        SetupError: it cannot be used, another process uses it, or its files belong to another database.
    """
    opened = _open_shared if settings.database_url else _open_own
    return opened(settings, opening, new_database)


def _open_own(settings: Settings, opening: ExitStack, new_database: bool) -> DataDirectory:
    from cleanplate.database.sqlite import file_trouble, trouble_now

    data = settings.data
    database = data / DATABASE
    lock_data(data, opening)
    objects = open_blobs(settings)
    is_new = not database.exists()
    engine = open_database(database, synchronous=settings.sqlite_synchronous)
    opening.callback(engine.dispose)
    try:
        _check_belonging(engine, objects, new_database)
    except SetupError:
        if is_new:
            _remove_database(data, engine)
        raise
    if not is_new and not (data / SECRET).exists():
        _log.warning(_LOST)
    return DataDirectory(
        engine=engine,
        objects=objects,
        secret=load_secret(data / SECRET),
        floor=disk_floor(settings),
        shared=False,
        clock_ms=unix_ms,
        trouble=lambda: trouble_now(engine) or file_trouble(database),
    )


def _open_shared(settings: Settings, opening: ExitStack, new_database: bool) -> DataDirectory:
    """The folder then holds only what this machine needs for a moment."""
    from cleanplate.database.postgres import server_trouble
    from cleanplate.database.server_clock import ServerClock

    if not settings.store:
        raise SetupError("CLEANPLATE_DATABASE_URL needs CLEANPLATE_STORE: where all machines keep the files")
    _make_private(settings.data)
    objects = open_blobs(settings)
    engine = open_server_database(
        settings.database_url, connections=settings.database_connections, pooler=settings.database_pooler
    )
    opening.callback(engine.dispose)
    _check_belonging(engine, objects, new_database)
    alone: Callable[[], AbstractContextManager[object]] = partial(transaction, engine, alone=("secret",))
    return DataDirectory(
        engine=engine,
        objects=objects,
        secret=load_shared_secret(objects, alone),
        floor=disk_floor(settings),
        shared=True,
        clock_ms=ServerClock(engine),
        trouble=partial(server_trouble, engine),
    )


def _remove_database(data: Path, engine: Engine) -> None:
    """One that was made for a start that is refused: nobody may take it for the one that is gone."""
    engine.dispose()
    for name in _FILES_OF_DATABASE:
        (data / name).unlink(missing_ok=True)


def lock_data(data: Path, opening: ExitStack) -> None:
    """Make this process the only one that works on the data directory, until `opening` is closed.

    Raises:
        SetupError: another one does, or the folder cannot be used.
    """
    try:
        make_folder(data)
        opening.enter_context(FileLock(data / _LOCK, timeout=0, thread_local=False, mode=FILE_MODE))
    except Timeout:
        raise SetupError(f"another cleanplate already uses the data directory {data}") from None
    except OSError as error:
        raise SetupError(f"the data directory {data} cannot be used: {error.strerror}") from error
    _make_private(data)


def _make_private(data: Path) -> None:
    try:
        make_folder(data)
        closed, left = close_to_others(data, (*_FILES_OF_DATABASE, OBJECTS, SECRET, _LOCK))
    except OSError as error:
        raise SetupError(f"the data directory {data} cannot be used: {error.strerror}") from error
    if closed:
        _log.warning("the data directory was open to other users; it is closed now (%d of its modes)", closed)
    for path in left:
        _log.warning("%s is open to other users, and not ours to close: chmod it", path)


def _check_belonging(engine: Engine, objects: BlobStore, new_database: bool) -> None:
    try:
        check_belonging(engine, objects, new_database=new_database)
    except StorageFailed as error:
        raise SetupError(f"the data directory cannot be used: {error.public}", log=error.log) from error
