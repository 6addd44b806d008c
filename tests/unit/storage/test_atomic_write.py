"""What a user's file looks like afterwards, whatever happens on the way."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cleanplate.errors import StorageFailed
from cleanplate.storage.atomic_write import atomic_write, write_whole

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@pytest.fixture(params=[0o022, 0o077, 0o002], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    wanted: int = request.param
    before = os.umask(wanted)
    yield wanted
    os.umask(before)


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path, umask: int) -> None:
    write_whole(tmp_path / "new.png", b"new")
    assert (tmp_path / "new.png").read_bytes() == b"new"
    assert (tmp_path / "new.png").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666], ids=oct)
def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path, umask: int, mode: int) -> None:
    path = tmp_path / "old.png"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == mode


def test_the_mask_of_the_process_is_never_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to all threads: one that makes a file meanwhile would make it for everybody."""
    monkeypatch.setattr(os, "umask", lambda mode: pytest.fail("umask was set"))
    workers = [
        threading.Thread(target=write_whole, args=(tmp_path / f"{number}.png", b"new")) for number in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(list(tmp_path.iterdir())) == len(workers)


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 251}.png"
    write_whole(path, b"new")
    assert [child.name for child in tmp_path.iterdir()] == [path.name]


def test_what_fails_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.png"
    path.write_bytes(b"old")

    def refused(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(StorageFailed, match="Permission denied"):
        write_whole(path, b"new")
    assert [(child.name, child.read_bytes()) for child in tmp_path.iterdir()] == [("old.png", b"old")]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="there is no folder"):
        write_whole(tmp_path / "none" / "new.png", b"new")


def test_nothing_is_there_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with atomic_write(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_in_the_block_keeps_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic_write(path) as file:
        file.write(b"half")
        raise error
    assert [(child.name, child.read_bytes()) for child in tmp_path.iterdir()] == [("file", b"old")]


def test_a_durable_file_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "file", list[tuple[bool, bool]]()

    def sync(descriptor: int) -> None:
        seen.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.exists()))

    monkeypatch.setattr(os, "fsync", sync)
    with atomic_write(path, durable=True) as file:
        file.write(b"data")
    assert seen == [(False, False), (True, True)]


def test_a_private_file_never_has_another_mode(tmp_path: Path, umask: int) -> None:
    with atomic_write(tmp_path / "secret", mode=0o600) as file:
        assert os.fstat(file.fileno()).st_mode & 0o777 == 0o600
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_without_overwriting_the_first_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(FileExistsError), atomic_write(path, overwrite=False) as file:
        file.write(b"mine")
        path.write_bytes(b"of another process")
    assert [(child.name, child.read_bytes()) for child in tmp_path.iterdir()] == [
        ("file", b"of another process")
    ]
    path.unlink()
    with atomic_write(path, overwrite=False) as file:
        file.write(b"mine")
    assert [(child.name, child.read_bytes()) for child in tmp_path.iterdir()] == [("file", b"mine")]
