import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.logged import logged

from cleanplate.errors import StorageFailed
from cleanplate.storage.folder import FileStore

KEY = "inputs/0b6f/mask"


@pytest.fixture(params=[True, False], ids=["durable", "fast"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "objects", durable=request.param)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_put_then_get_gives_the_same_bytes(store: FileStore) -> None:
    store.put(KEY, b"\x00\xff" * 1000)
    assert store.get(KEY) == b"\x00\xff" * 1000
    assert store.exists(KEY)


def test_put_replaces_and_leaves_no_temporary_file(store: FileStore, tmp_path: Path) -> None:
    store.put(KEY, b"one")
    store.put(KEY, b"two")
    assert store.get(KEY) == b"two"
    assert files_below(tmp_path) == [f"objects/{KEY}"]


def test_missing_objects(store: FileStore) -> None:
    assert not store.exists(KEY)
    assert store.path(KEY) is None
    store.delete(KEY)
    store.delete_group("inputs/0b6f")
    assert list(store.groups("inputs")) == []
    with logged(StorageFailed, "No such file") as caught:
        store.get(KEY)
    assert caught.value.public == "a stored file could not be read"


def test_path_names_the_file(store: FileStore) -> None:
    store.put("results/t/1-1.png", b"data")
    path = store.path("results/t/1-1.png")
    assert path is not None
    assert path.read_bytes() == b"data"


def test_a_group_is_no_object(store: FileStore) -> None:
    store.put(KEY, b"data")
    assert not store.exists("inputs/0b6f")
    assert store.path("inputs/0b6f") is None


def test_delete_removes_one_and_delete_group_all(store: FileStore) -> None:
    for role in ("image", "mask", "keep"):
        store.put(f"inputs/a/{role}", b"x")
    store.put("inputs/b/image", b"x")
    store.delete("inputs/a/mask")
    assert not store.exists("inputs/a/mask")
    assert store.exists("inputs/a/keep")
    store.delete_group("inputs/a")
    assert not store.exists("inputs/a/keep")
    assert [name for name, _ in store.groups("inputs")] == ["b"]


def test_groups_give_the_time_of_the_last_change(store: FileStore, tmp_path: Path) -> None:
    store.put("results/old/1-1.png", b"x")
    os.utime(tmp_path / "objects/results/old", (1000, 1000))
    assert list(store.groups("results")) == [("old", 1000.0)]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../secret",
        "inputs/../../secret",
        "inputs/./x",
        "inputs//x",
        "inputs/x/",
        "inputs/.hidden",
        "inputs/a b",
        "inputs/a\\b",
        "inputs/a\n",
        "inputs/é",
        "inputs/\x00",
        "inputs/" + "x" * 300,
    ],
)
def test_keys_that_could_leave_the_folder_are_refused(store: FileStore, key: str) -> None:
    for use in (store.get, store.exists, store.path, store.delete, store.delete_group):
        with pytest.raises(ValueError, match="not an object key"):
            use(key)
    with pytest.raises(ValueError, match="not an object key"):
        store.put(key, b"")


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from cleanplate.errors import StorageFailed
from cleanplate.storage.folder import FileStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    FileStore(Path(sys.argv[1])).put("inputs/a/image", b"x" * 100_000)
except StorageFailed as error:
    print(error.public)
"""


def test_a_write_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    # A file-size limit of the kernel stands in for a full disk: write() fails half way in both.
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "storage refused the file\n"
    assert files_below(tmp_path) == []


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store = FileStore(tmp_path)
    with pytest.raises(StorageFailed) as caught:
        store.put(KEY, b"x")
    assert caught.value.public == "no space left on the server"
    assert files_below(tmp_path) == []


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "objects").write_bytes(b"")
    with pytest.raises(StorageFailed) as caught:
        FileStore(tmp_path / "objects").put(KEY, b"x")
    assert caught.value.public == "storage refused the file"


def test_readers_see_an_old_or_a_new_object_never_half(tmp_path: Path) -> None:
    store = FileStore(tmp_path, durable=False)
    versions = [bytes([n]) * 50_000 for n in range(8)]
    store.put(KEY, versions[0])
    torn: list[bytes] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            data = store.get(KEY)
            if data not in versions:
                torn.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [threading.Thread(target=store.put, args=(KEY, version)) for version in versions * 5]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert torn == []
    assert files_below(tmp_path) == [KEY]
