"""Whether the files of tasks belong to the database: a new one beside the files of an old one has lost them.

The database has a number drawn at random, and so have the files, as a blob. Both come from the first start; a
backup that is put back has its number.
"""

import secrets
from typing import Final

from sqlalchemy import Connection, Engine, select

from cleanplate.database import identity, set_identity, transaction
from cleanplate.database.tables import API_KEYS, TASKS, USAGE
from cleanplate.errors import BlobMissing, SetupError
from cleanplate.storage.base import BlobStore

_KEY: Final = "database"
KINDS: Final = ("inputs", "results", "uploads")
"""What the keys of files begin with."""
_LARGEST: Final = 2**31 - 1
"""What SQLite keeps of such a number."""


def check_belonging(engine: Engine, objects: BlobStore, *, new_database: bool = False) -> None:
    """Make sure that the files belong to this database; at the first start they do from then on.

    Args:
        new_database: whatever the files belonged to, they belong to this one now. Those that it knows nothing
            of go within hours, as all files without a task do.

    Raises:
        SetupError: they belong to another one, or this one is empty and there are files.
        StorageFailed: the database or the object store refused.
    """
    with transaction(engine, alone=("identity",)) as connection:
        known, here = number_of_files(objects), identity(connection)
        unknown = known is None and not here and _is_empty(connection) and holds_files(objects)
        lost = unknown or known not in (None, here)
        if lost and not new_database:
            raise SetupError(
                "the files in the data directory belong to a database that is not there: put its backup "
                "back, or give up its tasks and keys with `cleanplate serve --new-database`"
            )
        if not here:
            here = 1 + secrets.randbelow(_LARGEST)
            set_identity(connection, here)
    if known != here:
        number_files(objects, here)


def number_files(objects: BlobStore, number: int) -> None:
    """From now on the files belong to the database of this number."""
    objects.put(_KEY, str(number).encode())


def number_of_files(objects: BlobStore) -> int | None:
    """The number of the database that the files belong to; -1 is none that can be."""
    try:
        text = objects.get(_KEY)
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
