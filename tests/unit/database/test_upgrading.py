"""Migrating a database on a server while others work on it, wait for it, or hold what is to be changed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from tests.e2e.real_server import wait
from tests.next_version import EXPANDING, INDEXING, NEXT, make_next_version
from tests.postgres import PostgresServer

from cleanplate.database import open_server_database, upgrading
from cleanplate.database.postgres_address import Session
from cleanplate.database.schema import HEAD
from cleanplate.errors import SetupError

OPEN = """
import logging, sys
from cleanplate.database import open_server_database
logging.basicConfig(level="INFO", stream=sys.stdout, format="%(message)s")
open_server_database(sys.argv[1], connections=2, pooler=len(sys.argv) > 2).dispose()
"""
TASKS = """
INSERT INTO tasks (id, dialect, model, edit, parameters, inputs, key_id, request_id, priority, state, attempt,
                   created_at_ms, results, progress, cancel_wanted, count, output, extra)
SELECT n, 'native', '', 'erase', '{}', '{}', 'k', 'r', 0, 'queued', 0, 1, '[]', 0, false, 1, 'png', '{}'
FROM generate_series(1, 9) n
"""


class Server:
    """One database, asked by SQL."""

    def __init__(self, postgres: PostgresServer) -> None:
        self.url = postgres.new_database()
        self._postgres = postgres
        open_server_database(self.url, connections=2).dispose()
        self.sql(TASKS)

    def sql(self, statement: str) -> str:
        return self._postgres.sql(statement, self.url.rpartition("/")[2])

    def revision(self) -> str:
        return self.sql("SELECT version_num FROM alembic_version")

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A transaction of somebody else's."""
        engine = create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection, connection.begin():
            yield connection
        engine.dispose()

    def waits(self) -> bool:
        """Whether somebody waits for a table that he wants to change."""
        found = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        return self.sql(found) != "0"

    def at(self, revision: str) -> str:
        """SQL that says so of the schema."""
        return f"UPDATE alembic_version SET version_num = '{revision}'"  # noqa: S608 - a number


@pytest.fixture
def server(postgres: PostgresServer) -> Server:
    return Server(postgres)


@contextmanager
def opening(server: Server, version: str, *, pooler: bool = False) -> Iterator["subprocess.Popen[str]"]:
    """A process of that version that opens the database."""
    command = [sys.executable, "-c", OPEN, server.url, *(["pooler"] if pooler else [])]
    environment = os.environ | {"PYTHONPATH": version}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]") -> str:
    """All that it said, when it has ended well."""
    text = process.communicate(timeout=120)[0]
    assert process.returncode == 0, text
    return text


@pytest.mark.parametrize("pooler", [False, True], ids=["direct", "pooler"])
def test_a_table_that_somebody_holds(server: Server, tmp_path: Path, pooler: bool) -> None:
    """The change waits behind them; those who come after it do not wait with it for as long."""
    version = make_next_version(tmp_path, EXPANDING)
    with server.session() as holder:
        holder.execute(text("SELECT 1 FROM tasks LIMIT 1"))
        with opening(server, version, pooler=pooler) as process:
            wait(server.waits)
            assert server.sql("SET lock_timeout = '60s'; SELECT count(*) FROM tasks") == "9"
            assert server.revision() == HEAD
            holder.rollback()
            told = said(process)
    assert "others hold a table that is to be changed" in told
    assert server.revision() == NEXT
    assert server.sql("SELECT DISTINCT origin FROM tasks") == "before"


def test_a_table_that_is_never_free(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "_TRIES", 2)
    monkeypatch.setattr(upgrading, "_BETWEEN_S", 0.0)
    monkeypatch.setattr(upgrading, "_SESSION", Session("-c lock_timeout=50ms"))
    server.sql(
        "UPDATE alembic_version SET version_num = '0007'; DROP TABLE installation, workers, worker_queues"
    )
    with server.session() as holder:
        holder.execute(text("SELECT 1 FROM tasks LIMIT 1"))
        with pytest.raises(SetupError, match="somebody keeps its tables locked"):
            open_server_database(server.url, connections=2)
    assert server.revision() == "0007"


def test_who_comes_while_another_migrates_waits(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.sql(server.at("0007"))
    with server.session() as other, ThreadPoolExecutor(1) as pool:
        lock = "SELECT pg_advisory_xact_lock(hashtextextended('migration', 0))"
        other.execute(text(lock))
        waiting = pool.submit(open_server_database, server.url, connections=2)
        wait(lambda: "another process migrates the database: waiting" in caplog.text)
        assert not waiting.done()
        other.execute(text(server.at(HEAD)))
        other.commit()
        waiting.result().dispose()
    server.sql(server.at("0007"))
    monkeypatch.setattr(upgrading, "_OTHERS_S", 0.0)
    with server.session() as other:
        other.execute(text(lock))
        with pytest.raises(
            SetupError, match="another process has been migrating the database for ten minutes"
        ):
            open_server_database(server.url, connections=2)


def test_an_index_is_built_while_others_write(server: Server, tmp_path: Path) -> None:
    """Hosts that start at the same moment wait without a statement, which the index would wait for."""
    version = make_next_version(tmp_path, EXPANDING, INDEXING)
    with server.session() as writer:
        writer.execute(text("UPDATE api_keys SET name = ''"))  # has a transaction, and no lock on the table
        with (
            opening(server, version) as first,
            opening(server, version) as second,
            opening(server, version) as last,
        ):
            wait(lambda: server.sql("SELECT count(*) FROM pg_class WHERE relname = 'tasks_by_origin'") == "1")
            server.sql("UPDATE tasks SET progress = 0.5")
            writer.rollback()
            assert [process.wait(120) for process in (first, second, last)] == [0, 0, 0]
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'tasks_by_origin'::regclass"
    assert (server.revision(), server.sql(valid)) == (f"{int(NEXT) + 1:04}", "t")


def test_an_index_whose_building_was_broken_off(server: Server, tmp_path: Path) -> None:
    """What is left of it is no index: it is made again."""
    version = make_next_version(tmp_path, EXPANDING, INDEXING)
    server.sql(server.at(NEXT))
    server.sql("ALTER TABLE tasks ADD COLUMN origin varchar NOT NULL DEFAULT 'before'")
    server.sql("CREATE TABLE origins (name varchar)")
    server.sql("CREATE INDEX tasks_by_origin ON tasks (origin)")
    server.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tasks_by_origin'::regclass")
    with opening(server, version) as process:
        said(process)
    assert server.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'tasks_by_origin'::regclass") == "t"


def test_many_open_a_new_database_at_once(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with ThreadPoolExecutor(5) as pool:
        for engine in list(pool.map(lambda _: open_server_database(url, connections=2), range(5))):
            engine.dispose()
    assert postgres.sql("SELECT version_num FROM alembic_version", url.rpartition("/")[2]) == HEAD


def test_what_is_no_lock_is_told(server: Server) -> None:
    server.sql(server.at("0007"))
    with pytest.raises(SetupError, match=r'column "queue" of relation "tasks" already exists'):
        open_server_database(server.url, connections=2)
