"""A database file that is not what it was is not written to, whatever became of it."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select
from tests.logged import logged

from cleanplate.database import open_database, opened_file, transaction
from cleanplate.database.sqlite import trouble_now
from cleanplate.database.tables import API_KEYS
from cleanplate.errors import StorageFailed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


@pytest.fixture
def opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(opened_file, "_PAUSE_S", 0.001)
    engine = open_database(path)
    _write(engine, *range(200))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with transaction(engine):
        """It is looked at."""
    yield engine
    engine.dispose()


def _write(engine: Engine, *numbers: int) -> None:
    for number in numbers:
        row = {
            "id": f"k{number}",
            "name": "n" * 500,
            "sha256": f"{number}",
            "hint": "",
            "created_at_ms": number,
        }
        with transaction(engine) as connection:
            connection.execute(insert(API_KEYS), row)


def _remove(path: Path) -> None:
    path.unlink()


def _remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def _replace(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def _empty(path: Path) -> None:
    path.open("wb").close()


def _halve(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def _remove_log(path: Path) -> None:
    path.with_name("a.db-wal").unlink()


def _replace_log(path: Path) -> None:
    _remove_log(path)
    path.with_name("a.db-wal").touch()


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (_remove, "was removed"),
        (_remove_folder, "was removed"),
        (_replace, "was replaced"),
        (_empty, "was cut short"),
        (_halve, "was cut short"),
        (_remove_log, "was removed"),
        (_replace_log, "was replaced"),
    ],
)
def test_what_has_become_of_it(opened: Engine, path: Path, harm: Callable[[Path], None], word: str) -> None:
    harm(path)
    assert trouble_now(opened) == word
    with logged(StorageFailed, word):
        _write(opened, 1000)


def test_harm_within_a_transaction_is_told_at_its_end(opened: Engine, path: Path) -> None:
    with logged(StorageFailed, "was removed"), transaction(opened) as connection:
        connection.execute(delete(API_KEYS))
        path.unlink()


def test_a_file_that_comes_back_is_well(opened: Engine, path: Path) -> None:
    path.rename(path.with_name("parked"))
    assert trouble_now(opened) == "was removed"
    path.with_name("parked").rename(path)
    _write(opened, 1000)


def test_a_file_may_grow_and_be_packed(opened: Engine, path: Path) -> None:
    _write(opened, *range(1000, 1300))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        grown = path.stat().st_size
        _write(opened, 2000)
        other.execute("DELETE FROM api_keys WHERE id LIKE 'k1%'")
        other.execute("VACUUM")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < grown
    _write(opened, 3000)
    with transaction(opened) as connection:
        assert connection.execute(select(API_KEYS.c.id).where(API_KEYS.c.id == "k3000")).all()


def test_a_look_at_the_header_keeps_the_locks_of_sqlite(opened: Engine, path: Path) -> None:
    """Without them another process that comes and goes would take the log for left behind, and remove it."""
    file: opened_file.OpenedFile = opened.get_execution_options()["file"]
    _write(opened, 300)
    file._size += 1  # another thread has seen it grow
    assert file.trouble() == ""
    other = "import sqlite3, sys; file = sqlite3.connect(sys.argv[1])\n"
    other += "file.execute('SELECT 1 FROM api_keys'); file.close()"
    subprocess.run([sys.executable, "-c", other, str(path)], check=True)
    assert path.with_name("a.db-wal").exists()
    assert file.trouble() == ""
