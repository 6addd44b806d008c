"""Whether the files of tasks belong to the database: a new one beside the files of an old one has lost them.

The database has a number drawn at random, and so have the files, as a blob. Both come from the first start; a
backup that is put back has its number.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, select

from cleanplate.database import identity, reading, set_identity, transaction
from cleanplate.database.tables import API_KEYS, TASKS, USAGE
from cleanplate.errors import BlobMissing, ConnectionLost, SetupError, StorageFailed, StoreUnknown
from cleanplate.storage.base import BlobStore
from cleanplate.storage.nested_stores import NUMBER

KINDS: Final = ("inputs", "results", "uploads")
"""What the keys of files begin with."""
_LARGEST: Final = 2**31 - 1
"""What SQLite keeps of such a number."""
_LOST: Final = (
    "the files in the data directory belong to a database that is not there: put its backup back, or give up "
    "its tasks and keys with `cleanplate serve --new-database`"
)
_FOREIGN: Final = (
    "CLEANPLATE_STORE: the files there belong to a database that is not that of CLEANPLATE_DATABASE_URL: one "
    "of the two names another installation, which may be at work; a new one needs a place without files"
)
_UNKNOWN: Final = (
    "CLEANPLATE_STORE: the database has files in a store, and this is not it: look at CLEANPLATE_STORE, at "
    "the address and the mount behind it, and at CLEANPLATE_DATABASE_URL; where the old files are gone, or "
    "were copied here, start `cleanplate serve --new-store` once"
)


def _nothing() -> None:
    """Where there is nothing to look at."""


@dataclass(frozen=True, slots=True)
class StorePlace:
    """What is known of a store besides what is in it.

    Attributes:
        named: by a setting, which can be mistyped: then one without a number is none of a database that has
            one. Else it is the folder in the data directory, which may have been emptied.
        shared: by several machines: then its files may be another installation's that is at work, and are
            never taken over.
        before_taking: called before a store without a number gets one; may raise `SetupError`.
    """

    named: bool = False
    shared: bool = False
    before_taking: Callable[[], None] = _nothing


IN_DATA_DIRECTORY: Final = StorePlace()


def check_belonging(
    engine: Engine,
    objects: BlobStore,
    place: StorePlace = IN_DATA_DIRECTORY,
    *,
    new_database: bool = False,
    new_store: bool = False,
) -> None:
    """Make sure that the files belong to this database; at the first start they do from then on.

    Args:
        new_database: whatever the files belonged to, they belong to this one now. Those that it knows nothing
            of go soon, as all files without a task do.
        new_store: a database that has files elsewhere has them here from now on, and nowhere else: whoever
            has the old store is refused.

    Raises:
        SetupError: they belong to another one, or this one is empty and there are files; `StoreUnknown`: it
            is a store that nobody has used yet, and the files of the database are in another.
        StorageFailed: the database or the object store refused.
    """
    if belongs(engine, objects):
        return
    numbered = False
    try:
        with transaction(engine, alone=("identity",)) as connection:
            known, here = number_of_files(objects), identity(connection)
            if known is None and here and place.named and not new_store:
                raise StoreUnknown(_UNKNOWN)
            unknown = known is None and not here and _is_empty(connection) and holds_files(objects)
            lost = unknown or known not in (None, here)
            if lost and (place.shared or not new_database):
                raise SetupError(_FOREIGN if place.shared else _LOST)
            if known is None:
                place.before_taking()
            if not here or (known is None and new_store):
                here = 1 + secrets.randbelow(_LARGEST)
                set_identity(connection, here)
            # Before the commit: nobody who starts meanwhile sees a database with a number and no such files
            number_files(objects, here)
            numbered = known is None
    except ConnectionLost:  # it may be committed
        raise
    except StorageFailed:
        if numbered:
            with suppress(StorageFailed):
                objects.delete(NUMBER)
        raise


def belongs(engine: Engine, objects: BlobStore) -> bool:
    """Whether both have the same number. Raises `StorageFailed`."""
    with reading(engine) as connection:
        here = identity(connection)
    return here != 0 and number_of_files(objects) == here


def number_files(objects: BlobStore, number: int) -> None:
    """From now on the files belong to the database of this number."""
    objects.put(NUMBER, str(number).encode())


def number_of_files(objects: BlobStore) -> int | None:
    """The number of the database that the files belong to; -1 is none that can be."""
    try:
        text = objects.get(NUMBER)
    except BlobMissing:
        return None
    return int(text) if text.isdigit() else -1


def _is_empty(connection: Connection) -> bool:
    """As it is when it has just been made."""
    return all(
        connection.execute(select(1).select_from(table)).first() is None for table in (TASKS, API_KEYS, USAGE)
    )


def holds_files(objects: BlobStore) -> bool:
    """Whether there is any file of a task, or any upload."""
    return any(next(iter(objects.groups(kind)), None) is not None for kind in KINDS)
