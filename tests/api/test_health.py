"""`/healthz` against parts that are broken for real."""

import queue
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from starlette.applications import Starlette
from tests.api.dashscope.conftest import served, settings_for

from cleanplate.api import health
from cleanplate.api.health import disk_trouble, health_route
from cleanplate.app import build
from cleanplate.database import sqlite
from cleanplate.database.sqlite import file_trouble
from cleanplate.tasks.worker import Worker

WELL = {"status": "ok", "database": "ok", "worker": "ok", "disk": "ok"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def base(data: Path) -> Iterator[str]:
    """A whole server."""
    with served(build(settings_for(data)), lifespan="on") as base:
        look(base)  # it has started when it answers
        yield base


def look(base: str) -> tuple[int, dict[str, str]]:
    with requests.Session() as client:
        client.trust_env = False
        reply = client.get(base + "/healthz", timeout=20)
        head = client.head(base + "/healthz", timeout=20)
        assert (head.status_code, head.content) == (reply.status_code, b"")
        return reply.status_code, reply.json()


def test_all_is_well(base: str) -> None:
    assert look(base) == (200, WELL)


def test_a_database_that_was_removed(base: str, data: Path) -> None:
    (data / "cleanplate.db").rename(data / "elsewhere.db")
    assert look(base) == (503, {**WELL, "status": "unavailable", "database": "cannot be used"})
    (data / "elsewhere.db").rename(data / "cleanplate.db")
    assert look(base) == (200, WELL)


def test_a_database_that_somebody_keeps_locked(
    base: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_LOCK_S", 0.05)
    with closing(sqlite3.connect(data / "cleanplate.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert look(base) == (503, {**WELL, "status": "unavailable", "database": "locked"})
        other.execute("ROLLBACK")
    assert look(base) == (200, WELL)


def test_a_database_that_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all" * 100)
    assert file_trouble(tmp_path / "x.db") == "cannot be used"
    (tmp_path / "empty.db").touch()
    assert file_trouble(tmp_path / "empty.db") == "cannot be used"
    assert file_trouble(tmp_path / "no such folder" / "x#?.db") == "cannot be used"


def test_a_worker_that_died(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(worker: Worker) -> None:
        """What a fault outside of all tasks leaves."""

    monkeypatch.setattr(Worker, "_serve", die)
    with served(build(settings_for(data)), lifespan="on") as base:
        assert look(base) == (503, {**WELL, "status": "unavailable", "worker": "not running"})


def test_a_data_folder_that_was_removed(base: str, data: Path) -> None:
    data.rename(data.with_name("parked"))
    status, body = look(base)
    assert (status, body["disk"], body["database"]) == (503, "cannot be written", "cannot be used")
    data.with_name("parked").rename(data)
    assert look(base) == (200, WELL)


def test_a_disk_that_fills(tmp_path: Path) -> None:
    free_bytes = shutil.disk_usage(tmp_path).free
    assert disk_trouble(tmp_path, least_bytes=free_bytes // 2) == ""
    assert disk_trouble(tmp_path, least_bytes=2 * free_bytes) == "full"
    assert not list(tmp_path.iterdir())


def test_a_part_that_hangs_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_PATIENCE_S", 0.05)
    go_on = threading.Event()
    begun: queue.SimpleQueue[None] = queue.SimpleQueue()

    def hang() -> str:
        begun.put(None)
        go_on.wait(20)
        return ""

    app = Starlette(routes=[health_route({"disk": hang, "worker": lambda: ""})])
    with served(app, lifespan="off") as base:
        for _ in range(3):
            hanging = {"status": "unavailable", "disk": "does not answer", "worker": "ok"}
            assert look(base) == (503, hanging)
        assert begun.qsize() == 1
        go_on.set()
        while look(base)[0] != 200:
            time.sleep(0.02)
        assert look(base) == (200, {"status": "ok", "disk": "ok", "worker": "ok"})
