"""`cleanplate migrate` at a terminal: what it asks for, what it says, and how it ends."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.postgres import PostgresServer
from tests.unit.cli.conftest import Run

NOBODY = "postgresql://postgres@127.0.0.1:1/nobody"


@pytest.fixture
def data(run: Run, tmp_path: Path) -> Path:
    """A folder with a key."""
    (tmp_path / "store").mkdir()
    run("keys", "create", "--data", tmp_path / "data")
    return tmp_path / "data"


def test_one_direction_is_needed(run: Run, data: Path) -> None:
    for words in ((), ("--to", NOBODY, "--from", NOBODY)):
        done = run("migrate", *words, "--data", data)
        assert (done.code, done.err) == (2, "cleanplate: one of --to and --from is needed\n")


def test_a_store_is_needed(run: Run, data: Path) -> None:
    done = run("migrate", "--to", NOBODY, "--data", data)
    assert done.code == 2
    assert done.err.startswith("cleanplate: there is no --store, nor CLEANPLATE_STORE")


@pytest.mark.parametrize(("way", "url"), [("--to", NOBODY), ("--from", NOBODY), ("--to", "mysql://x/y")])
def test_the_option_is_named_and_not_the_setting(run: Run, data: Path, way: str, url: str) -> None:
    folder = data if way == "--to" else data.with_name("new")
    done = run("migrate", way, url, "--store", data.with_name("store"), "--data", folder)
    assert done.code == 2
    assert done.err.startswith(f"cleanplate: {way}: ")
    assert len(done.err.splitlines()) == 1


def test_a_folder_that_is_not_there_is_not_made(run: Run, data: Path) -> None:
    done = run(
        "migrate", "--to", NOBODY, "--store", data.with_name("store"), "--data", data.with_name("typo")
    )
    assert done.code == 2
    assert "there is no database in" in done.err
    assert not data.with_name("typo").exists()


def test_what_is_done_and_what_is_next(run: Run, data: Path, postgres: PostgresServer) -> None:
    (data / "secret").unlink(missing_ok=True)
    words = ("--store", data.with_name("store"), "--data")
    url = postgres.new_database()
    done = run("migrate", "--to", url, *words, data)
    assert done.code == 0
    first, second = done.out.splitlines()
    assert first == "moved and read again: 0 tasks, 1 keys, 2 rows in all; 0 files with 0 bytes"
    assert second.endswith(f"never a server on {data} again")
    assert "there was no secret" in done.err
    back = run("migrate", "--from", url, *words, data.with_name("back"))
    assert back.code == 0
    assert f"next: `cleanplate serve --data {data.with_name('back')}`" in back.out


def test_a_store_beside_the_folder_that_stays(run: Run, data: Path, postgres: PostgresServer) -> None:
    store = data.with_name("store")
    words = ("--store", store, "--data-store", store, "--data", data)
    done = run("migrate", "--to", postgres.new_database(), *words)
    assert done.code == 0
    assert "the files stay where they are" in done.out


def test_a_number_that_the_other_database_does_not_take(
    run: Run, data: Path, postgres: PostgresServer
) -> None:
    with closing(sqlite3.connect(data / "cleanplate.db")) as file:
        file.execute("UPDATE api_keys SET images = 1099511627776")
        file.commit()
    done = run("migrate", "--to", postgres.new_database(), "--store", data.with_name("store"), "--data", data)
    assert done.code == 2
    assert done.err.startswith("cleanplate: a row has what cannot be stored there: database: ")
    assert "out of range" in done.err
