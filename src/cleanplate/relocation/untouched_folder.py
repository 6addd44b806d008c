"""A data folder that was made for a move which was refused goes again: it would look like a new one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cleanplate.app.data_directory import FILES_OF_DATABASE, LOCK
from cleanplate.database.sqlite_look import file_state
from cleanplate.errors import SetupError


@contextmanager
def removed_if_untouched(data: Path, database: Path) -> Iterator[None]:
    """After the block what it made of the folder is removed, unless a move has begun there.

    Args:
        database: the file in it, which has a number from the beginning of a move on.
    """
    made = [folder for folder in (data, *data.parents) if not folder.exists()]
    was_there = database.exists()
    try:
        yield
    finally:
        if not was_there and not _is_begun(database):
            for name in (*FILES_OF_DATABASE, LOCK):
                (data / name).unlink(missing_ok=True)
            with suppress(OSError):  # somebody else has put something there meanwhile
                for folder in made:
                    folder.rmdir()


def _is_begun(database: Path) -> bool:
    if not database.exists():
        return False
    try:
        return file_state(database).number != 0
    except SetupError:
        return True
