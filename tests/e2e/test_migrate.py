"""What a server knows a cluster goes on with after `cleanplate migrate`, and a server after the way back."""

import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from json import dumps, loads
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import insert, select
from tests.e2e.cluster import Cluster, Host, cluster
from tests.e2e.real_server import Receiver, receiver, wait
from tests.e2e.visitor import ERASE, Visitor
from tests.postgres import PostgresServer

from cleanplate.database import open_database, transaction
from cleanplate.database.tables import TASKS
from cleanplate.storage.folder import FolderStore

PACK: Final = Path(__file__).parents[1] / "plugins"
APART: Final = {"CLEANPLATE_DATABASE_URL": "", "CLEANPLATE_STORE": ""}


@pytest.fixture
def made(postgres: PostgresServer, tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, postgres.new_database(), CLEANPLATE_PLUGINS=str(PACK)) as one:
        yield one


def migrating(made: Cluster, way: str, data: Path) -> list[str]:
    """The command; the store is that of the environment."""
    url = made.environment["CLEANPLATE_DATABASE_URL"]
    return [sys.executable, "-m", "cleanplate", "migrate", way, url, "--data", str(data)]


def migrate(made: Cluster, way: str, data: Path) -> subprocess.CompletedProcess[str]:
    return made.run(*migrating(made, way, data)[3:])


def keys(made: Cluster, *words: str, data: Path | None = None) -> str:
    """What `cleanplate keys` says of the cluster, or of a folder."""
    command = [sys.executable, "-m", "cleanplate", "keys", *words]
    command += [] if data is None else ["--data", str(data)]
    environment = {**made.environment, **({} if data is None else APART)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_there_and_back(made: Cluster, tmp_path: Path) -> None:
    data, back = tmp_path / "data", tmp_path / "back"
    with receiver() as away:
        stored = keys(made, "create", "--name", "shop", "--images", "100", data=data)
        signed_with = keys(made, "webhook-secret", data=data)
        first = Visitor(away, stored, signed_with)
        alone = made.alone(data)
        first.leave_things(alone)
        alone.end(signal.SIGKILL)
        listed = keys(made, "list", data=data)

        moved = migrate(made, "--to", data)
        assert (moved.returncode, moved.stderr) == (0, "")
        assert moved.stdout.startswith("moved and read again: ")
        assert "shop" in listed
        assert keys(made, "list") == listed
        assert keys(made, "webhook-secret") == signed_with
        server, worker = made.server(), made.worker("--concurrency", "2")
        first.find_things(server)

        second = Visitor(away, stored, signed_with, "second")
        second.leave_things(server)
        at_work = migrate(made, "--from", back)
        assert at_work.returncode == 2
        assert "others work on the cluster: cleanplate at 127.0.0.1" in at_work.stderr
        for host in (server, worker):
            host.end(signal.SIGKILL)
        listed = keys(made, "list")
        wait(lambda: migrate(made, "--from", back).returncode == 0)  # a dead worker counts for ten seconds
        assert keys(made, "list", data=back) == listed
        alone = made.alone(back)
        first.find_what_ended(alone)
        second.find_things(alone)
        assert alone.end() in (0, -signal.SIGTERM)


# Five thousand tasks, and what ends a move half way

MANY: Final = 5000
OPEN: Final = 40
LARGE_BYTES: Final = 2 * 2**20
LIMIT_BYTES: Final = 2**20


def multiply(data: Path) -> tuple[list[str], list[str]]:
    """Of the one task of a folder, which has ended, many more; and some that wait. The ids of both."""
    engine, objects = open_database(data / "cleanplate.db"), FolderStore(data / "objects", durable=False)
    with transaction(engine) as connection:
        row = dict(connection.execute(select(TASKS)).mappings().one())
        blobs = {key: objects.get(key) for kind in ("inputs", "results") for key, _ in objects.blobs(kind)}
        ended = [str(uuid.uuid4()) for _ in range(MANY - OPEN)]
        waiting = [str(uuid.uuid4()) for _ in range(OPEN)]
        rows = [loads(dumps(row).replace(row["id"], task)) for task in ended]
        rows += [loads(dumps(row | WAITING).replace(row["id"], task)) for task in waiting]
        connection.execute(insert(TASKS), rows)
    engine.dispose()
    for task in (*ended, *waiting):
        for key, blob in blobs.items():
            if task in ended or key.startswith("inputs/"):
                objects.put(key.replace(row["id"], task), blob)
    return ended, waiting


WAITING: Final = {
    "state": "queued",
    "attempt": 0,
    "results": [],
    "started_at_ms": None,
    "finished_at_ms": None,
    "expires_at_ms": None,
    "compute_ms": None,
    "worker_id": None,
    "progress": 0.0,
}


def served(made: Cluster, data: Path) -> str:
    """A folder whose server has done one task; its id."""
    alone = made.alone(data)
    visitor = Visitor(Receiver(""), "", "")
    task = visitor.submit(alone, ERASE)
    visitor.ended(alone, task)
    alone.end()
    return task


def test_five_thousand_tasks_a_kill_and_a_full_disk(made: Cluster, tmp_path: Path) -> None:
    data, store = tmp_path / "data", FolderStore(tmp_path / "store")
    first = served(made, data)
    ended, waiting = multiply(data)

    with subprocess.Popen(migrating(made, "--to", data), env=made.environment) as killed:
        wait(lambda: sum(1 for _ in store.blobs("inputs")) > MANY // 10)
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    for words in (("serve", "--no-worker", "--port", "0"), ("worker",)):
        refused = made.run(*words, "--data", str(tmp_path / "machine"))
        assert refused.returncode == 2
        assert "has not filled this database to its end: run it again" in refused.stderr

    # Only now, for the order of files is the folder's: the killed one may have copied any
    FolderStore(data / "objects").put(f"inputs/{first}/large", bytes(LARGE_BYTES))
    full = subprocess.run(
        [
            "/bin/bash",
            "-c",
            f'ulimit -f {LIMIT_BYTES // 1024}; exec "$@"',
            "-",
            *migrating(made, "--to", data),
        ],
        env=made.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert full.returncode == 2
    assert full.stderr.endswith("what was copied stays: the same command goes on from there\n")
    assert f"inputs/{first}/large" in full.stderr

    moved = migrate(made, "--to", data)
    assert (moved.returncode, moved.stderr) == (0, "")
    assert f"{MANY + 1} tasks" in moved.stdout
    server, worker = made.server(), made.worker("--concurrency", "2")
    visitor = Visitor(Receiver(""), "", "")
    picture = _picture(server, first)
    assert all(_picture(server, task) == picture for task in ended[:: MANY // 50])
    assert {visitor.ended(server, task)["state"] for task in waiting} == {"succeeded"}
    assert _picture(server, waiting[0]) == picture, "and it is the same one"
    for host in (server, worker):
        host.end()

    back = tmp_path / "back"
    done = migrate(made, "--from", back)
    assert (done.returncode, done.stderr) == (0, "")
    with closing(sqlite3.connect(back / "cleanplate.db")) as file:
        states = dict(file.execute("SELECT id, state FROM tasks"))
    assert states == dict.fromkeys([first, *ended, *waiting], "succeeded")
    alone = made.alone(back)
    assert all(_picture(alone, task) == picture for task in [first, *ended[:: MANY // 50], *waiting])


def _picture(host: Host, task: str) -> bytes:
    link = host.ask("GET", f"/v1/edits/{task}").json()["results"][0]["url"]
    found = host.ask("GET", link.removeprefix(host.base))
    assert found.content.startswith(b"\x89PNG"), found.text
    return found.content
