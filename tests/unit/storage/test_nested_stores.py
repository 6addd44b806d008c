"""Each installation has a place of its own: none within another's."""

import uuid
from pathlib import Path

import pytest
from tests.s3_server import BUCKET

from cleanplate.errors import SetupError
from cleanplate.storage.folder import FolderStore
from cleanplate.storage.nested_stores import check_apart
from cleanplate.storage.object_clients import connect
from cleanplate.storage.object_storage import ObjectStorage


@pytest.mark.parametrize("below", ["x", "x/y/z"])
def test_a_folder_within_anothers(tmp_path: Path, below: str) -> None:
    inner = tmp_path / below
    inner.mkdir(parents=True)
    check_apart(str(inner), timeout_s=5)
    FolderStore(tmp_path).put("database", b"12345")
    with pytest.raises(SetupError, match=f"lies within {tmp_path}, the store of another"):
        check_apart(str(inner), timeout_s=5)


@pytest.mark.parametrize("below", ["x", "server/objects"])
def test_a_folder_that_holds_anothers(tmp_path: Path, below: str) -> None:
    FolderStore(tmp_path / below).put("database", b"12345")
    with pytest.raises(SetupError, match=f"lies {tmp_path / below}, the store of another"):
        check_apart(str(tmp_path), timeout_s=5)


def test_files_of_that_name_that_are_no_number(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    FolderStore(tmp_path).put("database", b"of something else")
    (tmp_path / "inner" / "x").mkdir()
    FolderStore(tmp_path / "inner" / "x").put("database", b"123456789012")
    check_apart(str(tmp_path / "inner"), timeout_s=5)


def _bucket(address: str) -> ObjectStorage:
    return ObjectStorage(connect(address, timeout_s=5))


def test_prefixes(moto_endpoint: str) -> None:
    outer = f"s3://{BUCKET}/{uuid.uuid4()}"
    for one in (outer, f"{outer}/inner", f"{outer}/inner/most/"):
        check_apart(one, timeout_s=5)
    _bucket(f"{outer}/inner").put("database", b"12345")
    with pytest.raises(SetupError, match=f"in {outer} lies {outer}/inner, the store of another"):
        check_apart(outer, timeout_s=5)
    with pytest.raises(SetupError, match=f"lies within {outer}/inner, the store of another"):
        check_apart(f"{outer}/inner/most/", timeout_s=5)
    check_apart(f"{outer}/inner-2", timeout_s=5)
