"""A store that becomes another's under a running host is left alone, and so are its tasks."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.memory_store import MemoryStore

from cleanplate.database import open_database, set_identity, transaction
from cleanplate.errors import BlobMissing, StorageFailed, StoreForeign
from cleanplate.tasks.belonging import check_belonging
from cleanplate.tasks.owned_store import OwnedStore, StoreWatch


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(tmp_path / "a.db")


@pytest.fixture
def below(engine: Engine) -> MemoryStore:
    store = MemoryStore()
    check_belonging(engine, store)
    return store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(engine: Engine, below: MemoryStore, clock: Clock) -> StoreWatch:
    return StoreWatch(engine, below, clock_s=clock)


@pytest.fixture
def owned(below: MemoryStore, watch: StoreWatch) -> OwnedStore:
    return OwnedStore(below, watch)


def test_a_share_that_goes_away_and_comes_back(
    owned: OwnedStore,
    watch: StoreWatch,
    below: MemoryStore,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    number = below.get("database")
    below.delete("database")
    assert watch.belongs(), "it was looked at just now"
    clock.now_s += 10
    assert not watch.belongs()
    assert "look at CLEANPLATE_STORE" in caplog.text
    for used in (
        lambda: owned.put("inputs/a/image", b"x"),
        lambda: owned.create("inputs/a/image", b"x"),
        lambda: owned.get("inputs/a/image"),
        lambda: owned.open_range("inputs/a/image"),
        lambda: owned.exists("inputs/a/image"),
        lambda: owned.delete("inputs/a/image"),
        lambda: owned.delete_group("inputs/a"),
        lambda: owned.groups("inputs"),
        lambda: owned.blobs("inputs"),
    ):
        with pytest.raises(StoreForeign):
            used()
    below.put("database", number)
    clock.now_s += 2
    owned.put("inputs/a/image", b"x")
    assert watch.belongs()
    assert owned.get("inputs/a/image") == b"x"


def test_a_file_that_is_missing_is_a_reason_to_look(owned: OwnedStore, below: MemoryStore) -> None:
    with pytest.raises(BlobMissing):
        owned.get("inputs/a/image")
    below.delete("database")
    with pytest.raises(StoreForeign):
        owned.get("inputs/a/image")


def test_readiness_looks_each_time(watch: StoreWatch, engine: Engine) -> None:
    assert watch.trouble() == ""
    with transaction(engine) as connection:
        set_identity(connection, 7)  # as `--new-store` elsewhere does
    assert watch.trouble() == "is not that of the store"


def test_while_nothing_can_be_read_it_is_as_it_was(
    engine: Engine, watch: StoreWatch, below: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_key: str) -> bytes:
        raise StorageFailed("it refuses")

    monkeypatch.setattr(below, "get", refuse)
    assert watch.trouble() == ""
