"""Blobs as files below one folder."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from cleanplate.errors import BlobMissing, StorageFailed, StorageFull
from cleanplate.private_files import FILE_MODE, make_folder
from cleanplate.storage.atomic_write import atomic_write, is_no_space
from cleanplate.storage.base import BlobGroup, BlobInfo, Pieces, check_key, check_range, is_segment

_CHUNK_BYTES: Final = 256 * 2**10
"""How much of a file is in memory at once while a range of it is read."""
_NOT_THERE: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
"""What the system says of a path that is no file."""


class FolderStore:
    """A `BlobStore` in which the key is the path below `root`.

    Args:
        root: folder that holds everything; made when the first blob comes. Parts of it may be links to
            folders on other disks: nothing is ever moved between folders.
        durable: wait until the disk has each blob (survives a power cut, not only a killed process).
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._root = root
        self._durable = durable

    def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
        """See `BlobStore`."""
        target = self._locate(key)
        pieces = (data,) if isinstance(data, bytes) else data
        try:
            make_folder(target.parent)
            with atomic_write(target, durable=self._durable, mode=FILE_MODE) as file:
                file.writelines(pieces)
        except OSError as error:
            raise _storage_failed(error, key) from error

    def create(self, key: str, data: bytes) -> bool:
        """See `BlobStore`."""
        target = self._locate(key)
        try:
            make_folder(target.parent)
            with atomic_write(target, durable=self._durable, mode=FILE_MODE, overwrite=False) as file:
                file.write(data)
        except FileExistsError:
            return False
        except OSError as error:
            raise _storage_failed(error, key) from error
        return True

    def get(self, key: str) -> bytes:
        """See `BlobStore`."""
        try:
            return self._locate(key).read_bytes()
        except OSError as error:
            raise _unreadable(error, key) from error

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Pieces:
        """See `BlobStore`."""
        check_range(start, length)
        try:
            file = FileIO(self._locate(key))
        except OSError as error:
            raise _unreadable(error, key) from error
        pieces = _pieces(file, key, start, length)
        next(pieces)
        return pieces

    def info(self, key: str) -> BlobInfo | None:
        """See `BlobStore`."""
        try:
            found = self._locate(key).stat()
        except _NOT_THERE:
            return None
        except OSError as error:
            raise _unreadable(error, key) from error
        return BlobInfo(found.st_size, found.st_mtime) if stat.S_ISREG(found.st_mode) else None

    def exists(self, key: str) -> bool:
        """See `BlobStore`."""
        return self.info(key) is not None

    def delete(self, key: str) -> None:
        """See `BlobStore`."""
        try:
            self._locate(key).unlink()
        except _NOT_THERE:
            return
        except OSError as error:
            raise _storage_failed(error, key) from error

    def delete_group(self, prefix: str) -> None:
        """See `BlobStore`."""
        try:
            shutil.rmtree(self._locate(prefix))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _storage_failed(error, prefix) from error

    def groups(self, prefix: str) -> Iterator[BlobGroup]:
        """See `BlobStore`. What somebody else put there, under names that are in no key, is left alone."""
        try:
            entries = list(os.scandir(self._locate(prefix)))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(error, prefix) from error
        for entry in entries:
            if is_segment(entry.name) and (modified_s := _modified_s(entry)) is not None:
                yield BlobGroup(entry.name, modified_s)

    def blobs(self, prefix: str) -> Iterator[tuple[str, BlobInfo]]:
        """See `BlobStore`."""
        return _below(self._locate(prefix), prefix)

    def url(self, key: str, expires_at_s: int) -> str | None:
        """None: files have no address."""
        self._locate(key)
        return None

    def _locate(self, key: str) -> Path:
        check_key(key)
        return self._root.joinpath(*key.split("/"))


def _pieces(file: FileIO, key: str, start: int, length: int | None) -> Pieces:
    """First an empty one: only a generator that has begun closes its file when it is closed."""
    with file:
        yield b""
        try:
            file.seek(start)
            while length is None or length > 0:
                piece = file.read(_CHUNK_BYTES if length is None else min(length, _CHUNK_BYTES))
                if not piece:
                    return
                yield piece
                length = None if length is None else length - len(piece)
        except OSError as error:
            raise _unreadable(error, key) from error


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, BlobInfo]]:
    """Whole files: the names of those that are being written begin with a dot."""
    try:
        entries = list(os.scandir(folder))
    except _NOT_THERE:
        return
    except OSError as error:
        raise _unreadable(error, prefix) from error
    for entry in entries:
        if not is_segment(entry.name):
            continue
        key = f"{prefix}/{entry.name}"
        try:
            found = entry.stat()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _unreadable(error, key) from error
        if stat.S_ISDIR(found.st_mode):
            yield from _below(folder / entry.name, key)
        elif stat.S_ISREG(found.st_mode):
            yield key, BlobInfo(found.st_size, found.st_mtime)


def _modified_s(entry: os.DirEntry[str]) -> float | None:
    """When a file or folder was changed last, with all folders below; None when it is gone.

    A file's name comes into its folder when it is complete, and changes the folder: files need not be asked.
    """
    try:
        newest_s = entry.stat().st_mtime
        if entry.is_dir(follow_symlinks=False):
            below = [_modified_s(child) for child in os.scandir(entry) if child.is_dir(follow_symlinks=False)]
            newest_s = max([newest_s, *(found for found in below if found is not None)])
    except FileNotFoundError:
        return None
    return newest_s


def _storage_failed(error: OSError, key: str) -> StorageFailed:
    log = f"{key}: {error}"
    if is_no_space(error):
        return StorageFull("no space left on the server", log=log)
    return StorageFailed("storage refused the file", log=log)


def _unreadable(error: OSError, key: str) -> StorageFailed:
    failed = BlobMissing if isinstance(error, _NOT_THERE) else StorageFailed
    return failed("a stored file could not be read", log=f"{key}: {error}")
