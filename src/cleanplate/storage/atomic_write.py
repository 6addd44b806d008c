"""Files that are whole or absent: written under a temporary name beside their place, then moved there."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import BinaryIO, Final

from cleanplate.errors import StorageFailed, StorageFull

_NO_SPACE: Final = (ENOSPC, EDQUOT)
_MODE: Final = 0o777
"""What of a file's mode its successor keeps."""
_TEMPORARY: Final = ".cleanplate-*.tmp"
_NEW_MODE: Final = 0o666
"""Of any new file; the process's umask takes from it."""


@contextmanager
def atomic_write(
    path: Path,
    *,
    durable: bool = False,
    keep_mode: bool = False,
    mode: int = _NEW_MODE,
    overwrite: bool = True,
) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` when the block ends without an exception.

    After an exception what was at `path` is as before, and the temporary file is gone. A process that is
    killed may leave a file `.cleanplate-*.tmp` behind (`remove_temporaries`).

    Args:
        path: in a folder that is there.
        durable: wait until the disk has it: it survives a power cut, not only a killed process.
        keep_mode: a file that is there hands its mode on.
        mode: of a new file, less the umask.
        overwrite: False: of several who write at the same time the first one wins.

    Raises:
        FileExistsError: it is there, and `overwrite` is False.
        OSError: it cannot be written.
    """
    temporary = path.with_name(_TEMPORARY.replace("*", secrets.token_hex(8)))  # short: names have 255 bytes
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode
        )
        with os.fdopen(descriptor, "wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if keep_mode:
            with suppress(FileNotFoundError):
                temporary.chmod(stat.S_IMODE(path.stat().st_mode) & _MODE)
        if overwrite:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)
        if durable:
            _sync_folder(path.parent)
    finally:  # also where the user interrupts; after the move there is nothing
        with suppress(OSError):
            temporary.unlink()


def remove_temporaries(folder: Path) -> None:
    """Remove what killed processes left below a folder that nobody writes to now; what cannot be stays."""
    with suppress(OSError):
        for path in folder.rglob(_TEMPORARY):
            path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file of the user's whole or not at all.

    A file that is there keeps its mode; a new one has that of any new file, as the process's umask has it.

    Raises:
        StorageFull: no space is left; what was there is as before.
        StorageFailed: it cannot be written for another reason; the same.
    """
    try:
        with atomic_write(path, keep_mode=True) as file:
            file.write(data)
    except OSError as error:
        failed = StorageFull if is_no_space(error) else StorageFailed
        raise failed(why_not_written(path, error)) from None


def is_no_space(error: OSError) -> bool:
    """Whether the disk, or what the user may have of it, is full."""
    return error.errno in _NO_SPACE


def why_not_written(path: Path, error: OSError) -> str:
    """One line about a file of the user's that could not be written."""
    if is_no_space(error):
        return f"cannot write {path}: no space left on the disk"
    if not path.parent.is_dir():
        return f"cannot write {path}: there is no folder {path.parent}"
    return f"cannot write {path}: {error.strerror}"


def _sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut, where the system knows how to."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
