"""A store that is used only while it is that of the database: a share may be unmounted meanwhile."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from sqlalchemy import Engine

from cleanplate.errors import BlobMissing, StorageFailed, StoreForeign
from cleanplate.storage.base import BlobGroup, BlobInfo, BlobStore, Pieces
from cleanplate.tasks.belonging import belongs

LOG = logging.getLogger(__name__)

_KEPT_S: Final = 10.0
"""How long what was found is believed: looking is a request to the store, and one to the database."""
_KEPT_FOREIGN_S: Final = 2.0
"""The same where it is another's: a share that is mounted again shall be used soon."""
_FOREIGN: Final = "the store is not that of the database"
_STOPPED: Final = (
    f"{_FOREIGN}: no task is taken, and no file read or written; look at CLEANPLATE_STORE, at the address "
    "and the mount behind it, and at CLEANPLATE_DATABASE_URL"
)


class StoreWatch:
    """Whether a store is that of the database; at the beginning it is. Thread-safe.

    Args:
        engine: of the database.
        clock_s: monotonic seconds.
    """

    def __init__(
        self, engine: Engine, objects: BlobStore, *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._objects = objects
        self._clock_s = clock_s
        self._looking = threading.Lock()
        self._looked_s = clock_s()
        self._belongs = True

    def belongs(self) -> bool:
        """Looked at now and then; while nothing can be read, as it was."""
        kept_s = _KEPT_S if self._belongs else _KEPT_FOREIGN_S
        if self._clock_s() - self._looked_s >= kept_s and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._belongs

    def trouble(self) -> str:
        """In a few words; "" when it is that of the database. It is looked at now."""
        with self._looking:
            self._look()
        return "" if self._belongs else "is not that of the store"

    def check(self) -> None:
        """Raises `StoreForeign` where it is another's."""
        if not self.belongs():
            raise StoreForeign("a stored file could not be read", log=_FOREIGN)

    def _look(self) -> None:
        try:
            found = belongs(self._engine, self._objects)
        except StorageFailed as error:
            LOG.debug("whose the store is cannot be told: %s", error.log)
        else:
            if found and not self._belongs:
                LOG.info("the store is that of the database again")
            elif self._belongs and not found:
                LOG.error(_STOPPED)
            self._belongs = found
        self._looked_s = self._clock_s()


class OwnedStore:
    """A `BlobStore` that does nothing while it is another database's.

    Args:
        objects: the store.
        watch: of it. Each method raises its `StoreForeign` too.
    """

    def __init__(self, objects: BlobStore, watch: StoreWatch) -> None:
        self._objects = objects
        self._watch = watch

    def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
        """See `BlobStore`."""
        self._watch.check()
        self._objects.put(key, data)

    def create(self, key: str, data: bytes) -> bool:
        """See `BlobStore`."""
        self._watch.check()
        return self._objects.create(key, data)

    def get(self, key: str) -> bytes:
        """See `BlobStore`. One that is missing may be so because all of them are."""
        self._watch.check()
        try:
            return self._objects.get(key)
        except BlobMissing:
            self._watch.trouble()
            self._watch.check()
            raise

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Pieces:
        """See `BlobStore`."""
        self._watch.check()
        return self._objects.open_range(key, start, length)

    def info(self, key: str) -> BlobInfo | None:
        """See `BlobStore`."""
        self._watch.check()
        return self._objects.info(key)

    def exists(self, key: str) -> bool:
        """See `BlobStore`."""
        return self.info(key) is not None

    def delete(self, key: str) -> None:
        """See `BlobStore`."""
        self._watch.check()
        self._objects.delete(key)

    def delete_group(self, prefix: str) -> None:
        """See `BlobStore`."""
        self._watch.check()
        self._objects.delete_group(prefix)

    def groups(self, prefix: str) -> Iterator[BlobGroup]:
        """See `BlobStore`."""
        self._watch.check()
        return self._objects.groups(prefix)

    def blobs(self, prefix: str) -> Iterator[tuple[str, BlobInfo]]:
        """See `BlobStore`."""
        self._watch.check()
        return self._objects.blobs(prefix)

    def url(self, key: str, expires_at_s: int) -> str | None:
        """See `BlobStore`."""
        return self._objects.url(key, expires_at_s)
