"""docs/upgrade.md: a data folder of an older version, backed up, served by this one; and the way back."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
import requests
from tests.api.servers import KEY
from tests.api.vendors import NATIVE, Client
from tests.e2e.test_backup import _ended, serving
from tests.next_version import EXPANDING, NEXT, make_next_version
from tests.old_database import make_database

from cleanplate.database.schema import HEAD

WAITING: Final = 4
DATABASE: Final = "cleanplate.db"


def _cleanplate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cleanplate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _age(data: Path, revision: str) -> None:
    """Make of the data folder what that version would have left: its tables, and no number in the files."""
    new, old = data / DATABASE, data / "old.db"
    make_database(old, revision)
    with closing(sqlite3.connect(old)) as file:
        file.execute("ATTACH DATABASE ? AS new", (str(new),))
        for table in ("tasks", "api_keys"):
            columns = ", ".join(_shared_columns(file, table))
            file.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")  # noqa: S608 - names of tables
        file.commit()
    for name in (new, *data.glob(f"{DATABASE}-*"), *data.glob("old.db-*")):
        name.unlink(missing_ok=True)
    old.rename(new)
    (data / "objects" / "database").unlink()


def _shared_columns(file: sqlite3.Connection, table: str) -> list[str]:
    old, new = (
        {row[1] for row in file.execute(f"PRAGMA {schema}.table_info({table})")} for schema in ("main", "new")
    )
    return sorted(old & new)


def _revision(data: Path) -> str:
    with closing(sqlite3.connect(data / DATABASE)) as file:
        return str(file.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _result(client: Client, task_id: str) -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(client.polled(task_id).json()["results"][0]["url"], timeout=10).content


@pytest.fixture(params=["0001", "0005"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, list[str], bytes]]:
    """A data folder of that revision, its tasks (the first has ended), and the first one's picture."""
    data = tmp_path / "data"
    with serving(data) as base, Client(NATIVE, base, KEY) as client:
        first = client.submitted()
        assert _ended(client, first) == "succeeded"
        picture = _result(client, first)
        waiting = [client.submitted() for _ in range(WAITING)]
    _age(data, request.param)
    assert _revision(data) == request.param
    yield data, [first, *waiting], picture


def test_there_and_back(old: tuple[Path, list[str], bytes], tmp_path: Path) -> None:
    data, task_ids, picture = old
    copy, revision = tmp_path / "before", _revision(data)
    done = _cleanplate("backup", str(copy), "--data", str(data))
    assert (done.returncode, done.stderr) == (0, "")
    assert _revision(data) == revision, "a backup changes nothing"
    _all_is_there(data, task_ids, picture)
    assert _revision(data) == HEAD
    assert _revision(copy) == revision, "the older version can be served with it again"
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    _all_is_there(data, task_ids, picture)


def _all_is_there(data: Path, task_ids: list[str], picture: bytes) -> None:
    with serving(data) as base, Client(NATIVE, base, KEY) as client:
        assert [_ended(client, task_id) for task_id in task_ids] == ["succeeded"] * len(task_ids)
        assert _result(client, task_ids[0]) == picture
        assert all(_result(client, task_id).startswith(b"\x89PNG") for task_id in task_ids)


def test_an_older_version_says_that_it_is_older(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert _cleanplate("keys", "create", "--data", str(data)).returncode == 0
    with closing(sqlite3.connect(data / DATABASE)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.execute("UPDATE installation SET oldest_revision = '9998'")
        file.commit()
    told = _cleanplate("serve", "--port", "0", "--data", str(data))
    assert told.returncode == 2
    assert told.stderr == "cleanplate: the database was written by a newer version of cleanplate\n"
    assert _revision(data) == "9999"


def test_back_without_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version has only added to the schema: this one serves what that one has served."""
    data = tmp_path / "data"
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", make_next_version(tmp_path / "next", EXPANDING))
        with serving(data) as base, Client(NATIVE, base, KEY) as client:
            first = client.submitted()
            assert _ended(client, first) == "succeeded"
            picture = _result(client, first)
            waiting = [client.submitted() for _ in range(WAITING)]
    assert _revision(data) == NEXT
    _all_is_there(data, [first, *waiting], picture)
    with serving(data) as base, Client(NATIVE, base, KEY) as client:
        assert _ended(client, client.submitted()) == "succeeded"
    assert _revision(data) == NEXT
