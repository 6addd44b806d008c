"""Copies blobs from store to store, several at a time; a copy that was broken off is gone on with."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from cleanplate.errors import SetupError
from cleanplate.relocation.sums import Checksum
from cleanplate.storage.base import BlobInfo, BlobStore
from cleanplate.tasks.belonging import KINDS

_AT_ONCE: Final = 8
_AHEAD: Final = 4 * _AT_ONCE
"""So many are handed out: a list of millions is never in memory."""

Tell = Callable[[int, int], None]
"""(bytes that are there, bytes in all)."""


@dataclass(slots=True)
class BlobTotals:
    """All blobs of a store: how many, their bytes, and a sum of their names and sizes."""

    size_bytes: int = 0
    names: Checksum = field(default_factory=Checksum)

    @property
    def count(self) -> int:
        return self.names.count


def copy_blobs(source: BlobStore, target: BlobStore, *, resumed: bool, tell: Tell) -> BlobTotals:
    """Copy every blob of a task or an upload; what the target has then.

    Args:
        source: nobody writes there meanwhile.
        resumed: an earlier copy was broken off: what is there of it, and is no older than its source, stays,
            and what the source has no more goes.

    Raises:
        SetupError: there is something else than was copied.
        StorageFailed: a store refused; what is copied so far stays.
    """
    wanted = _totals(source)
    if resumed:
        _remove_gone(source, target)
    here_bytes = 0
    tell(here_bytes, wanted.size_bytes)
    for size_bytes in _copied(source, target, resumed=resumed):
        here_bytes += size_bytes
        tell(here_bytes, wanted.size_bytes)
    found = _totals(target)
    if found != wanted:
        raise SetupError(
            f"{found.count} files with {found.size_bytes} bytes are there, of {wanted.count} with "
            f"{wanted.size_bytes}: somebody else writes to one of the two"
        )
    return found


def _blobs(store: BlobStore) -> Iterator[tuple[str, BlobInfo]]:
    for kind in KINDS:
        yield from store.blobs(kind)


def _totals(store: BlobStore) -> BlobTotals:
    totals = BlobTotals()
    for key, info in _blobs(store):
        totals.size_bytes += info.size_bytes
        totals.names.add(f"{key} {info.size_bytes}".encode())
    return totals


def _copied(source: BlobStore, target: BlobStore, *, resumed: bool) -> Iterator[int]:
    """Copies them; yields the size of each that is there."""

    def copy(key: str, info: BlobInfo) -> int:
        if not (resumed and _is_there(target, key, info)):
            with closing(source.open_range(key)) as pieces:
                target.put(key, pieces)
        return info.size_bytes

    yield from _side_by_side(copy, _blobs(source))


def _is_there(target: BlobStore, key: str, info: BlobInfo) -> bool:
    found = target.info(key)
    return found is not None and found.size_bytes == info.size_bytes and found.modified_s >= info.modified_s


def _remove_gone(source: BlobStore, target: BlobStore) -> None:
    """The installation went on working before this second try, and some of its tasks have expired."""

    def look(key: str, _info: BlobInfo) -> int:
        if not source.exists(key):
            target.delete(key)
        return 0

    for _ in _side_by_side(look, _blobs(target)):
        pass


def _side_by_side(
    work: Callable[[str, BlobInfo], int], blobs: Iterator[tuple[str, BlobInfo]]
) -> Iterator[int]:
    """Does it with each, several at a time; after an error nothing more is begun."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        begun: set[Future[int]] = set()
        try:
            for blob in blobs:
                begun.add(pool.submit(work, *blob))
                if len(begun) >= _AHEAD:
                    ended, begun = wait(begun, return_when=FIRST_COMPLETED)
                    yield from (one.result() for one in ended)
            yield from (one.result() for one in begun)
        finally:
            for one in begun:
                one.cancel()
