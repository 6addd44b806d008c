"""The data directory is its owner's alone: it holds hashes of keys, the secret, and strangers' pictures."""

import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Final

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
_OTHERS: Final = 0o077


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for the owner alone.

    Raises:
        OSError: it cannot be made.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def close_to_others(folder: Path, names: Collection[str]) -> tuple[int, list[Path]]:
    """Take the folder, and what is ours of what lies in it directly, from everybody but its owner.

    What lies deeper is out of reach then. A folder that holds other things too is left as it is. Windows has
    no such modes.

    Args:
        names: of what is ours.

    Returns:
        How many were open and are closed now, and those that could not be.

    Raises:
        OSError: the folder cannot be read.
    """
    if os.name == "nt":
        return 0, []
    closed, left = 0, list[Path]()
    ours = {folder / name for name in names}
    shared = not ours.issuperset(folder.iterdir())
    for path in (folder, *sorted(ours)):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _OTHERS and path == folder and shared:
                left.append(path)
            elif mode & _OTHERS:
                path.chmod(mode & ~_OTHERS)
                closed += 1
        except FileNotFoundError:
            continue
        except OSError:
            left.append(path)
    return closed, left
