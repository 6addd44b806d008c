"""Ways in which a worker learns of a task on Postgres: what a submit does, and what a worker does all day.

All have the table of tasks, the fair line and the fences of `cleanplate.tasks`, and its statements.
"""

import asyncio
import importlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, create_engine, insert, literal, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or_update

from cleanplate.clock import unix_ms
from cleanplate.database.tables import DELIVERIES, METADATA, TASKS, USAGE
from cleanplate.tasks import moves
from cleanplate.tasks.ended import COLUMNS
from cleanplate.tasks.rows import task_of
from cleanplate.tasks.task import Claim, State, Task

POLL_S: Final = 1.0
"""How often an idle worker looks that nobody woke."""
LEASE_MS: Final = 10_000
_TTL_MS: Final = 86_400_000
_ROW = TASKS.c

_BY_ID: Final = (
    "UPDATE tasks SET state = 'running', attempt = attempt + 1, started_at_ms = :now_ms,"
    " worker_id = :claimer, lease_until_ms = :until_ms WHERE id = :id AND state = 'queued' RETURNING *"
)
_WAKE: Final = (
    "WITH woken AS (UPDATE idlers SET idle = false WHERE id ="
    " (SELECT id FROM idlers WHERE idle LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id)"
    " SELECT pg_notify(id, '') FROM woken"
)
_IDLERS: Final = "CREATE TABLE idlers (id text PRIMARY KEY, idle boolean NOT NULL)"
_RELAXED: Final = "-c synchronous_commit=off"
"""For what may be lost in a power cut."""


class Way:
    """Workers that poll; the others wake them too.

    Args:
        url, words: of the database, as SQLAlchemy and as libpq has it.
        started: told of each task that starts, by id.
    """

    name = "poll"

    def __init__(self, url: str, words: str, started: Callable[[str], None] = lambda _id: None) -> None:
        self._engine = create_engine(url, pool_size=32, max_overflow=96)
        self._words = words
        self._started = started

    def create(self) -> None:
        """Make the tables."""
        METADATA.create_all(self._engine)

    def submit(self, task: Task) -> None:
        """Accept a task."""
        with self._engine.begin() as connection:
            connection.execute(moves.NEW, moves.new_row(task))
            self.tell(connection, task)

    def tell(self, connection: Connection, task: Task) -> None:
        """Say in the transaction of a submit that there is a task."""

    def serve(self, worker: str) -> None:
        """Do tasks for ever."""
        while True:
            if not self.work(worker):
                time.sleep(POLL_S)

    def close(self) -> None:
        self._engine.dispose()

    def work(self, worker: str, task_id: str | None = None) -> bool:
        """Claim the next task, or the named one, and finish it. False: there is none."""
        now_ms = unix_ms()
        values: dict[str, Any] = {
            "of_queue": "general",
            "claimer": worker,
            "now_ms": now_ms,
            "until_ms": now_ms + LEASE_MS,
        }
        with self._engine.begin() as connection:
            if task_id is None:
                row = connection.execute(moves.next_claim(simulated=False), values).first()
            else:
                row = connection.execute(text(_BY_ID), values | {"id": task_id}).first()
        if row is None:
            return False
        task = task_of(row)
        self._started(task.id)
        self._finish(task.claim)
        return True

    def _finish(self, claim: Claim) -> None:
        """As `TaskStore.succeed`."""
        now_ms = unix_ms()
        times = {"finished_at_ms": now_ms, "expires_at_ms": now_ms + _TTL_MS, "lease_until_ms": None}
        found: dict[str, Any] = {"results": [], "compute_ms": 1, "progress": 1.0, **times}
        move = moves.move(State.RUNNING, State.SUCCEEDED, *moves.held(claim))
        named = _ROW.id == claim.task_id
        due = select(_ROW.id, literal(0), literal(0), _ROW.account).where(
            named, _ROW.callback_url.is_not(None)
        )
        used = select(_ROW.key_id, _ROW.account, *map(literal, ("2026-01-01", 1, 1, 1))).where(named)
        names = ["key_id", "account", "day", "tasks", "images", "compute_ms"]
        added = insert_or_update(USAGE).from_select(names, used)
        grown = {name: USAGE.c[name] + added.excluded[name] for name in names[3:]}
        with self._engine.begin() as connection:
            if connection.execute(move.values(found).returning(*COLUMNS)).first() is None:
                raise RuntimeError(f"task {claim.task_id} is somebody else's")
            connection.execute(
                insert(DELIVERIES).from_select(["task_id", "attempt", "next_at_ms", "account"], due)
            )
            connection.execute(added.on_conflict_do_update(index_elements=names[:3], set_=grown))


