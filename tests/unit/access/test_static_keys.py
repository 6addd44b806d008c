"""A key of the environment is who it was, wherever it stands; a new one is nobody's heir."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from tests.old_database import add_row, make_database
from tests.static_access import SECRET, static_access

from cleanplate.access import Caller, static_keys
from cleanplate.database import open_database, transaction
from cleanplate.database.tables import STATIC_KEYS
from cleanplate.storage.server_secret import ServerSecret


def numbered(engine: Engine, *secrets: str) -> list[str]:
    """The ids of the keys with these secrets at a start."""
    return [key.caller.key_id for key in static_keys(engine, secrets, SECRET.mac)]


def test_keys_keep_their_numbers(engine: Engine) -> None:
    assert numbered(engine, "a", "b", "c") == ["static-1", "static-2", "static-3"]
    assert numbered(engine, "c", "a", "b") == ["static-3", "static-1", "static-2"]
    assert numbered(engine, "b") == ["static-2"]
    assert numbered(engine) == []
    assert numbered(engine, "a", "b", "c") == ["static-1", "static-2", "static-3"]


def test_a_new_key_never_has_the_number_of_one_that_left(engine: Engine) -> None:
    assert numbered(engine, "a", "b") == ["static-1", "static-2"]
    assert numbered(engine, "new", "a") == ["static-3", "static-1"]
    assert numbered(engine, "newer", "new") == ["static-4", "static-3"]


def test_a_key_that_is_listed_twice_is_one(engine: Engine) -> None:
    assert numbered(engine, "a", "a", "b") == ["static-1", "static-1", "static-2"]


def test_keys_for_tests_are_counted_with_the_others(engine: Engine) -> None:
    assert numbered(engine, "a", "test-b") == ["static-1", "test-static-2"]
    access = static_access(engine, "test-b", "a")
    assert access.caller("a") == Caller("static-1", "static-1", "static-1")
    assert access.caller("test-b") == Caller("test-static-2", "test-static-2", "test-static-2")


def test_what_is_stored_needs_the_servers_secret_to_be_guessed(engine: Engine) -> None:
    numbered(engine, "short")
    with transaction(engine) as connection:
        (stored,) = connection.execute(select(STATIC_KEYS.c.mac)).scalars()
    digest = hashlib.sha256(b"short").hexdigest()
    assert stored not in (digest, hashlib.sha256(f"static key\n{digest}".encode()).hexdigest())
    others = static_keys(engine, ["short"], ServerSecret(b"another's secret" * 2).mac)
    assert [key.caller.key_id for key in others] == ["static-2"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of the version before, in which the keys at 1 and 3 of the list were used."""
    path = tmp_path / "old.db"
    make_database(path, "0005")
    for key_id in ("static-1", "test-static-3", "c9a64b9c-0000-4000-8000-000000000000", "xstatic-9"):
        add_row(path, "key_uses", key_id=key_id, first_at_ms=1, last_at_ms=1)
    return path


def test_the_first_start_after_an_upgrade_goes_by_the_place(path: Path) -> None:
    engine = open_database(path)
    assert numbered(engine, "a", "b", "test-c", "d") == ["static-1", "static-2", "test-static-3", "static-4"]
    assert numbered(engine, "d", "test-c", "e", "b", "a") == [
        "static-4",
        "test-static-3",
        "static-5",
        "static-2",
        "static-1",
    ]
    engine.dispose()


def test_later_starts_after_an_upgrade_do_not(path: Path) -> None:
    engine = open_database(path)
    assert numbered(engine) == [], "a start without keys settles nothing"
    assert numbered(engine, "a") == ["static-1"]
    assert numbered(engine, "a", "b", "c") == ["static-1", "static-4", "static-5"]
    engine.dispose()
