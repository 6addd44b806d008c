"""Whether a store of blobs does what it is there for."""

from typing import Final

from cleanplate.storage.base import BlobStore

_KEY: Final = "probe"
_SIZE: Final = 2**20


def probe(blobs: BlobStore) -> None:
    """Write a blob as large as a picture and take it away again. Raises `StorageFailed` where it is refused.

    A few bytes still find room where no picture does.
    """
    blobs.put(_KEY, bytes(_SIZE))
    blobs.delete(_KEY)
