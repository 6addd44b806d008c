"""One way of `queue_ways` on a Postgres of its own: its workers, its submits, and what Postgres spent."""

import multiprocessing
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event, Semaphore
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg

from benchmarks import postgres
from benchmarks.postgres import Postgres
from benchmarks.queue_ways import WAYS, Way, log_to
from cleanplate.clock import unix_ms
from cleanplate.tasks.task import Standing, Submission, Task

WORKERS: Final = 4
ACCOUNTS: Final = 8
LATEST_S: Final = 30.0
CHANCE: Final = Random(1)  # noqa: S311 - pauses and accounts
_SPAWN: Final = multiprocessing.get_context("spawn")

Figures = dict[str, float]


@dataclass(slots=True)
class Bench:
    """One way on one database, with its log of starts."""

    server: Postgres
    way_name: str
    folder: Path
    submitted: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log = self.folder / "starts"
        self.log.write_text("")
        self.way = WAYS[self.way_name](self.server.url, self.server.words)

    log: Path = field(init=False)
    way: Way = field(init=False)

    def submit(self, account: str = "", **asked: Any) -> str:
        """Submit one task, and remember when; its id."""
        account = account or f"account-{CHANCE.randrange(ACCOUNTS)}"
        about = {"dialect": "native", "model": "", "edit": "erase", "request_id": "", "inputs": {}}
        asked = {**about, "parameters": {}, "key_id": account, "account": account, **asked}
        task = Task(str(uuid.uuid4()), Submission(**asked), Standing(unix_ms(), staged=True))
        self.submitted[task.id] = time.perf_counter()
        self.way.submit(task)
        return task.id

    def starts(self) -> dict[str, float]:
        """When each task that has started did so, in their order."""
        whole = self.log.read_text().rpartition("\n")[0]  # the last line may be on its way
        lines = (line.split() for line in whole.splitlines())
        return {task_id: float(at) for task_id, at in lines}

    def wait(self, look_s: float = 0.02) -> dict[str, float]:
        """Until all have started; when each did."""
        latest_s = time.monotonic() + LATEST_S
        while len(starts := self.starts()) < len(self.submitted):
            if time.monotonic() > latest_s:
                raise TimeoutError(f"{self.way_name}: {len(starts)} of {len(self.submitted)} have started")
            time.sleep(look_s)
        return starts

    def _wait_for_ends(self) -> None:
        latest_s = time.monotonic() + LATEST_S
        with psycopg.connect(self.server.words, autocommit=True) as connection:
            while connection.execute("SELECT 1 FROM tasks WHERE state != 'succeeded' LIMIT 1").fetchone():
                if time.monotonic() > latest_s:
                    raise TimeoutError(f"{self.way_name}: a task has no end")
                time.sleep(0.02)

    def waits_ms(self) -> list[float]:
        """From submit to start, of all, in order of their length."""
        return sorted(1000 * (at - self.submitted[task_id]) for task_id, at in self.wait().items())

    @contextmanager
    def workers(self, processes: int = WORKERS, threads: int = 1) -> Iterator[list[int]]:
        """Their process ids; they begin when the block does, and end with it."""
        ready, go = _SPAWN.Semaphore(0), _SPAWN.Event()
        about = (self.way_name, self.server, self.log, threads, ready, go)
        started = [_SPAWN.Process(target=_serve, args=about, daemon=True) for _ in range(processes)]
        for process in started:
            process.start()
        try:
            for _ in started:
                ready.acquire()
            go.set()
            yield [process.pid or 0 for process in started]
            self._wait_for_ends()
        finally:
            for process in started:
                process.terminate()
                process.join()


def _serve(name: str, server: Postgres, log: Path, threads: int, ready: Semaphore, go: Event) -> None:
    way = WAYS[name](server.url, server.words, log_to(log))
    ready.release()
    go.wait()
    names = [f"w{uuid.uuid4().hex[:12]}" for _ in range(threads)]
    others = [threading.Thread(target=way.serve, args=(name,), daemon=True) for name in names[1:]]
    for other in others:
        other.start()
    way.serve(names[0])


def reset(server: Postgres) -> None:
    with psycopg.connect(server.words, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_statements_reset(), pg_stat_reset(), pg_stat_reset_shared('wal')")


def spent(server: Postgres) -> Figures:
    """What was done since `reset`, by those whose connections are closed by now."""
    time.sleep(1.5)
    with psycopg.connect(server.words) as connection:
        statements = connection.execute("SELECT sum(calls) FROM pg_stat_statements").fetchone()
        rows = connection.execute(
            "SELECT xact_commit, tup_inserted + tup_updated + tup_deleted, wal_bytes / 1024"
            " FROM pg_stat_database, pg_stat_wal WHERE datname = current_database()"
        ).fetchone()
    assert statements
    assert rows
    names = ("statements/task", "commits/task", "rows written/task", "WAL KiB/task")
    return dict(zip(names, map(float, (*statements, *rows)), strict=True))


def make_empty(server: Postgres, name: str) -> None:
    """Empty tables."""
    with psycopg.connect(server.words, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute("CREATE EXTENSION pg_stat_statements")
    way = WAYS[name](server.url, server.words)
    way.create()
    way.close()


def used(server: Postgres, pids: list[int]) -> float:
    return server.cpu_s() + sum(map(postgres.cpu_s, pids))
