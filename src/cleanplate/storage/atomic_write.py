"""A file of the user's: written whole or not at all."""

import secrets
import stat
from contextlib import suppress
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Final

from cleanplate.errors import StorageFailed, StorageFull

_FULL: Final = (ENOSPC, EDQUOT)
_MODE: Final = 0o777
"""What of a file's mode its successor keeps."""


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name beside `path`, then move it there.

    A file that is there keeps its mode; a new one has that of any new file, as the process's umask has it.

    Raises:
        StorageFull: no space is left; what was there is as before.
        StorageFailed: it cannot be written for another reason; the same.
    """
    temporary = path.with_name(f".cleanplate-{secrets.token_hex(8)}.tmp")  # short: names have 255 bytes
    try:
        with temporary.open("xb") as file:
            file.write(data)
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(path.stat().st_mode) & _MODE)
        temporary.replace(path)
    except OSError as error:
        failed = StorageFull if error.errno in _FULL else StorageFailed
        raise failed(_why_not_written(path, error)) from None
    finally:  # also where the user interrupts; after the move there is nothing
        with suppress(OSError):
            temporary.unlink()


def _why_not_written(path: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"cannot write {path}: no space left on the disk"
    if not path.parent.is_dir():
        return f"cannot write {path}: there is no folder {path.parent}"
    return f"cannot write {path}: {error.strerror}"
