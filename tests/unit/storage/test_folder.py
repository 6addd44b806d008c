"""What is particular to blobs as files; `tests/contract/test_blob_store.py` has what every store does."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.logged import logged

from cleanplate.errors import BlobMissing, StorageFailed, StorageFull
from cleanplate.storage.base import BlobGroup
from cleanplate.storage.folder import FolderStore

KEY = "inputs/0b6f/mask"


@pytest.fixture(params=[True, False], ids=["durable", "fast"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects", durable=request.param)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_key_is_the_path(store: FolderStore, tmp_path: Path) -> None:
    store.put(KEY, b"one")
    store.put(KEY, b"two")
    assert files_below(tmp_path) == [f"objects/{KEY}"]


def test_the_log_says_what_the_system_said(store: FolderStore) -> None:
    with logged(BlobMissing, "No such file") as caught:
        store.get(KEY)
    assert caught.value.public == "a stored file could not be read"


def test_groups_are_as_old_as_the_newest_folder_in_them(store: FolderStore, tmp_path: Path) -> None:
    store.put("results/old/1/a.png", b"x")
    for folder, changed_s in (("old", 1000), ("old/1", 2000)):
        os.utime(tmp_path / "objects/results" / folder, (changed_s, changed_s))
    assert list(store.groups("results")) == [BlobGroup("old", 2000.0)]


def test_groups_of_puts_that_were_killed(store: FolderStore, tmp_path: Path) -> None:
    left = tmp_path / "objects" / "inputs" / "killed" / ".cleanplate-0123456789abcdef.tmp"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    assert [group.name for group in store.groups("inputs")] == ["killed"]
    store.delete_group("inputs/killed")
    assert files_below(tmp_path) == []


def test_groups_leave_alone_what_is_no_group_of_ours(store: FolderStore, tmp_path: Path) -> None:
    for name in (".hidden", "my notes", "é"):
        (tmp_path / "objects" / "inputs" / name).mkdir(parents=True)
    assert list(store.groups("inputs")) == []


def test_a_part_may_be_a_link_to_another_disk(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "other disk").mkdir()
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "inputs").symlink_to(tmp_path / "other disk", target_is_directory=True)
    store.put(KEY, b"data")
    assert store.get(KEY) == b"data"
    assert files_below(tmp_path / "other disk") == ["0b6f/mask"]


def test_files_have_no_address(store: FolderStore) -> None:
    store.put(KEY, b"data")
    assert store.url(KEY, 2**31) is None


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store = FolderStore(tmp_path)
    with pytest.raises(StorageFull) as caught:
        store.put(KEY, b"x")
    assert caught.value.public == "no space left on the server"
    assert files_below(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # noqa: S607


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    store = FolderStore(small_disk)
    store.put(KEY, b"old")
    for data in (bytes(100_000), [bytes(1000)] * 100):
        with pytest.raises(StorageFull):
            store.put(KEY, data)
    assert store.get(KEY) == b"old"
    assert files_below(small_disk) == [KEY]
    store.put(KEY, bytes(20_000))
    assert store.get(KEY) == bytes(20_000)


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "objects").write_bytes(b"")
    store = FolderStore(tmp_path / "objects")
    with pytest.raises(StorageFailed) as caught:
        store.put(KEY, b"x")
    assert caught.value.public == "storage refused the file"
    with pytest.raises(StorageFailed):
        list(store.groups("inputs"))
