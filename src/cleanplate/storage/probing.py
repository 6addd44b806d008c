"""Whether a store of blobs does what it is there for."""

from typing import Final

from cleanplate.storage.base import BlobStore

_KEY: Final = "probe"


def probe(blobs: BlobStore) -> None:
    """Write a blob and take it away again. Raises `StorageFailed` where that is refused."""
    blobs.put(_KEY, b"well")
    blobs.delete(_KEY)
