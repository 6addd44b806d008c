"""Several blobs at the same time."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from cleanplate.storage.base import BlobStore


def put_all(store: BlobStore, blobs: Mapping[str, bytes]) -> None:
    """Keep them all: each waits for its disk or its network, and not for the others.

    Raises:
        StorageFailed: one of them cannot be kept; others may have been.
    """
    if not blobs:
        return
    first, *others = blobs.items()
    with ThreadPoolExecutor(len(blobs)) as pool:
        kept = [pool.submit(store.put, key, data) for key, data in others]
        store.put(*first)
    for one in kept:
        one.result()
