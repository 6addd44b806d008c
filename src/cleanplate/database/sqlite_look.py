"""What a SQLite file says of itself to who only reads it, whoever works on it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cleanplate.errors import SetupError


@dataclass(frozen=True, slots=True)
class FileState:
    """What one says.

    Attributes:
        number: which database it is; 0: nobody has said so yet.
        revision: of its schema; None: it has none.
    """

    number: int
    revision: str | None


def file_state(path: Path) -> FileState:
    """Read it; nothing is made. Raises `SetupError` where it cannot be read, or is none of SQLite's."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            number = int(file.execute("PRAGMA user_version").fetchone()[0])
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
            version = "alembic_version" in tables and file.execute("SELECT version_num FROM alembic_version")
            found = version.fetchone() if version else None
    except sqlite3.Error as error:
        raise SetupError(f"{path} cannot be read: {error}") from error
    return FileState(number, None if found is None else str(found[0]))
