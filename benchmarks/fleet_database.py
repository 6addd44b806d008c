"""A Postgres with tasks and workers in it by the ten thousand, and what one thing asked of it costs."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Engine

from benchmarks import postgres
from benchmarks.postgres import Postgres
from cleanplate.clock import unix_ms
from cleanplate.database import open_server_database
from cleanplate.database.tables import TASKS
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.tasks.fleet import Fleet, WorkerCard
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Standing, Stored, Submission, Task, TaskInput

LEASE_MS: Final = 10_000
"""As in `app.task_work`."""
ACCOUNTS: Final = 64
OPTIONS: Final = (
    "shared_preload_libraries=pg_stat_statements",
    "max_connections=2300",
    "shared_buffers=1GB",
    "checkpoint_timeout=30min",
    "max_wal_size=16GB",
)
"""It waits for the disk, as one in operation does. No checkpoint falls into a measurement by chance."""
_RULES: Final = PictureRules(formats=("png",), max_bytes=1 << 20, max_side_px=4096, max_pixels=1 << 24)
_PICTURE: Final = TaskInput(Stored(), _RULES)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one operation costs.

    Attributes:
        cpu_ms: of Postgres, all its processes.
        wal_bytes: of its log.
        client_ms: CPU of the process that asks.
        took_ms: by the clock, one after another.
    """

    cpu_ms: float
    wal_bytes: float
    client_ms: float
    took_ms: float


@dataclass(frozen=True, slots=True)
class Crowded:
    """One database, as a process sees it."""

    server: Postgres
    engine: Engine

    @property
    def fleet(self) -> Fleet:
        return Fleet(self.engine, lease_ms=LEASE_MS, clock_ms=unix_ms)

    @property
    def store(self) -> TaskStore:
        """One that calls nobody."""
        return TaskStore(self.engine)

    def sql(self, statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.server.words, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def wal_bytes(self) -> float:
        return float(self.sql("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")[0][0])

    def cost(self, operation: Callable[[int], object], times: int, *, warm: int = 20) -> Cost:
        """Of one of so many.

        Args:
            operation: told its number.
            warm: so many before, which count for nothing.
        """
        for number in range(warm):
            operation(number)
        wal, cpu_s = self.wal_bytes(), self.cpu_s()
        mine_s, begun_s = time.process_time(), time.perf_counter()
        for number in range(warm, warm + times):
            operation(number)
        mine_s, took_s = time.process_time() - mine_s, time.perf_counter() - begun_s
        spent_s, wal = used_s(cpu_s, self.cpu_s()), self.wal_bytes() - wal
        return Cost(1000 * spent_s / times, wal / times, 1000 * mine_s / times, 1000 * took_s / times)

    def cpu_s(self) -> dict[str, float]:
        """Seconds of CPU of each of the server's processes, to the nanosecond; who has ended is left out."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        found = {}
        for pid in (str(self.server.pid), *children):
            with suppress(OSError):
                found[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
        return found

    def empty(self) -> None:
        """Nothing in it."""
        self.sql("TRUNCATE tasks, workers, worker_queues, usage")
        self.sql("VACUUM ANALYZE tasks")

    def fill(self, number: int, **columns: str) -> None:
        """So many tasks like a new one, the oldest first in line.

        Args:
            columns: SQL of what is not as in a new one; `n` counts from 1.
        """
        task = new_task()
        self.store.insert(task)
        own = {
            "id": "gen_random_uuid()::text",
            "created_at_ms": f"tasks.created_at_ms - {number} + n",
            "turn": "n",
            "account": f"'account-' || n % {ACCOUNTS}",
            "key_id": f"'account-' || n % {ACCOUNTS}",
            **columns,
        }
        names = ", ".join(f'"{column.name}"' for column in TASKS.c)
        values = ", ".join(own.get(column.name, f'tasks."{column.name}"') for column in TASKS.c)
        source = f"FROM tasks, generate_series(1, {number}) AS n WHERE tasks.id = '{task.id}'"
        self.sql(f"INSERT INTO tasks ({names}) SELECT {values} {source}")
        self.sql(f"DELETE FROM tasks WHERE id = '{task.id}'")  # noqa: S608
        self.sql("VACUUM ANALYZE tasks")

    def fill_past(self, number: int) -> None:
        """So many tasks that have ended."""
        ended = {"state": "'succeeded'", "attempt": "1", "progress": "1", "compute_ms": "400"}
        times = {
            "turn": "-1e6 + n",
            "started_at_ms": f"tasks.created_at_ms - {number} + n",
            "finished_at_ms": f"tasks.created_at_ms - {number} + n + 400",
            "expires_at_ms": "tasks.created_at_ms + 86400000",
        }
        self.fill(number, **ended, **times)

    def fill_running(self, number: int, *, lease_ms: int = 3_600_000) -> None:
        """So many that run, each of a worker of its own: `w1` …, attempt 1."""
        self.fill(
            number,
            state="'running'",
            attempt="1",
            started_at_ms="tasks.created_at_ms",
            worker_id="'w' || n",
            lease_until_ms=f"tasks.created_at_ms + {lease_ms}",
        )

    def fill_workers(
        self, number: int, *, idle: bool = False, lease_ms: int = 3_600_000, name: str = "w"
    ) -> None:
        """Rows of so many, as `Fleet.register` writes them: `w1` …"""
        until_ms = unix_ms() + lease_ms
        self.sql(
            "INSERT INTO workers (id, device, version, concurrency, started_at_ms, lease_until_ms, idle,"
            " warm) SELECT %(name)s || n, 'cpu', '0.1', 1, %(until)s, %(until)s, %(idle)s, ''"
            " FROM generate_series(1, %(number)s) AS n",
            {"until": until_ms, "idle": idle, "number": number, "name": name},
        )
        self.sql(
            "INSERT INTO worker_queues SELECT 'general', %(name)s || n"
            " FROM generate_series(1, %(number)s) AS n",
            {"number": number, "name": name},
        )
        self.sql("VACUUM ANALYZE workers, worker_queues")


def used_s(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Of what `Crowded.cpu_s` gives."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


@contextmanager
def crowded(connections: int = 4) -> Iterator[Crowded]:
    """A new server with our tables, for the block."""
    with postgres.running(*OPTIONS) as server:
        engine = open_server_database(server.words, connections=connections)
        try:
            made = Crowded(server, engine)
            made.sql("CREATE EXTENSION pg_stat_statements")
            yield made
        finally:
            engine.dispose()


def new_task(account: str = "", **asked: Any) -> Task:
    """One that is ready, with what a real one has in its row."""
    account = account or f"account-{uuid.uuid4().int % ACCOUNTS}"
    inputs = {"image": _PICTURE, "mask": _PICTURE}
    about = {"dialect": "native", "model": "", "edit": "erase", "request_id": str(uuid.uuid4())}
    standing = Standing(unix_ms(), staged=asked.pop("staged", True))
    given = {**about, "parameters": {"seed": 1, "engine": "auto"}, "inputs": inputs, "canvas": "1024x1024"}
    return Task(
        str(uuid.uuid4()), Submission(**{**given, "key_id": account, "account": account, **asked}), standing
    )


def card(worker_id: str) -> WorkerCard:
    return WorkerCard(worker_id, ("general",), "cpu", "0.1", 1)
