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
    for words, told in (
        ((), "one of --to and --from is needed"),
        (("--to", NOBODY, "--from", NOBODY), "--to and --from together: give one, --data is the other place"),
    ):
        done = run("migrate", *words, "--data", data)
        assert (done.code, done.err) == (2, f"cleanplate: {told}\n")


def test_a_store_is_needed(run: Run, data: Path) -> None:
    done = run("migrate", "--to", NOBODY, "--data", data)
    assert done.code == 2
    assert done.err.startswith("cleanplate: there is no --store, nor CLEANPLATE_STORE")


@pytest.mark.parametrize(("way", "url"), [("--to", NOBODY), ("--from", NOBODY), ("--to", "mysql://x/y")])
def test_the_option_is_named_and_not_the_setting(run: Run, data: Path, way: str, url: str) -> None:
    folder = data if way == "--to" else data.with_name("new")
    done = run("migrate", way, url, "--store", data.with_name("store"), "--data", folder)
    assert done.code == (75 if url == NOBODY else 2), "one may be there in a moment"
    assert done.err.startswith(f"cleanplate: {way}: ")
    assert len(done.err.splitlines()) == 1


def test_a_folder_that_is_not_there_is_not_made(run: Run, data: Path) -> None:
    done = run(
        "migrate", "--to", NOBODY, "--store", data.with_name("store"), "--data", data.with_name("typo")
    )
    assert done.code == 2
    assert "there is no database in" in done.err
    assert not data.with_name("typo").exists()


def test_a_move_that_is_refused_leaves_no_folder(run: Run, data: Path, postgres: PostgresServer) -> None:
    store, url = data.with_name("store"), postgres.new_database()
    assert run("migrate", "--to", url, "--store", store, "--data", data).code == 0
    empty = data.with_name("empty")
    empty.mkdir()
    new = data.with_name("new") / "deep"
    words = ("migrate", "--from", url, "--data", new)
    for refused in (
        (*words, "--store", empty),  # a store that is not the database's
        (*words, "--store", store, "--data-store", data.with_name("none")),
        (*words, "--store", store, "--data-store", store / "inner"),
    ):
        done = run(*refused)
        assert done.code in (2, 75), done.err
        assert not new.parent.exists(), done.err
    assert list(empty.iterdir()) == []
    new.mkdir(parents=True)
    assert run(*words, "--store", empty).code == 2
    assert list(new.iterdir()) == [], "what was there stays, and is as it was"
    assert run(*words, "--store", store).code == 0


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
