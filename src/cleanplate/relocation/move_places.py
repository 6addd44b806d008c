"""Where an installation can be: a data folder, or a database on a server and a store that machines share.

Both are the same three things, a database, blobs and a secret; what differs is how one keeps others out.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from cleanplate.app.data_directory import DATABASE, lock_data
from cleanplate.database import Purpose, open_database, open_server_database
from cleanplate.errors import SetupError
from cleanplate.relocation.open_tasks import ClusterQueues, QueueOf, one_queue
from cleanplate.relocation.untouched_folder import removed_if_untouched
from cleanplate.settings import Settings
from cleanplate.storage.base import BlobStore
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.nested_stores import check_apart
from cleanplate.storage.open_blobs import blobs_folder, open_blobs
from cleanplate.tasks.belonging import StorePlace


@dataclass(frozen=True, slots=True)
class Place:
    """One of them, opened.

    Attributes:
        title: what messages call it.
        store: says which `objects` are, for comparison.
        place: what else is known of `objects`.
        secrets: holds the secret; in a cluster they are `objects`.
        queue_of: the queues that it has.
        storable: a text as its database can hold it.
        others: who else works on it.
        freeze: nobody changes a row until the end of this transaction, and the server lets it last.
        settle: the last step of the transaction that has filled the tables.
    """

    title: str
    engine: Engine
    objects: BlobStore
    store: str
    place: StorePlace
    secrets: BlobStore
    queue_of: QueueOf
    storable: Callable[[str], str]
    others: Callable[[Connection], Sequence[str]]
    freeze: Callable[[Connection], None]
    settle: Callable[[Connection], None]


def open_folder(settings: Settings, opening: ExitStack, purpose: Purpose) -> Place:
    """A data folder, with SQLite; until `opening` is closed nobody else works on it.

    Args:
        settings: of its server: the folder, and the store if its files are not in it.

    Raises:
        SetupError: it is in use, it cannot be used for that, or there is none.
    """
    database = settings.data / DATABASE
    if purpose is Purpose.MOVE_FROM and not database.is_file():
        raise SetupError(f"there is no database in {settings.data}: is --data right?")
    if purpose is Purpose.MOVE_INTO:
        opening.enter_context(removed_if_untouched(settings.data, database))
    lock_data(settings.data, opening)
    engine = open_database(database, synchronous=settings.sqlite_synchronous, purpose=purpose)
    opening.callback(engine.dispose)
    return Place(
        title=f"the data folder {settings.data}",
        engine=engine,
        objects=open_blobs(settings),
        store=_store_name(settings),
        place=StorePlace(named=bool(settings.store)),
        secrets=FolderStore(settings.data),
        queue_of=one_queue,
        storable=lambda text: text,
        others=lambda _connection: (),  # the lock holds for them
        freeze=lambda _connection: None,  # the transaction is the only writer anyway
        settle=lambda _connection: None,
    )


def open_cluster(settings: Settings, opening: ExitStack, purpose: Purpose) -> Place:
    """A database on a Postgres server with the store beside it.

    Args:
        settings: of its servers.

    Raises:
        SetupError: it cannot be reached, or not be used for that.
    """
    from cleanplate.database import whole_postgres

    if not settings.store:
        raise SetupError("there is no --store, nor CLEANPLATE_STORE: where all machines keep the files")
    # One: so that all sessions but the one that asks are somebody else's
    engine = open_server_database(
        settings.database_url, connections=1, pooler=settings.database_pooler, purpose=purpose
    )
    opening.callback(engine.dispose)
    objects = open_blobs(settings)
    if purpose is Purpose.MOVE_INTO:
        check_apart(settings.store, timeout_s=settings.store_timeout_s)
    return Place(
        title="the cluster",
        engine=engine,
        objects=objects,
        store=_store_name(settings),
        place=StorePlace(named=True, shared=True),
        secrets=objects,
        queue_of=ClusterQueues(settings, opening),
        storable=whole_postgres.storable,
        others=whole_postgres.others,
        freeze=whole_postgres.freeze,
        settle=whole_postgres.settle,
    )


def _store_name(settings: Settings) -> str:
    """The same for the same store, however it was written."""
    folder = blobs_folder(settings)
    return settings.store.rstrip("/") if folder is None else str(folder.resolve())
