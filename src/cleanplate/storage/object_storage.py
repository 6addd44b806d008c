"""Blobs as objects of a bucket: S3 and what speaks like it, Google's, Azure's."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final

from cleanplate.errors import StorageFailed
from cleanplate.storage.base import BlobGroup, BlobInfo, Pieces, check_key, check_range, is_segment
from cleanplate.storage.circuit_breaker import CircuitBreaker, CircuitOpen
from cleanplate.storage.media_types import blob_headers
from cleanplate.storage.object_errors import is_ill, is_missing, is_unsatisfiable, refused, unreadable
from cleanplate.storage.pieces_apart import PiecesApart

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult, ObjectMeta

    from cleanplate.storage.object_clients import ObjectClient

_PART_BYTES: Final = 5 * 2**20
"""What is sent in one request; S3 takes no smaller parts of a large blob."""
_PARTS_AT_ONCE: Final = 4
_PIECE_BYTES: Final = 256 * 2**10
"""About how much of a blob is in memory at once while it is read."""
_PAGE: Final = 1000
"""Objects that one request lists, or deletes."""
_LONGEST_LINK_S: Final = 7 * 24 * 3600
"""What S3 and Google sign at most."""

Failed = Callable[[Exception, str], StorageFailed]


class ObjectStorage:
    """A `BlobStore` in a bucket, which is there and whose listings are in the order of their keys.

    Every method may take some seconds where the store does not answer; `object_clients.connect` says how
    many. Broken off in the middle of a large blob, a process may leave parts of it behind that nobody sees:
    a rule of the bucket removes them (docs/object-storage.md).

    Args:
        client: of the bucket.
        links: the same by the address that clients reach; None: by that of `client`.
        clock_s: Unix seconds.
    """

    def __init__(
        self,
        client: "ObjectClient",
        *,
        links: "ObjectClient | None" = None,
        clock_s: Callable[[], float] = time.time,
    ) -> None:
        import obstore

        self._obstore = obstore
        self._errors = (obstore.exceptions.BaseError, OSError, ValueError, NotImplementedError, CircuitOpen)
        self._client = client
        self._links = links or client
        self._clock_s = clock_s
        self._breaker = CircuitBreaker(is_ill)

    def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
        """See `BlobStore`. A large one goes in parts, a few of them in memory at the same time."""
        check_key(key)
        if isinstance(data, bytes):
            self._put(key, data)
            return
        pieces = iter(data)
        first = _first_part(pieces)
        if len(first) < _PART_BYTES:
            self._put(key, first)
        else:
            self._put_parts(key, chain([first], pieces))

    def create(self, key: str, data: bytes) -> bool:
        """See `BlobStore`."""
        check_key(key)
        try:
            with self._breaker.watched():
                self._obstore.put(self._client, key, data, mode="create", attributes=blob_headers(key))
        except self._obstore.exceptions.AlreadyExistsError:
            return False
        except NotImplementedError:
            if self.exists(key):
                return False
            self._put(key, data)
        except self._errors as error:
            raise refused(error, key) from error
        return True

    def get(self, key: str) -> bytes:
        """See `BlobStore`."""
        check_key(key)
        with self._asking(key, unreadable):
            return self._obstore.get(self._client, key).bytes().to_bytes()

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Pieces:
        """See `BlobStore`."""
        check_range(start, length)
        if length == 0:
            self._found(key)
            return _none()
        check_key(key)
        with self._asking(key, unreadable):
            try:
                found = self._obstore.get(self._client, key, options=_range(start, length))
            except self._errors as error:
                if is_unsatisfiable(error) and self._found(key).size_bytes <= start:
                    return _none()
                raise
        return self._pieces(key, found)

    def info(self, key: str) -> BlobInfo | None:
        """See `BlobStore`."""
        check_key(key)
        with self._asking(key, unreadable):
            try:
                found = self._obstore.head(self._client, key)
            except FileNotFoundError as error:
                if is_missing(error):
                    return None
                raise
        return _info(found)

    def exists(self, key: str) -> bool:
        """See `BlobStore`."""
        return self.info(key) is not None

    def delete(self, key: str) -> None:
        """See `BlobStore`."""
        check_key(key)
        with self._asking(key, refused):
            self._delete([key])

    def delete_group(self, prefix: str) -> None:
        """See `BlobStore`."""
        check_key(prefix)
        with self._asking(prefix, refused):
            for page in self._obstore.list(self._client, prefix, chunk_size=_PAGE):
                self._delete([found["path"] for found in page])

    def groups(self, prefix: str) -> Iterator[BlobGroup]:
        """See `BlobStore`.

        All that lies below is listed, a thousand a request: asking for the groups alone would not say how old
        they are, and then each one would have to be asked.
        """
        check_key(prefix)
        return self._groups(prefix)

    def blobs(self, prefix: str) -> Iterator[tuple[str, BlobInfo]]:
        """See `BlobStore`. What somebody else put there, under names that are no keys, is left alone."""
        check_key(prefix)
        return ((path, info) for path, info in self._listed(prefix) if all(map(is_segment, path.split("/"))))

    def prefixes(self) -> list[str]:
        """The first segments of all keys that have several, those of others too. Raises `StorageFailed`."""
        with self._asking("the store", unreadable):
            found = self._obstore.list_with_delimiter(self._client)["common_prefixes"]
        return [path.rpartition("/")[2] for path in found]

    def url(self, key: str, expires_at_s: int) -> str | None:
        """See `BlobStore`. None: so far ahead, or in the past, nothing can be signed."""
        check_key(key)
        left_s = expires_at_s - int(self._clock_s())
        if not 0 < left_s <= _LONGEST_LINK_S:
            return None
        try:  # most clients ask nobody for it: that tells nothing of the store
            return self._obstore.sign(self._links, "GET", key, timedelta(seconds=left_s))
        except self._errors as error:
            raise unreadable(error, key) from error

    @contextmanager
    def _asking(self, key: str, failed: Failed) -> Iterator[None]:
        """Ask the store in this block; what it raises becomes an error of ours."""
        try:
            with self._breaker.watched():
                yield
        except self._errors as error:
            raise failed(error, key) from error

    def _put(self, key: str, data: bytes) -> None:
        with self._asking(key, refused):
            self._obstore.put(
                self._client,
                key,
                data,
                attributes=blob_headers(key),
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def _put_parts(self, key: str, pieces: Iterator[bytes]) -> None:
        """What the pieces raise makes obstore give up the parts that are there already."""
        with PiecesApart(pieces) as apart:
            try:
                with self._breaker.watched():
                    self._obstore.put(
                        self._client,
                        key,
                        apart,
                        attributes=blob_headers(key),
                        use_multipart=True,
                        chunk_size=_PART_BYTES,
                        max_concurrency=_PARTS_AT_ONCE,
                    )
            except self._errors as error:
                if error is apart.raised:
                    raise
                raise refused(error, key) from error

    def _found(self, key: str) -> BlobInfo:
        """Size and age of one that has to be there."""
        info = self.info(key)
        if info is None:
            raise unreadable(FileNotFoundError("it is not there"), key)
        return info

    def _pieces(self, key: str, found: "GetResult") -> Pieces:
        with self._asking(key, unreadable):
            yield from found.stream(min_chunk_size=_PIECE_BYTES)

    def _delete(self, keys: Sequence[str]) -> None:
        """Delete them at once; one by one where others do so too, which some stores take for an error."""
        try:
            self._obstore.delete(self._client, keys)
        except FileNotFoundError as error:
            if not is_missing(error):
                raise
            for key in keys if len(keys) > 1 else ():
                self._delete([key])

    def _groups(self, prefix: str) -> Iterator[BlobGroup]:
        """In the order of the keys those of a group stand together."""
        name, modified_s = "", 0.0
        for path, info in self._listed(prefix):
            here = path.removeprefix(f"{prefix}/").partition("/")[0]
            if here == name:
                modified_s = max(modified_s, info.modified_s)
                continue
            if is_segment(name):
                yield BlobGroup(name, modified_s)
            name, modified_s = here, info.modified_s
        if is_segment(name):
            yield BlobGroup(name, modified_s)

    def _listed(self, prefix: str) -> Iterator[tuple[str, BlobInfo]]:
        """What is below the prefix, whoever put it there."""
        with self._asking(prefix, unreadable):
            for page in self._obstore.list(self._client, prefix, chunk_size=_PAGE):
                for found in page:
                    yield found["path"], _info(found)


def _info(found: "ObjectMeta") -> BlobInfo:
    return BlobInfo(found["size"], found["last_modified"].timestamp())


def _none() -> Pieces:
    yield from ()


def _first_part(pieces: Iterator[bytes]) -> bytes:
    """As many as fill a part; all of them where they are less."""
    taken = bytearray()
    for piece in pieces:
        taken += piece
        if len(taken) >= _PART_BYTES:
            break
    return bytes(taken)


def _range(start: int, length: int | None) -> "GetOptions | None":
    if length is not None:
        return {"range": (start, start + length)}
    return {"range": {"offset": start}} if start else None
