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

from cleanplate.app.starting import when_reached
from cleanplate.clock import unix_ms
from cleanplate.database import open_database, open_server_database, transaction
from cleanplate.errors import ServiceAway, SetupError, StorageFailed, StoreUnknown, refused_start
from cleanplate.private_files import FILE_MODE, close_to_others, make_folder
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.storage.disk_floor import DiskFloor
from cleanplate.storage.nested_stores import check_apart
from cleanplate.storage.open_blobs import OBJECTS, blobs_folder, disk_floor, open_blobs
from cleanplate.storage.server_secret import ServerSecret, load_secret, load_shared_secret
from cleanplate.tasks.belonging import StorePlace, check_belonging
from cleanplate.tasks.owned_store import OwnedStore, StoreWatch

_log = logging.getLogger(__name__)

DATABASE: Final = "cleanplate.db"
FILES_OF_DATABASE: Final = tuple(DATABASE + suffix for suffix in ("", "-wal", "-shm", "-journal", ".lock"))
SECRET: Final = "secret"  # noqa: S105 - a name
LOCK: Final = "lock"
_REFUSED: Final = "the database or the store cannot be used: {}"
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
        trouble: what is wrong with the database, in a few words; "" when it is well and the store is its own.
        may_work: whether the store is still known to be that of the database.
        floor: whether the disk of the folder has room.
    """

    engine: Engine
    objects: BlobStore
    secret: ServerSecret
    floor: DiskFloor
    shared: bool
    clock_ms: Callable[[], int]
    trouble: Callable[[], str]
    may_work: Callable[[], bool]


def open_data_directory(
    settings: Settings, opening: ExitStack, *, new_database: bool = False, new_store: bool = False
) -> DataDirectory:
    """Open it until `opening` is closed: for this process alone, unless the database is on a server.

    A server of the database and a store that are away are waited for: `CLEANPLATE_START_WAIT_S`.

    Args:
        new_database: begin anew where its files belong to a database that is gone; not where they are shared.
        new_store: the files of its tasks are from now on in this store, which has none of another database.

    Raises:
        SetupError: it cannot be used, another process uses it, or its files belong to another database;
            `ServiceAway`: what it needs is still away.
    """

    def attempt() -> DataDirectory:
        with ExitStack() as opened:
            if settings.database_url:
                data = _open_shared(settings, opened, new_store)
            else:
                data = _open_own(settings, opened, new_database, new_store)
            opening.push(opened.pop_all())
            return data

    return when_reached(attempt, longest_s=settings.start_wait_s)


def _open_own(settings: Settings, opening: ExitStack, new_database: bool, new_store: bool) -> DataDirectory:
    from cleanplate.database.sqlite import file_trouble, trouble_now

    data = settings.data
    database = data / DATABASE
    lock_data(data, opening)
    objects = open_blobs(settings)
    is_new = not database.exists()
    engine = open_database(database, synchronous=settings.sqlite_synchronous)
    opening.callback(engine.dispose)
    try:
        _check_belonging(settings, engine, objects, new_database=new_database, new_store=new_store)
    except SetupError:
        if is_new:
            _remove_database(data, engine)
        raise
    if not is_new and not (data / SECRET).exists():
        _log.warning(_LOST)
    watch = StoreWatch(engine, objects) if settings.store else None
    return DataDirectory(
        engine=engine,
        objects=objects if watch is None else OwnedStore(objects, watch),
        secret=load_secret(data / SECRET),
        floor=disk_floor(settings),
        shared=False,
        clock_ms=unix_ms,
        trouble=lambda: trouble_now(engine) or file_trouble(database) or (watch.trouble() if watch else ""),
        may_work=watch.belongs if watch else lambda: True,
    )


def _open_shared(settings: Settings, opening: ExitStack, new_store: bool) -> DataDirectory:
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
    _check_belonging(settings, engine, objects, new_store=new_store)
    watch = StoreWatch(engine, objects)
    alone: Callable[[], AbstractContextManager[object]] = partial(transaction, engine, alone=("secret",))
    try:
        clock_ms = ServerClock(engine)
    except StorageFailed as error:
        raise refused_start(error, _REFUSED.format(error.log)) from error
    return DataDirectory(
        engine=engine,
        objects=OwnedStore(objects, watch),
        secret=load_shared_secret(objects, alone),
        floor=disk_floor(settings),
        shared=True,
        clock_ms=clock_ms,
        trouble=lambda: server_trouble(engine) or watch.trouble(),
        may_work=watch.belongs,
    )


def _remove_database(data: Path, engine: Engine) -> None:
    """One that was made for a start that is refused: nobody may take it for the one that is gone."""
    engine.dispose()
    for name in FILES_OF_DATABASE:
        (data / name).unlink(missing_ok=True)


def lock_data(data: Path, opening: ExitStack) -> None:
    """Make this process the only one that works on the data directory, until `opening` is closed.

    Raises:
        SetupError: another one does, or the folder cannot be used.
    """
    try:
        make_folder(data)
        opening.enter_context(FileLock(data / LOCK, timeout=0, thread_local=False, mode=FILE_MODE))
    except Timeout:
        raise SetupError(f"another cleanplate already uses the data directory {data}") from None
    except OSError as error:
        raise SetupError(f"the data directory {data} cannot be used: {error.strerror}") from error
    _make_private(data)


def _make_private(data: Path) -> None:
    try:
        make_folder(data)
        closed, left = close_to_others(data, (*FILES_OF_DATABASE, OBJECTS, SECRET, LOCK))
    except OSError as error:
        raise SetupError(f"the data directory {data} cannot be used: {error.strerror}") from error
    if closed:
        _log.warning("the data directory was open to other users; it is closed now (%d of its modes)", closed)
    for path in left:
        _log.warning("%s is open to other users, and not ours to close: chmod it", path)


def _check_belonging(
    settings: Settings,
    engine: Engine,
    objects: BlobStore,
    *,
    new_database: bool = False,
    new_store: bool = False,
) -> None:
    def apart() -> None:
        if settings.store:
            check_apart(settings.store, timeout_s=settings.store_timeout_s)

    place = StorePlace(bool(settings.store), bool(settings.database_url), apart)
    try:
        check_belonging(engine, objects, place, new_database=new_database, new_store=new_store)
    except StoreUnknown as error:
        if blobs_folder(settings) is None:
            raise
        raise ServiceAway(f"{error.public} (a share that is not mounted yet is waited for)") from error
    except StorageFailed as error:
        raise refused_start(error, _REFUSED.format(error.log)) from error
