"""Files and database find each other again, and files of another database are never taken over silently."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.memory_store import MemoryStore
from tests.new_tasks import new_task

from cleanplate.access import Access
from cleanplate.database import open_database
from cleanplate.errors import SetupError, StorageFailed, StoreUnknown
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.belonging import StorePlace, check_belonging
from cleanplate.tasks.store import TaskStore

SHARED = StorePlace(named=True, shared=True)


@pytest.fixture
def objects() -> BlobStore:
    return MemoryStore()


def _opened(tmp_path: Path, name: str = "a.db") -> Engine:
    return open_database(tmp_path / name)


def test_a_first_start_and_a_second_one(tmp_path: Path, objects: BlobStore) -> None:
    for _ in range(2):
        check_belonging(_opened(tmp_path), objects)
    objects.put("inputs/a/image", b"of a submit that was broken off")
    check_belonging(_opened(tmp_path), objects)


def test_a_new_database_beside_files_is_refused(tmp_path: Path, objects: BlobStore) -> None:
    check_belonging(_opened(tmp_path), objects)
    with pytest.raises(SetupError, match="--new-database"):
        check_belonging(_opened(tmp_path, "new.db"), objects)
    check_belonging(_opened(tmp_path, "new.db"), objects, new_database=True)
    check_belonging(_opened(tmp_path, "new.db"), objects)
    with pytest.raises(SetupError):
        check_belonging(_opened(tmp_path), objects)


def test_a_copy_of_the_database_is_the_same(tmp_path: Path, objects: BlobStore) -> None:
    engine = _opened(tmp_path)
    check_belonging(engine, objects)
    engine.dispose()
    shutil.copy(tmp_path / "a.db", tmp_path / "copy.db")
    check_belonging(_opened(tmp_path, "copy.db"), objects)


@pytest.mark.parametrize("kind", ["inputs", "results", "uploads"])
def test_an_empty_database_beside_files_of_an_earlier_version(
    tmp_path: Path, objects: BlobStore, kind: str
) -> None:
    objects.put(f"{kind}/a/file", b"x")
    with pytest.raises(SetupError, match="--new-database"):
        check_belonging(_opened(tmp_path), objects)


def test_an_upgrade_keeps_what_is_there(tmp_path: Path, objects: BlobStore) -> None:
    objects.put("inputs/a/image", b"x")
    TaskStore(_opened(tmp_path)).insert(new_task(1))
    check_belonging(_opened(tmp_path), objects)


def test_keys_alone_make_a_database_too(tmp_path: Path, objects: BlobStore) -> None:
    Access(_opened(tmp_path), []).create("first")
    check_belonging(_opened(tmp_path), objects)


def test_a_number_that_is_none(tmp_path: Path, objects: BlobStore) -> None:
    objects.put("database", b"\xff no number")
    with pytest.raises(SetupError):
        check_belonging(_opened(tmp_path), objects)


def test_files_of_several_machines_are_never_taken_over(tmp_path: Path, objects: BlobStore) -> None:
    """They may be another installation's, which is at work: it is asked which of the two names is wrong."""
    check_belonging(_opened(tmp_path, "theirs.db"), objects)
    objects.put("inputs/a/image", b"x")
    with pytest.raises(SetupError, match="CLEANPLATE_STORE"):
        check_belonging(_opened(tmp_path, "mine.db"), objects, SHARED, new_database=True)
    check_belonging(_opened(tmp_path, "theirs.db"), objects, SHARED)


@pytest.mark.parametrize("place", [StorePlace(named=True), SHARED])
def test_a_store_that_nobody_has_used_is_not_that_of_a_database_with_another(
    tmp_path: Path, objects: BlobStore, place: StorePlace
) -> None:
    check_belonging(_opened(tmp_path), objects, place)
    mistyped = MemoryStore()
    for _ in range(2):
        with pytest.raises(StoreUnknown, match=r"look at CLEANPLATE_STORE.*CLEANPLATE_DATABASE_URL"):
            check_belonging(_opened(tmp_path), mistyped, place)
    assert not mistyped.exists("database"), "nothing is taken"
    check_belonging(_opened(tmp_path), objects, place)


def test_the_folder_in_the_data_directory_may_be_emptied(tmp_path: Path, objects: BlobStore) -> None:
    check_belonging(_opened(tmp_path), objects)
    check_belonging(_opened(tmp_path), MemoryStore())


def test_a_new_store_takes_the_place_of_the_old_one(tmp_path: Path, objects: BlobStore) -> None:
    check_belonging(_opened(tmp_path), objects, SHARED)
    new = MemoryStore()
    check_belonging(_opened(tmp_path), new, SHARED, new_store=True)
    check_belonging(_opened(tmp_path), new, SHARED)
    with pytest.raises(SetupError, match="one of the two names another installation"):
        check_belonging(_opened(tmp_path), objects, SHARED)
    number = new.get("database")
    check_belonging(_opened(tmp_path), new, SHARED, new_store=True)
    assert new.get("database") == number, "left in a command line, it does nothing"


def test_a_new_store_is_never_one_that_is_used(tmp_path: Path, objects: BlobStore) -> None:
    theirs = MemoryStore()
    check_belonging(_opened(tmp_path, "theirs.db"), theirs, SHARED)
    check_belonging(_opened(tmp_path), objects, SHARED)
    with pytest.raises(SetupError, match="one of the two names another installation"):
        check_belonging(_opened(tmp_path), theirs, SHARED, new_store=True)


def test_a_start_whose_store_refuses_the_number_can_be_tried_again(tmp_path: Path) -> None:
    class Refusing(MemoryStore):
        def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
            raise StorageFailed("it refuses")

    with pytest.raises(StorageFailed):
        check_belonging(_opened(tmp_path), Refusing(), SHARED)
    check_belonging(_opened(tmp_path), MemoryStore(), SHARED)


def test_what_is_round_a_store_is_looked_at_before_it_is_taken(tmp_path: Path, objects: BlobStore) -> None:
    def refuse() -> None:
        raise SetupError("it lies within another")

    with pytest.raises(SetupError, match="within another"):
        check_belonging(_opened(tmp_path), objects, StorePlace(named=True, before_taking=refuse))
    assert not objects.exists("database")
    check_belonging(_opened(tmp_path), objects, SHARED)
    check_belonging(_opened(tmp_path), objects, StorePlace(named=True, before_taking=refuse))
