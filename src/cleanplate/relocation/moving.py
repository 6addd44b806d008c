"""The move itself: all blobs first, then all rows in one transaction, whose commit is the end of it.

The target has the number of the installation from the beginning on, and a mark that it is unfinished: nobody
else works on it, and the same move can be gone on with after whatever ended it. The source is only read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Table, select, update

from cleanplate.database import identity, set_identity, transaction
from cleanplate.database.tables import INSTALLATION
from cleanplate.errors import BlobMissing, SetupError
from cleanplate.relocation.blob_copy import BlobTotals, copy_blobs
from cleanplate.relocation.move_places import Place
from cleanplate.relocation.open_tasks import OpenTasks
from cleanplate.relocation.row_copy import copy_rows, count_rows
from cleanplate.storage.atomic_write import remove_temporaries
from cleanplate.tasks.belonging import check_belonging, holds_files, number_files, number_of_files

Tell: TypeAlias = Callable[[str, int, int], None]
"""(what: FILES in bytes, or ROWS; how much is there; of how much)."""
FILES: Final = "files"
ROWS: Final = "rows"
_SECRET: Final = "secret"  # noqa: S105 - a name
_MOST_NAMED: Final = 5
_UNFINISHED = INSTALLATION.c.unfinished


@dataclass(frozen=True, slots=True)
class Moved:
    """What is in the new place.

    Attributes:
        rows: how many, by table.
        files: None: both places have the same store.
        secret: False: there was none, and the first server makes one.
        resumed: an earlier move that was broken off was gone on with.
    """

    rows: Mapping[str, int]
    files: BlobTotals | None
    secret: bool
    resumed: bool


def move(source: Place, target: Place, tell: Tell) -> Moved:
    """Copy everything, and make sure that it is there.

    Raises:
        SetupError: somebody works on one of them; the target holds something else; the copy is not right.
        StorageFailed: a database or a store refused. It can be tried again, as after a kill.
    """
    _check_apart(source.store, target.store)
    with transaction(source.engine) as connection:
        _check_unused(source, connection)
    check_belonging(source.engine, source.objects, source.place)
    with transaction(source.engine, alone=("moving",)) as frozen:
        source.freeze(frozen)
        number = identity(frozen)
        shared = source.store == target.store
        resumed = _begin(target, number, shared=shared)
        if resumed and not shared and "://" not in target.store:
            remove_temporaries(Path(target.store))
        if not shared:  # first of all: then the store is known for this move's
            number_files(target.objects, number)
        secret = _copy_secret(source, target)
        files = None
        if not shared:
            files = copy_blobs(
                source.objects,
                target.objects,
                resumed=resumed,
                tell=lambda here, total: tell(FILES, here, total),
            )
        return Moved(_move_rows(source, frozen, target, tell), files, secret, resumed)


def _move_rows(source: Place, frozen: Connection, target: Place, tell: Tell) -> Mapping[str, int]:
    total = count_rows(frozen)
    open_tasks = OpenTasks(frozen, target.queue_of)

    def adapt(table: Table, row: dict[str, Any]) -> dict[str, Any]:
        texts = {name: target.storable(value) for name, value in row.items() if isinstance(value, str)}
        return open_tasks.adapted(table, row | texts)

    with transaction(target.engine) as filled:
        target.freeze(filled)
        for place, connection in ((source, frozen), (target, filled)):
            _check_unused(place, connection)  # the files may have taken hours
        rows = copy_rows(frozen, filled, adapt, lambda here: tell(ROWS, here, total))
        target.settle(filled)
        filled.execute(update(INSTALLATION).values(unfinished=None))
    return rows


def _check_apart(source: str, target: str) -> None:
    """Of two stores; the same one is shared."""
    if source != target and (f"{source}/".startswith(f"{target}/") or f"{target}/".startswith(f"{source}/")):
        raise SetupError(f"the stores {source} and {target} lie one within the other")


def _check_unused(place: Place, connection: Connection) -> None:
    if found := place.others(connection):
        named = ", ".join(found[:_MOST_NAMED]) + (", ..." if len(found) > _MOST_NAMED else "")
        raise SetupError(
            f"others work on {place.title}: {named}; stop every `cleanplate serve` and "
            "`cleanplate worker` first (one that was killed counts for ten seconds more)"
        )


def _begin(target: Place, number: int, *, shared: bool) -> bool:
    """Take the target for this move; whether it has been begun there before."""
    with transaction(target.engine, alone=("identity",)) as connection:
        _check_unused(target, connection)
        here, filling = identity(connection), connection.execute(select(_UNFINISHED)).scalar()
        if filling is None:
            _check_empty(target, connection, number)
        elif (here, filling) != (number, target.store):
            raise SetupError(
                f"{target.title} is half filled, from another installation or with the store {filling}: go "
                "on with that, or take an empty one"
            )
        resumed = filling is not None
        if not shared:
            _check_store(target, number if resumed else None)
        set_identity(connection, number)
        connection.execute(update(INSTALLATION).values(unfinished=target.store))
    return resumed


def _check_empty(target: Place, connection: Connection, number: int) -> None:
    here = identity(connection)
    if here == number:
        raise SetupError(f"{target.title} is this very installation: it has been moved there already")
    if here or count_rows(connection):
        raise SetupError(f"{target.title} is not empty: a move needs a database where nothing was served yet")


def _check_store(target: Place, number: int | None) -> None:
    """Whether there is nothing in it, or what this move has put there."""
    known = number_of_files(target.objects)
    ours = known is not None and known == number
    used = known is not None or holds_files(target.objects) or target.secrets.exists(_SECRET)
    if used and not ours:
        raise SetupError(f"the store {target.store} is not empty: a move needs one without files of tasks")


def _copy_secret(source: Place, target: Place) -> bool:
    """False: there is none."""
    secret, there = _secret(source), _secret(target)
    if secret is None:
        return False
    if there not in (None, secret):
        raise SetupError(f"{target.title} has another secret already")
    target.secrets.put(_SECRET, secret)
    return True


def _secret(place: Place) -> bytes | None:
    try:
        return place.secrets.get(_SECRET)
    except BlobMissing:
        return None
