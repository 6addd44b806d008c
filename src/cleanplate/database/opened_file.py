"""Whether the database under its name is still the one that was opened.

An open file that is deleted or replaced goes on for those who have it open, and all that they write is lost
with them. SQLite does not look; whoever writes here looks before and after.
"""

import os
import threading
import time
from pathlib import Path
from typing import Final

_LOG: Final = "-wal"
_HEADER_BYTES: Final = 100
_PAGE_SIZE: Final = slice(16, 18)
_PAGE_COUNT: Final = slice(28, 32)
"""Where the header of a file says how large it is (SQLite's "Database File Format", 1.3)."""
_LARGEST_PAGE: Final = 65536
"""Its header says 1."""
_LOOKS: Final = 10
_PAUSE_S: Final = 0.05
"""A checkpoint writes the header before the pages behind it, and takes milliseconds."""


class OpenedFile:
    """One database file, and its log of writes beside it. Thread-safe.

    Args:
        path: the file. It need not be there before `remember`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(path.name + _LOG)
        self._identities: dict[Path, tuple[int, int]] = {}
        self._size = 0
        self._looking = threading.Lock()
        self._cut_at_s = float("-inf")
        self._descriptor: int | None = None

    def remember(self) -> None:
        """What is there now, with at least one connection open, is what has to stay."""
        self._size = self._path.stat().st_size
        self._identities = {path: _identity(path.stat()) for path in (self._path, self._log) if path.exists()}

    def trouble(self) -> str:
        """What has become of it: "was removed", "was replaced", "was cut short"; "" when it is as it was."""
        if not self._identities:
            return "" if self._path.exists() else "was removed"
        try:
            for path, identity in self._identities.items():
                found = path.stat()
                if _identity(found) != identity:
                    return "was replaced"
                if path == self._path and self._is_cut_short(found.st_size):
                    return "was cut short"
        except OSError:
            return "was removed"
        return ""

    def _is_cut_short(self, size: int) -> bool:
        """A file that shrinks was cut, or packed (VACUUM): then its header says the new size."""
        if size >= self._size:
            self._size = size
            return False
        with self._looking:
            if time.monotonic() - self._cut_at_s < _LOOKS * _PAUSE_S:
                return True  # another thread has just looked: who waits for it need not look as long again
            for _ in range(_LOOKS):
                size = self._path.stat().st_size
                if size >= self._size or size >= _size_of_header(self._header()):
                    self._size = size
                    return False
                time.sleep(_PAUSE_S)
            self._cut_at_s = time.monotonic()
        return True

    def _header(self) -> bytes:
        """Read through a descriptor that is never closed.

        POSIX drops all locks that a process has on a file as soon as it closes one of its descriptors:
        SQLite's would be gone, and another process could take the log for left behind, and remove it.
        (SQLite, "How To Corrupt An SQLite Database File", 2.2.)
        """
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDONLY)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, _HEADER_BYTES)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _size_of_header(header: bytes) -> float:
    if len(header) < _HEADER_BYTES:
        return float("inf")
    page_bytes = int.from_bytes(header[_PAGE_SIZE], "big")
    return int.from_bytes(header[_PAGE_COUNT], "big") * (_LARGEST_PAGE if page_bytes == 1 else page_bytes)
