"""`/healthz` and `/readyz` against parts that are broken for real."""

import logging
import queue
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from starlette.applications import Starlette
from tests.api.servers import served, settings_for
from tests.memory_store import MemoryStore

from cleanplate.api import health
from cleanplate.api.health import disk_trouble, health_routes, objects_trouble, queue_trouble
from cleanplate.app import build
from cleanplate.database import sqlite
from cleanplate.database.sqlite import file_trouble
from cleanplate.errors import StorageFailed, StorageFull
from cleanplate.storage.disk_floor import DiskFloor
from cleanplate.tasks.worker import Worker

WELL = {"status": "ok", "database": "ok", "objects": "ok", "worker": "ok", "disk": "ok", "queue": "ok"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is a new one."""
    monkeypatch.setattr(health, "_KEPT_S", 0.0)


@pytest.fixture
def base(data: Path) -> Iterator[str]:
    """A whole server."""
    with served(build(settings_for(data)), lifespan="on") as base:
        look(base)  # it has started when it answers
        yield base


def look(base: str, path: str = "/readyz") -> tuple[int, dict[str, str]]:
    with requests.Session() as client:
        client.trust_env = False
        reply = client.get(base + path, timeout=20)
        head = client.head(base + path, timeout=20)
        assert (head.status_code, head.content) == (reply.status_code, b"")
        assert reply.headers["cache-control"] == "no-store"
        return reply.status_code, reply.json()


def test_a_store_without_room_for_a_picture_is_full() -> None:
    class Small(MemoryStore):
        def put(self, key: str, data: bytes | Iterable[bytes]) -> None:
            if len(data if isinstance(data, bytes) else b"".join(data)) > 2**16:
                raise StorageFull("no space left on the server")
            super().put(key, data)

    store = Small()
    store.put("inputs/a/mask", b"a few bytes still find room")
    assert objects_trouble(store) == "full"
    assert objects_trouble(MemoryStore()) == ""


def test_all_is_well(base: str) -> None:
    assert look(base) == (200, WELL)
    assert look(base, "/healthz") == (200, {"status": "ok"})


def test_a_database_that_was_removed(base: str, data: Path) -> None:
    (data / "cleanplate.db").rename(data / "elsewhere.db")
    assert look(base) == (
        503,
        {**WELL, "status": "unavailable", "database": "was removed", "queue": "not known"},
    )
    assert look(base, "/healthz") == (200, {"status": "ok"})
    (data / "elsewhere.db").rename(data / "cleanplate.db")
    assert look(base) == (200, WELL)


def test_a_database_that_was_replaced(base: str, data: Path) -> None:
    shutil.copy(data / "cleanplate.db", data / "copy.db")
    (data / "copy.db").replace(data / "cleanplate.db")
    status, body = look(base)
    assert (status, body["database"]) == (503, "was replaced")


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
    assert (status, body["database"]) == (503, "was removed")
    shutil.rmtree(data, ignore_errors=True)  # a probe of the objects may have made it again
    data.with_name("parked").rename(data)
    assert look(base) == (200, WELL)


def test_a_disk_that_fills(tmp_path: Path) -> None:
    free_bytes = shutil.disk_usage(tmp_path).free
    assert disk_trouble(DiskFloor(tmp_path, free_bytes // 2)) == ""
    assert disk_trouble(DiskFloor(tmp_path, 2 * free_bytes)) == "full"
    assert disk_trouble(DiskFloor(tmp_path / "gone", 0)) == "cannot be used"


def test_objects_that_take_nothing(tmp_path: Path) -> None:
    objects = MemoryStore()
    assert objects_trouble(objects) == ""
    assert not list(objects.groups("probe"))
    objects.free_bytes = 0
    assert objects_trouble(objects) == "full"


def _refuse() -> float:
    raise StorageFailed("no")


def test_a_slow_queue_is_degraded_and_no_more() -> None:
    assert queue_trouble(lambda: 10.0, 10.0) == ""
    assert queue_trouble(lambda: 10.1, 10.0) == "slow"
    assert queue_trouble(_refuse, 10.0) == "not known"
    app = Starlette(routes=health_routes({"queue": lambda: "slow", "disk": str}, advisory=("queue",)))
    with served(app, lifespan="off") as base:
        assert look(base) == (200, {"status": "degraded", "queue": "slow", "disk": "ok"})


def test_a_part_that_hangs_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_PATIENCE_S", 0.05)
    go_on = threading.Event()
    begun: queue.SimpleQueue[None] = queue.SimpleQueue()

    def hang() -> str:
        begun.put(None)
        go_on.wait(20)
        return ""

    app = Starlette(routes=health_routes({"disk": hang, "worker": lambda: ""}))
    with served(app, lifespan="off") as base:
        for _ in range(3):
            hanging = {"status": "unavailable", "disk": "does not answer", "worker": "ok"}
            assert look(base) == (503, hanging)
        assert begun.qsize() == 1
        go_on.set()
        while look(base)[0] != 200:
            time.sleep(0.02)
        assert look(base) == (200, {"status": "ok", "disk": "ok", "worker": "ok"})


def test_a_look_that_fails_is_a_word_too(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> str:
        raise ZeroDivisionError

    with served(Starlette(routes=health_routes({"disk": fail, "worker": str})), lifespan="off") as base:
        assert look(base) == (503, {"status": "unavailable", "disk": "cannot be looked at", "worker": "ok"})
    assert "ZeroDivisionError" in caplog.text


def test_who_asks_often_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_KEPT_S", 3600.0)
    looked: queue.SimpleQueue[None] = queue.SimpleQueue()

    def disk() -> str:
        looked.put(None)
        return "full"

    with served(Starlette(routes=health_routes({"disk": disk})), lifespan="off") as base:
        assert {look(base)[0] for _ in range(5)} == {503}
    assert looked.qsize() == 1


def test_the_log_tells_a_change_once(caplog: pytest.LogCaptureFixture) -> None:
    words = iter([*[""] * 2, *["full"] * 4, *[""] * 2])  # a look is a GET and a HEAD
    with (
        caplog.at_level(logging.INFO, health.__name__),
        served(Starlette(routes=health_routes({"disk": lambda: next(words, "")})), lifespan="off") as base,
    ):
        for _ in range(4):
            look(base)
    mine = [record.getMessage() for record in caplog.records if record.name == health.__name__]
    assert mine == ["unavailable: {'disk': 'full'}", "ok: all parts"]
