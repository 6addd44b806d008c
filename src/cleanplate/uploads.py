"""Files that clients put here before they submit: each under a name, for one account, for a time.

Whether somebody may upload at all, and under which names, is for the API layer to say.
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, delete, func, select

from cleanplate.clock import unix_ms
from cleanplate.database import insert_or_update, transaction
from cleanplate.database.locked_rows import locked_rows
from cleanplate.database.tables import UPLOADS
from cleanplate.errors import BadInput, InputTooLarge, StorageFailed
from cleanplate.storage.base import BlobStore

_log = logging.getLogger(__name__)

_ORPHAN_S: Final = 3600
"""A file is written before its row: younger ones may be an upload on its way."""
_BATCH: Final = 500
_ROW = UPLOADS.c


class UploadExists(BadInput):
    """There is a file of this name."""


class UploadQuotaExceeded(BadInput):
    """The account's files would be too many, or too large together."""


@dataclass(frozen=True, slots=True)
class UploadQuota:
    """What the files of one account that have not expired may be together."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class UploadName:
    """What a file is found by; all three must fit.

    Attributes:
        name: what the client calls it; there is one file of a name, whoever's it is.
        account: of the API key that it was uploaded with.
        model: what the client said that it is for.
    """

    name: str
    account: str
    model: str


class Uploads:
    """Uploads of one data directory. Thread-safe. Every method raises `StorageFailed` when storage refuses.

    Args:
        quota: for each account.
        check_room: called before a file is taken; raises `StorageFull` where there is too little room.
        clock_ms: Unix milliseconds.
    """

    def __init__(
        self,
        engine: Engine,
        blobs: BlobStore,
        quota: UploadQuota,
        *,
        check_room: Callable[[], None] = lambda: None,
        clock_ms: Callable[[], int] = unix_ms,
    ) -> None:
        self._engine = engine
        self._blobs = blobs
        self._quota = quota
        self._check_room = check_room
        self._clock_ms = clock_ms

    def put(self, name: UploadName, pieces: Iterable[bytes], *, max_bytes: int, keep_ms: int) -> None:
        """Keep a file for `keep_ms` under its name; it never replaces one.

        Args:
            pieces: of the file, which is never held whole.

        Raises:
            InputTooLarge: it has more than `max_bytes`.
            UploadExists: the name is taken.
            UploadQuotaExceeded: it is one too many.
        """
        self._check_room()
        object_key = f"uploads/{uuid.uuid4()}/file"
        counted = _Counted(pieces, max_bytes)
        try:
            self._blobs.put(object_key, counted)
            self._insert(name, object_key, counted.size_bytes, keep_ms)
        except BaseException:
            self._drop(object_key)
            raise

    def read(self, name: UploadName, *, max_bytes: int) -> bytes | None:
        """The account's file for this model under this very name; None when there is none, or it has expired.

        Raises:
            InputTooLarge: it has more than `max_bytes`.
        """
        found = select(_ROW.object_key, _ROW.size_bytes).where(
            _ROW.name == name.name,
            _ROW.account == name.account,
            _ROW.model == name.model,
            _ROW.expires_at_ms > self._clock_ms(),
        )
        with transaction(self._engine) as connection:
            row = connection.execute(found).first()
        if row is None:
            return None
        if row.size_bytes > max_bytes:
            raise _too_large(row.size_bytes, max_bytes)
        return self._blobs.get(row.object_key)

    def sweep(self, now_ms: int) -> int:
        """Remove what has expired, and files older than an hour that no row names; returns how many rows."""
        over = locked_rows(select(_ROW.name).where(_ROW.expires_at_ms <= now_ms).limit(_BATCH))
        removed, more = 0, True
        while more:
            with transaction(self._engine) as connection:
                gone = delete(UPLOADS).where(_ROW.name.in_(over)).returning(_ROW.object_key)
                object_keys = list(connection.execute(gone).scalars())
            for object_key in object_keys:
                self._drop(object_key)
            removed += len(object_keys)
            more = len(object_keys) == _BATCH
        self._drop_orphans(now_ms / 1000 - _ORPHAN_S)
        return removed

    def _drop_orphans(self, before_s: float) -> None:
        groups = self._blobs.groups("uploads")
        old = [f"uploads/{group.name}/file" for group in groups if group.modified_s < before_s]
        for start in range(0, len(old), _BATCH):
            some = old[start : start + _BATCH]
            with transaction(self._engine) as connection:
                named = select(_ROW.object_key).where(_ROW.object_key.in_(some))
                kept = set(connection.execute(named).scalars())
            for object_key in some:
                if object_key not in kept:
                    self._drop(object_key)

    def _insert(self, name: UploadName, object_key: str, size_bytes: int, keep_ms: int) -> None:
        now_ms = self._clock_ms()
        row = {
            "name": name.name,
            "object_key": object_key,
            "account": name.account,
            "model": name.model,
            "size_bytes": size_bytes,
            "created_at_ms": now_ms,
            "expires_at_ms": now_ms + keep_ms,
        }
        mine = _ROW.account == name.account, _ROW.expires_at_ms > now_ms
        totals = select(func.count(), func.coalesce(func.sum(_ROW.size_bytes), 0)).where(*mine)
        with transaction(self._engine, alone=(f"uploads of {name.account}",)) as connection:
            new = insert_or_update(connection, UPLOADS).values(row).on_conflict_do_nothing()
            if connection.execute(new.returning(_ROW.name)).first() is None:
                raise UploadExists("there is an uploaded file of this name")
            files, size = connection.execute(totals).one()
            if files > self._quota.files or size > self._quota.bytes:
                raise UploadQuotaExceeded("the uploaded files of this account are more than the server keeps")

    def _drop(self, object_key: str) -> None:
        try:
            self._blobs.delete_group(object_key.removesuffix("/file"))
        except StorageFailed as error:  # the next sweep finds it without a row
            _log.warning("upload %s: %s", object_key, error.log)


class _Counted:
    """Pieces of a file, counted while they pass; raises `InputTooLarge` where they become too many."""

    def __init__(self, pieces: Iterable[bytes], max_bytes: int) -> None:
        self._pieces = pieces
        self._max_bytes = max_bytes
        self.size_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.size_bytes += len(piece)
            if self.size_bytes > self._max_bytes:
                raise _too_large(self.size_bytes, self._max_bytes)
            yield piece


def _too_large(size_bytes: int, max_bytes: int) -> InputTooLarge:
    return InputTooLarge(f"the file has {size_bytes} bytes, at most {max_bytes} are accepted")
