"""The data directory: opened by one process at a time, with all that lies in it."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from cleanplate.database import open_database
from cleanplate.errors import SetupError, StorageFailed
from cleanplate.private_files import FILE_MODE, close_to_others, make_folder
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.storage.disk_floor import DiskFloor
from cleanplate.storage.opening import OBJECTS, disk_floor, open_blobs
from cleanplate.storage.server_secret import ServerSecret, load_secret
from cleanplate.tasks.belonging import check_belonging

_log = logging.getLogger(__name__)

_DATABASE: Final = "cleanplate.db"
_FILES_OF_DATABASE: Final = tuple(_DATABASE + suffix for suffix in ("", "-wal", "-shm", "-journal", ".lock"))
_SECRET: Final = "secret"  # noqa: S105 - a name
_LOCK: Final = "lock"
_LOST: Final = (
    "there is a database but no file `secret`: a new one is made; old result links do not work any more, and "
    "keys of CLEANPLATE_API_KEYS find nothing of theirs"
)


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """What lies in it.

    Attributes:
        database: the file of `engine`.
        floor: whether its disk has room.
    """

    database: Path
    engine: Engine
    objects: BlobStore
    floor: DiskFloor
    secret: ServerSecret


def open_data_directory(settings: Settings, opening: ExitStack, *, new_database: bool) -> DataDirectory:
    """Open it for this process alone, until `opening` is closed.

    Args:
        new_database: begin anew where its files belong to a database that is gone.

    Raises:
        SetupError: it cannot be used, another process uses it, or its files belong to another database.
    """
    data, synchronous = settings.data, settings.sqlite_synchronous
    _lock(data, opening)
    is_new = not (data / _DATABASE).exists()
    objects = open_blobs(settings)
    engine = open_database(data / _DATABASE, synchronous=synchronous)
    opening.callback(engine.dispose)
    try:
        _check_belonging(engine, objects, new_database)
    except SetupError:
        if is_new:
            _remove_database(data, engine)
        raise
    if not is_new and not (data / _SECRET).exists():
        _log.warning(_LOST)
    secret = load_secret(data / _SECRET)
    return DataDirectory(data / _DATABASE, engine, objects, disk_floor(settings), secret)


def _remove_database(data: Path, engine: Engine) -> None:
    """One that was made for a start that is refused: nobody may take it for the one that is gone."""
    engine.dispose()
    for name in _FILES_OF_DATABASE:
        (data / name).unlink(missing_ok=True)


def _lock(data: Path, opening: ExitStack) -> None:
    """Make this process the only one that works on the data directory."""
    try:
        make_folder(data)
        opening.enter_context(FileLock(data / _LOCK, timeout=0, thread_local=False, mode=FILE_MODE))
        closed, left = close_to_others(data, (*_FILES_OF_DATABASE, OBJECTS, _SECRET, _LOCK))
    except Timeout:
        raise SetupError(f"another cleanplate already uses the data directory {data}") from None
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
