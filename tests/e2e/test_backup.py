"""A backup that is made under load is a data directory: nothing that was accepted before it is lost."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from tests.api.servers import KEY
from tests.api.vendors import NATIVE, Client

from cleanplate.cli.entry import main

BEFORE = 6


@contextmanager
def serving(data: Path) -> Iterator[str]:
    environment = os.environ | {"CLEANPLATE_API_KEYS": KEY, "CLEANPLATE_LIMITS": "relaxed"}
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield next(f[1] for line in process.stdout if (f := re.search(r"(http://127[\d.]+:\d+)$", line)))
        finally:
            process.kill()


def _submit_on(base: str, stop: threading.Event) -> None:
    with Client(NATIVE, base, KEY) as client:
        while not stop.is_set():
            client.submitted()


def _ended(client: Client, task_id: str) -> str:
    deadline_s = time.monotonic() + 120
    while (word := client.word(task_id)) in ("queued", "running"):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    return word


def test_backup_under_load_and_restore(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "backup"
    with serving(data) as base, Client(NATIVE, base, KEY) as client:
        first = client.submitted()
        assert _ended(client, first) == "succeeded"
        accepted = [first, *(client.submitted() for _ in range(BEFORE))]
        stop = threading.Event()
        load = threading.Thread(target=_submit_on, args=(base, stop))
        load.start()
        command = [sys.executable, "-m", "cleanplate", "backup", str(copy), "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        stop.set()
        load.join()
        assert (done.returncode, done.stderr) == (0, "")
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    with serving(data) as base, Client(NATIVE, base, KEY) as client:
        assert [_ended(client, task_id) for task_id in accepted] == ["succeeded"] * len(accepted)
        link = client.polled(first).json()["results"][0]["url"]
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(link, timeout=10).content.startswith(b"\x89PNG")


def test_a_folder_that_is_not_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(SystemExit):
        main(["keys", "create", "--data", str(tmp_path / "data")])
    with pytest.raises(SystemExit) as ended:
        main(["backup", str(tmp_path / "full"), "--data", str(tmp_path / "data")])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"cleanplate: {tmp_path / 'full'} is not empty\n"
    with pytest.raises(SystemExit) as ended:
        main(["backup", str(tmp_path / "new"), "--data", str(tmp_path / "typo")])
    assert ended.value.code == 2
    assert not (tmp_path / "new").exists()


def backup_of(data: Path, target: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["backup", str(target), "--data", str(data)])
    return int(ended.value.code or 0)


def files_below(folder: Path) -> list[Path]:
    """All but those that SQLite makes beside a database that is read."""
    return sorted(path for path in folder.rglob("*") if not path.name.endswith(("-shm", "-wal")))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one file of a task, and a link to it beside it."""
    data = tmp_path / "outer" / "data"
    with pytest.raises(SystemExit):
        main(["keys", "create", "--data", str(data)])
    (data / "objects" / "t").mkdir(parents=True)
    (data / "objects" / "t" / "input").write_bytes(b"x")
    (tmp_path / "link").symlink_to(data)
    return data


@pytest.mark.parametrize(
    "name",
    [
        "outer/data/copy",
        "outer/data",
        "outer",
        "link/copy",
        "link",
        "outer/data/objects/copy",
        "new/../outer/data/x",
    ],
)
def test_a_backup_into_what_it_copies_is_refused(
    tmp_path: Path, data: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_below(tmp_path)
    capsys.readouterr()
    assert backup_of(data, tmp_path / name) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "one within the other" in told
    assert files_below(tmp_path) == before


def test_files_in_a_store_of_their_own_are_not_copied(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEANPLATE_STORE", "s3://bucket/prefix")
    capsys.readouterr()
    assert backup_of(data, tmp_path / "copy") == 0
    warning = "the files of tasks lie in s3://bucket/prefix and are not copied"
    assert warning in capsys.readouterr().err


@pytest.mark.parametrize("name", ["empty", "new/folder"])
def test_a_backup_that_fails_leaves_nothing(tmp_path: Path, data: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    # A folder has no bytes that could be copied: it fails after the database is there
    (data / "secret").unlink(missing_ok=True)
    (data / "secret").mkdir()
    before = files_below(tmp_path)
    assert backup_of(data, tmp_path / name) == 2
    assert files_below(tmp_path) == before


def test_a_backup_beside_a_folder_of_nearly_the_same_name(tmp_path: Path, data: Path) -> None:
    assert backup_of(data, tmp_path / "outer" / "data-copy") == 0
    assert (tmp_path / "outer" / "data-copy" / "objects" / "t" / "input").read_bytes() == b"x"


KILLED = """
import os, signal, sys
from pathlib import Path
from cleanplate.cli import backup
from cleanplate.cli.entry import main

backup._blobs = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
main(["backup", sys.argv[1], "--data", sys.argv[2]])
"""


def test_half_a_backup_is_no_data_folder(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = tmp_path / "half"
    done = subprocess.run([sys.executable, "-c", KILLED, str(half), str(data)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (half / "cleanplate.db.partial").stat().st_size
    assert not (half / "cleanplate.db").exists()
    with pytest.raises(SystemExit):
        main(["keys", "list", "--data", str(half)])
    capsys.readouterr()
    assert backup_of(data, half) == 2
    assert "holds half a backup, of a command that was killed; delete it" in capsys.readouterr().err
    shutil.rmtree(half)
    assert backup_of(data, half) == 0
    assert (half / "cleanplate.db").exists()
    assert not (half / "cleanplate.db.partial").exists()


def test_a_backup_without_the_secret_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    for command in (["keys", "create"], ["backup", str(tmp_path / "copy")]):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*command, "--data", str(data)])
        assert not ended.value.code
    said = capsys.readouterr().err
    assert "there is no file `secret` to copy" in said
    assert len(said.splitlines()) == 1


def test_what_to_do_on_a_cluster_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder may hold what was there before it was moved: its copy would be taken for a backup."""
    with pytest.raises(SystemExit):
        main(["keys", "create", "--data", str(tmp_path / "data")])
    capsys.readouterr()
    monkeypatch.setenv("CLEANPLATE_DATABASE_URL", "postgresql://127.0.0.1:1/nobody")
    assert backup_of(tmp_path / "data", tmp_path / "copy") == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "cleanplate: CLEANPLATE_DATABASE_URL names a server: `pg_dump` copies its database"
    )
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "copy").exists()
