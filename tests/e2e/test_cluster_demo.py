"""`make cluster-demo`: what a stranger types to see a cluster."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.cluster_files import ROOT

LONGEST_S = 600
MEMBERS = 6
CLEAN = ROOT / "demo" / "cluster-clean.png"
PHOTO = ROOT / "examples" / "meadow.jpg"


@contextmanager
def _demo(**variables: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-u", "-m", "examples.cluster_demo"]
    environment = {**os.environ, **variables}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _pids(told: str) -> list[int]:
    return [int(pid) for pid in re.findall(r"^(?:server|worker) .*\(pid (\d+)\)", told, re.MULTILINE)]


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_picture_goes_through_all_of_it() -> None:
    CLEAN.unlink(missing_ok=True)
    with _demo() as demo:
        told, trouble = demo.communicate(timeout=LONGEST_S)
    assert (demo.returncode, trouble) == (0, "")
    photo, clean = (np.asarray(Image.open(path).convert("RGB")) for path in (PHOTO, CLEAN))
    assert clean.shape == photo.shape
    assert (clean != photo).any(), "nothing was erased"
    members = _pids(told)
    assert len(set(members)) == MEMBERS
    done_by = re.search(r"^done by .*\(pid (\d+)\)", told, re.MULTILINE)
    assert done_by
    assert int(done_by[1]) in members[2:], "a server did it"
    assert re.search(r"^row .*state succeeded, queue general, worker_id \S+", told, re.MULTILINE)
    assert f"{CLEAN.stat().st_size:,} bytes" in told
    assert not [pid for pid in members if _lives(pid)]


def test_ctrl_c_ends_what_was_started() -> None:
    with _demo() as demo:
        assert demo.stdout
        told = ""
        while len(_pids(told)) < MEMBERS:
            told += demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        _, trouble = demo.communicate(timeout=LONGEST_S)
    assert (demo.returncode, trouble) == (130, "")
    assert not [pid for pid in _pids(told) if _lives(pid)]
    port = re.search(r"^Postgres .*:(\d+)/", told, re.MULTILINE)
    assert port
    with pytest.raises(ConnectionRefusedError):
        _connect(int(port[1]))


def test_what_fails_is_one_line(tmp_path: Path) -> None:
    with _demo(POSTGRES_BIN=str(tmp_path / "nowhere")) as demo:
        told, trouble = demo.communicate(timeout=LONGEST_S)
    assert (demo.returncode, told) == (1, "")
    assert trouble.startswith("cluster-demo: ")
    assert trouble.count("\n") == 1
    assert "nowhere" in trouble


def _connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port)).close()
