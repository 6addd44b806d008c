"""A `BlobStore` in memory, for tests: it obeys the same contract suite as the real ones."""

import threading
import time
from collections.abc import Iterable, Iterator

from cleanplate.errors import BlobMissing, StorageFull
from cleanplate.storage.base import BlobGroup, BlobInfo, Pieces, check_key, check_range

_PIECE_BYTES = 1000


class MemoryStore:
    """Keeps blobs in a dictionary.

    Attributes:
        free_bytes: how many more bytes there is room for; None for any number.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[str, tuple[bytes, float]] = {}
        self.free_bytes: int | None = None

    def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
        check_key(key)
        whole = data if isinstance(data, bytes) else b"".join(data)
        with self._lock:
            if self.free_bytes is not None and len(whole) > self.free_bytes:
                raise StorageFull("no space left on the server", log=key)
            self._blobs[key] = whole, time.time()

    def create(self, key: str, data: bytes) -> bool:
        check_key(key)
        with self._lock:
            if key in self._blobs:
                return False
            self._blobs[key] = data, time.time()
            return True

    def get(self, key: str) -> bytes:
        check_key(key)
        try:
            return self._blobs[key][0]
        except KeyError:
            raise BlobMissing("a stored file could not be read", log=key) from None

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Pieces:
        check_range(start, length)
        whole = self.get(key)
        wanted = whole[start : len(whole) if length is None else start + length]
        return (wanted[at : at + _PIECE_BYTES] for at in range(0, len(wanted), _PIECE_BYTES))

    def info(self, key: str) -> BlobInfo | None:
        check_key(key)
        found = self._blobs.get(key)
        return None if found is None else BlobInfo(len(found[0]), found[1])

    def exists(self, key: str) -> bool:
        return self.info(key) is not None

    def delete(self, key: str) -> None:
        check_key(key)
        with self._lock:
            self._blobs.pop(key, None)

    def delete_group(self, prefix: str) -> None:
        check_key(prefix)
        with self._lock:
            for key in [key for key in self._blobs if key.startswith(f"{prefix}/")]:
                del self._blobs[key]

    def groups(self, prefix: str) -> Iterator[BlobGroup]:
        check_key(prefix)
        newest: dict[str, float] = {}
        with self._lock:
            for key, (_, modified_s) in self._blobs.items():
                if key.startswith(f"{prefix}/"):
                    name = key.removeprefix(f"{prefix}/").partition("/")[0]
                    newest[name] = max(modified_s, newest.get(name, 0.0))
        return (BlobGroup(*found) for found in newest.items())

    def blobs(self, prefix: str) -> Iterator[tuple[str, BlobInfo]]:
        check_key(prefix)
        with self._lock:
            found = list(self._blobs.items())
        return (
            (key, BlobInfo(len(data), modified_s))
            for key, (data, modified_s) in found
            if key.startswith(f"{prefix}/")
        )

    def url(self, key: str, expires_at_s: int) -> str | None:
        check_key(key)
        return None