class Broadcast(Way):
    """Every idle worker listens on one channel."""

    name = "broadcast"

    def tell(self, connection: Connection, task: Task) -> None:
        connection.execute(text("SELECT pg_notify('tasks', '')"))

    def serve(self, worker: str) -> None:
        with psycopg.connect(self._words, autocommit=True) as ear:
            ear.execute("LISTEN tasks")
            while True:
                while self.work(worker):
                    pass
                list(ear.notifies(timeout=POLL_S, stop_after=1))


class Directed(Way):
    """A submit wakes one worker that says it is idle, in its own transaction."""

    name = "directed"

    def create(self) -> None:
        super().create()
        with self._engine.begin() as connection:
            connection.execute(text(_IDLERS))

    def tell(self, connection: Connection, task: Task) -> None:
        connection.execute(text(_WAKE))

    def serve(self, worker: str) -> None:
        with psycopg.connect(self._words, autocommit=True, options=_RELAXED) as ear:
            ear.execute(f'LISTEN "{worker}"'.encode())
            ear.execute("INSERT INTO idlers VALUES (%s, false)", (worker,))
            while True:
                while self.work(worker):
                    pass
                self._mark(ear, worker, idle=True)
                # What came before that mark woke nobody.
                if self.work(worker):
                    self._mark(ear, worker, idle=False)
                else:
                    list(ear.notifies(timeout=POLL_S, stop_after=1))

    @staticmethod
    def _mark(ear: psycopg.Connection[Any], worker: str, *, idle: bool) -> None:
        ear.execute("UPDATE idlers SET idle = %s WHERE id = %s AND idle != %s", (idle, worker, idle))


class DirectedAfter(Directed):
    """The same in a transaction after that of the submit, which does not wait for the disk."""

    name = "directed, after"

    def __init__(self, url: str, words: str, started: Callable[[str], None] = lambda _id: None) -> None:
        super().__init__(url, words, started)
        options = {"options": _RELAXED}
        self._relaxed = create_engine(url, connect_args=options, isolation_level="AUTOCOMMIT", pool_size=32)

    def tell(self, connection: Connection, task: Task) -> None:
        """Nothing: see `submit`."""

    def submit(self, task: Task) -> None:
        super().submit(task)
        # A worker that is idle only now looks after this commit.
        with self._relaxed.connect() as connection:
            connection.execute(text(_WAKE))

    def close(self) -> None:
        super().close()
        self._relaxed.dispose()


class Procrastinate(Way):
    """A job of Procrastinate carries the id of the task."""

    name = "procrastinate"

    def __init__(self, url: str, words: str, started: Callable[[str], None] = lambda _id: None) -> None:
        super().__init__(url, words, started)
        try:
            self._library = importlib.import_module("procrastinate")
        except ImportError:
            raise SystemExit("this wants Procrastinate: pip install 'procrastinate==3.10.*'") from None
        self._job = self._app(self._library.SyncPsycopgConnector(), "").tasks["perform"]

    def create(self) -> None:
        super().create()
        schema = importlib.import_module("procrastinate.schema").SchemaManager.get_schema()
        with psycopg.connect(self._words) as connection:
            connection.execute(schema)

    def tell(self, connection: Connection, task: Task) -> None:
        driver = connection.connection.driver_connection
        # Its highest priority comes first, ours last.
        job = self._job.configure(connection=driver, priority=-task.submission.priority)
        job.defer(task_id=task.id)

    def serve(self, worker: str) -> None:
        asyncio.run(self._serve(worker))

    async def _serve(self, worker: str) -> None:
        app = self._app(self._library.PsycopgConnector(conninfo=self._words, min_size=1), worker)
        async with app.open_async():
            await app.run_worker_async(
                concurrency=1,
                delete_jobs="successful",
                fetch_job_polling_interval=0.1,
                install_signal_handlers=False,
            )

    def _app(self, connector: Any, worker: str) -> Any:
        app = self._library.App(connector=connector)

        def perform(task_id: str) -> None:
            self.perform(worker, task_id)

        app.task(perform, name="perform")
        return app

    def perform(self, worker: str, task_id: str) -> None:
        """Do the task of a job."""
        self.work(worker, task_id)


class Look(Procrastinate):
    """A job of Procrastinate says that there is something in line."""

    name = "procrastinate: look"

    def perform(self, worker: str, task_id: str) -> None:
        self.work(worker)


WAYS: Final = {way.name: way for way in (Procrastinate, Look, Broadcast, Directed, DirectedAfter)}


def log_to(path: Path) -> Callable[[str], None]:
    """Write each start, and when it was, to the end of a file that several processes share."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def started(task_id: str) -> None:
        os.write(file, f"{task_id} {time.perf_counter():020.6f}\n".encode())

    return started
