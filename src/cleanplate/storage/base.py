"""What a store of blobs must do, whether it is a folder, memory or a bucket.

A blob is a sequence of bytes under a key such as `inputs/<task id>/mask`: segments of `[A-Za-z0-9._-]`, each
1 to 200 characters and none beginning with a dot, joined by "/". All blobs below a prefix of whole segments
(`inputs/<task id>`) are a group; groups are what sweeps look at and what is deleted together. A prefix is
never a key as well.

`tests/contract/test_blob_store.py` is the same in code: every implementation passes it.
"""

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
"""No segment may begin with a dot: that rules out "." and "..", and keeps temporary files unreachable."""


Pieces: TypeAlias = Generator[bytes, None, None]
"""Of a blob that is open until they end or are closed."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What is known of a blob without reading it.

    Attributes:
        modified_s: when it was put, Unix seconds.
    """

    size_bytes: int
    modified_s: float


@dataclass(frozen=True, slots=True)
class BlobGroup:
    """A group by the last segment of its prefix.

    Attributes:
        modified_s: when a blob of it was put last, Unix seconds; a deletion may count too.
    """

    name: str
    modified_s: float


class BlobStore(Protocol):
    """Bytes under keys. Safe for many threads and processes at once.

    A blob is whole or absent: nobody ever sees half of one, and whoever reads one that is replaced or deleted
    meanwhile gets either the old or the new bytes, not a mixture.

    Every method raises:
        ValueError: the key or prefix is not one (see the head of this module).
        StorageFailed: the store refuses or cannot be reached; `StorageFull` where no space is left.
    """

    def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
        """Keep the bytes, replacing at once what was under the key.

        Args:
            data: all of them, or pieces, which are never held all together. What the iterable raises is
                passed on.

        After any exception, what was under the key is as before and nothing else is left behind. A group that
        is deleted meanwhile may take the new blob with it; that may be a `StorageFailed` here.
        """
        ...

    def create(self, key: str, data: bytes) -> bool:
        """Keep the bytes unless there is a blob under the key; of several at the same time the first wins.

        False: there is one. Where a reply was lost it may be this very one: read what is there. In a store
        that knows no such condition the last one wins.
        """
        ...

    def get(self, key: str) -> bytes:
        """The whole blob. Raises `BlobMissing` when there is none."""
        ...

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Pieces:
        """The blob from byte `start` on, in pieces. Open when this returns, until they end or are closed.

        Args:
            start: from 0; at or behind the end there are no bytes.
            length: at most so many bytes; None for all to the end.

        Raises:
            BlobMissing: there is none.
            ValueError: a negative number.
        """
        ...

    def info(self, key: str) -> BlobInfo | None:
        """Size and age; None when there is no such blob."""
        ...

    def exists(self, key: str) -> bool:
        """Whether there is a blob. A group is none."""
        ...

    def delete(self, key: str) -> None:
        """Remove one blob; no error when there is none."""
        ...

    def delete_group(self, prefix: str) -> None:
        """Remove every blob below the prefix; no error when there is none.

        After a `StorageFailed` some may be left.
        """
        ...

    def groups(self, prefix: str) -> Iterator[BlobGroup]:
        """The groups one segment below the prefix, in any order; also those of puts that were broken off.

        What is put or deleted meanwhile may be among them or not.
        """
        ...

    def blobs(self, prefix: str) -> Iterator[tuple[str, BlobInfo]]:
        """Key, size and age of every blob below the prefix, in any order; they are never held all together.

        What is put or deleted meanwhile may be among them or not.
        """
        ...

    def url(self, key: str, expires_at_s: int) -> str | None:
        """Where anybody can get the blob from the store itself until then (Unix seconds).

        None: the store has no such addresses, and the server itself must hand it out.
        """
        ...


def check_key(key: str) -> None:
    """Raises `ValueError` for what is neither a key nor a prefix."""
    if not all(is_segment(segment) for segment in key.split("/")):
        raise ValueError(f"not a blob key: {key!r}")


def is_segment(name: str) -> bool:
    """Whether `name` can be one segment of a key."""
    return _SEGMENT.fullmatch(name) is not None


def check_range(start: int, length: int | None) -> None:
    """Raises `ValueError` for negative numbers."""
    if start < 0 or (length is not None and length < 0):
        raise ValueError(f"not a range of a blob: {length} bytes from {start}")
