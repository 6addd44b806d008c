"""Whether a store lies within another installation's, or holds one: each wants a place of its own."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cleanplate.errors import SetupError, StorageFailed
from cleanplate.storage.base import BlobStore
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.object_clients import connect
from cleanplate.storage.object_storage import ObjectStorage

NUMBER: Final = "database"
"""The key of the blob that says which database the files belong to."""
_SETTING: Final = "CLEANPLATE_STORE"
_LONGEST_NUMBER: Final = 10
_MOST_WITHIN: Final = 200
"""So many places below are looked at: the first ones of a bucket that holds much else."""
_DEPTH: Final = 2
"""Of folders."""


def check_apart(store: str, *, timeout_s: float) -> None:
    """Look for installations round a store and within it, before it is used first.

    A place that may not be read is none of another installation that this one could harm.

    Args:
        store: as the setting `store` has it, and not empty.
        timeout_s: what object storage may take for one request.

    Raises:
        SetupError: there is one.
        StorageFailed: what lies in the store cannot be listed.
    """
    outside, within = (
        (_buckets_round(store, timeout_s), _buckets_within(store, timeout_s))
        if "://" in store
        else (_folders_round(Path(store)), _folders_within(Path(store), _DEPTH))
    )
    for name, blobs in outside:
        if _is_used(blobs):
            raise SetupError(f"{_SETTING}: {store} lies within {name}, the store of another installation")
    for name, blobs in islice(within, _MOST_WITHIN):
        if _is_used(blobs):
            raise SetupError(f"{_SETTING}: in {store} lies {name}, the store of another installation")


def _is_used(blobs: BlobStore) -> bool:
    """Whether an installation has numbered it; any other file may have that name too."""
    try:
        said = b"".join(blobs.open_range(NUMBER, 0, _LONGEST_NUMBER + 1))
    except StorageFailed:
        return False
    return said.isdigit() and len(said) <= _LONGEST_NUMBER


def _folders_round(folder: Path) -> Iterator[tuple[str, BlobStore]]:
    for parent in folder.resolve().parents:
        yield str(parent), FolderStore(parent)


def _folders_within(folder: Path, depth: int) -> Iterator[tuple[str, BlobStore]]:
    try:
        with os.scandir(folder) as entries:
            below = [Path(entry.path) for entry in islice(entries, _MOST_WITHIN) if entry.is_dir()]
    except OSError:
        return
    for path in below:
        yield str(path), FolderStore(path)
    if depth > 1:
        for path in below:
            yield from _folders_within(path, depth - 1)


def _buckets_round(address: str, timeout_s: float) -> Iterator[tuple[str, BlobStore]]:
    parts = urlsplit(address)
    segments = parts.path.strip("/").split("/")
    for kept in range(len(segments) - 1, -1, -1):
        outer = "/".join((f"{parts.scheme}://{parts.netloc}", *segments[:kept]))
        if outer != address.rstrip("/"):
            yield outer, ObjectStorage(connect(outer, timeout_s=timeout_s))


def _buckets_within(address: str, timeout_s: float) -> Iterator[tuple[str, BlobStore]]:
    """One level: deeper ones find this one when they are started."""
    outer = address.rstrip("/")
    for name in ObjectStorage(connect(outer, timeout_s=timeout_s)).prefixes():
        yield f"{outer}/{name}", ObjectStorage(connect(f"{outer}/{name}", timeout_s=timeout_s))
