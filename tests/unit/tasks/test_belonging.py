"""Files and database find each other again, and files of another database are never taken over silently."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.memory_store import MemoryStore
from tests.new_tasks import new_task

from cleanplate.access import Access
from cleanplate.database import open_database
from cleanplate.errors import SetupError
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.belonging import check_belonging
from cleanplate.tasks.store import TaskStore


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
