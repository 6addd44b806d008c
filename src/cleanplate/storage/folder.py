"""Objects as files below one folder: whole or absent, never half."""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cleanplate.errors import StorageFailed

# No segment may begin with a dot: that rules out "." and "..", and keeps temporary files unreachable.
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class FileStore:
    """Stores bytes under keys such as `inputs/<task id>/mask`. Safe for many threads.

    Args:
        root: folder that holds everything; made when the first object comes.
        durable: wait until the disk has each object (survives a power cut, not only a killed process).

    A key with anything but `[A-Za-z0-9._-]` segments is a `ValueError`, never a path outside `root`.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._root = root
        self._durable = durable

    def put(self, key: str, data: bytes) -> None:
        """Write the object, replacing one of the same key at once.

        Raises:
            StorageFailed: the disk is full or refuses; nothing is left behind.
        """
        target = self._locate(key)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._write(temporary, data)
            temporary.replace(target)
            if self._durable:
                _sync_folder(target.parent)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise _storage_failed(error, key) from error

    def get(self, key: str) -> bytes:
        """Read the whole object. Raises `StorageFailed` when it is missing or unreadable."""
        try:
            return self._locate(key).read_bytes()
        except OSError as error:
            raise StorageFailed("a stored file could not be read", log=f"{key}: {error}") from error

    def exists(self, key: str) -> bool:
        return self._locate(key).is_file()

    def path(self, key: str) -> Path | None:
        """Where the object lies, for serving it as a file; None when there is none."""
        target = self._locate(key)
        return target if target.is_file() else None

    def delete(self, key: str) -> None:
        """Remove one object; no error when it is absent. Raises `StorageFailed`."""
        try:
            self._locate(key).unlink(missing_ok=True)
        except OSError as error:
            raise _storage_failed(error, key) from error

    def delete_group(self, prefix: str) -> None:
        """Remove everything below a prefix such as `inputs/<task id>`; no error when it is absent.

        Raises:
            StorageFailed: something is left.
        """
        folder = self._locate(prefix)
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _storage_failed(error, prefix) from error

    def groups(self, kind: str) -> Iterator[tuple[str, float]]:
        """Every group of one kind ("inputs", "results"): (task id, last change in Unix seconds)."""
        try:
            entries = list(os.scandir(self._locate(kind)))
        except FileNotFoundError:
            return
        for entry in entries:
            try:
                yield entry.name, entry.stat().st_mtime
            except FileNotFoundError:
                continue

    def _locate(self, key: str) -> Path:
        segments = key.split("/")
        if not all(_SEGMENT.fullmatch(segment) for segment in segments):
            raise ValueError(f"not an object key: {key!r}")
        return self._root.joinpath(*segments)

    def _write(self, path: Path, data: bytes) -> None:
        with path.open("xb") as file:
            file.write(data)
            if self._durable:
                file.flush()
                os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut, where the system knows how to."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _storage_failed(error: OSError, key: str) -> StorageFailed:
    public = "no space left on the server" if error.errno in _NO_SPACE else "storage refused the file"
    return StorageFailed(public, log=f"{key}: {error}")
