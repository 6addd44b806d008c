"""What each operation costs Postgres, through our own rooms, with what a large fleet has in its tables."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks.fleet_database import ACCOUNTS, LEASE_MS, Cost, Crowded, new_task, used_s
from cleanplate.tasks.queue_state import queue_state
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Claim, Output

PAST: Final = 20_000
LINES: Final = (1_000, 10_000, 50_000)
FLEETS: Final = (1_000, 10_000)
LISTENERS: Final = (0, 250, 500, 1_000)
COLUMNS: Final = ("what", "CPU ms", "WAL bytes", "client CPU ms", "took ms")
_SLEEPERS: Final = 300
"""Fewer than those of whom nobody is called."""
_RESULT: Final = Output("outputs/x/1-1.png", 1024, 1024, "image/png", {"engine": "patchmatch", "seed": 1})
_KEDA: Final = (
    "SELECT count(*) FROM tasks WHERE state IN ('queued', 'running') AND staged AND scenario IS NULL"
    " AND queue = 'general'"
)

Costs = dict[str, Cost]


def of_tasks(made: Crowded, times: int) -> Costs:
    """From the submit to the end of a task, with some in line and many that have ended."""
    made.empty()
    made.fill_past(PAST)
    made.fill_workers(10)
    store, fleet = made.store, made.fleet
    unready = [new_task(staged=False) for _ in range(times + 20)]
    held: list[Claim] = []
    ids: list[str] = []

    def submit(_number: int) -> None:
        task = new_task()
        store.insert(task)
        ids.append(task.id)

    def claim(number: int) -> None:
        task = store.claim_next(f"w{number}", lease_ms=LEASE_MS)
        assert task is not None
        held.append(task.claim)

    found = {"submit": made.cost(submit, times)}
    found["submit, fetched"] = made.cost(lambda number: store.insert(unready[number]), times)
    found["staged"] = made.cost(lambda number: store.set_staged(unready[number].id, "general", ""), times)
    found["call, nobody sleeps"] = made.cost(lambda _: fleet.call_one("general"), times)
    found["call, one sleeps"] = _called(made, min(times, _SLEEPERS))
    found["claim"] = made.cost(claim, times)
    found["heartbeat of a task"] = made.cost(
        lambda number: store.heartbeat([held[number]], lease_ms=LEASE_MS), times
    )
    found["progress"] = made.cost(lambda number: store.report(held[number], 0.5), times)
    found["poll"] = made.cost(lambda number: store.get(ids[number]), times)
    found["end"] = made.cost(lambda number: store.succeed(held[number], [_RESULT], 400), times)
    made.sql("UPDATE tasks SET state = 'succeeded' WHERE state = 'queued'")
    found["claim, nothing there"] = made.cost(lambda _: store.claim_next("w1"), times)
    found["heartbeat of a worker"] = made.cost(lambda number: fleet.beat(f"w{1 + number % 10}"), times)
    found["whose round it is"] = made.cost(lambda _: fleet.is_to_look(), times)
    found["worker rests"] = made.cost(lambda number: fleet.rest(f"w{1 + number % 10}", ""), times)
    return found


def _called(made: Crowded, times: int) -> Cost:
    """One of those that sleep is called, and nobody listens."""
    made.sql("UPDATE workers SET idle = true")
    numbers = f"generate_series(1, {times + 40}) AS n"
    made.sql(
        "INSERT INTO workers SELECT 'sleeps' || n, 'cpu', '', 1, 0, 9000000000000, true, '' "  # noqa: S608
        f"FROM {numbers}"
    )
    made.sql(f"INSERT INTO worker_queues SELECT 'general', 'sleeps' || n FROM {numbers}")  # noqa: S608
    fleet = made.fleet
    try:
        return made.cost(lambda _: fleet.call_one("general"), times)
    finally:
        made.sql("DELETE FROM workers WHERE id LIKE 'sleeps%'")
        made.sql("DELETE FROM worker_queues WHERE worker_id LIKE 'sleeps%'")
        made.sql("UPDATE workers SET idle = false")


def _place(store: TaskStore, task_id: str, _number: int) -> object:
    return store.ahead_of(task_id)


def _wait_of_new(store: TaskStore, _number: int) -> object:
    return store.ahead_of_new(new_task().submission)


def of_lines(made: Crowded, times: int) -> Costs:
    """What depends on how much is in line."""
    found: Costs = {}
    store = made.store
    keda = psycopg.connect(made.server.words, autocommit=True)
    for length in LINES:
        made.empty()
        made.fill_past(PAST)
        made.fill(length)
        last = made.sql("SELECT id FROM tasks WHERE state = 'queued' ORDER BY turn DESC LIMIT 1")[0][0]
        few = max(5, times * 1_000 // length // 4)
        operations: Mapping[str, tuple[Callable[[int], object], int]] = {
            "submit": (lambda _: store.insert(new_task()), times),
            "claim": (lambda number: store.claim_next(f"w{number}"), times),
            "place of the last": (partial(_place, store, last), few),
            "wait of a new one": (partial(_wait_of_new, store), few),
            "KEDA's count": (lambda _: keda.execute(_KEDA).fetchone(), few),
            "metrics": (lambda _: queue_state(made.engine), few),
        }
        for name, (operation, number) in operations.items():
            found[f"{name}, {length:,} in line"] = made.cost(operation, number, warm=5)
    keda.close()
    return found


def of_fleets(made: Crowded, times: int) -> Costs:
    """What depends on how many workers there are, each with a task."""
    found: Costs = {}
    store = made.store
    for size in FLEETS:
        made.empty()
        made.fill_past(PAST)
        made.fill(times + 100)
        made.fill_running(size)
        made.fill_workers(size)
        few = max(10, times * 200 // size)
        operations: Mapping[str, tuple[Callable[[int], object], int]] = {
            "host counts workers": (lambda _: made.fleet.capacity("general"), few),
            "look for dead workers": (lambda _: store.reap(), few),
            "claim": (lambda number: store.claim_next(f"x{number}"), times),
            "wait of a new one": (lambda _: store.ahead_of_new(new_task().submission), few),
        }
        for name, (operation, number) in operations.items():
            found[f"{name}, {size:,} workers"] = made.cost(operation, number, warm=5)
        made.sql("UPDATE workers SET idle = true")
        fleet = made.fleet
        found[f"call, {size:,} sleep"] = made.cost(lambda _: fleet.call_one("general"), times)  # noqa: B023
    return found


def of_listeners(made: Crowded, times: int) -> Costs:
    """What a call costs where so many connections listen: Postgres tells each of them."""
    found: Costs = {}
    fleet = made.fleet
    for number in LISTENERS:
        made.empty()
        made.fill_workers(_SLEEPERS, idle=True)
        ears = [psycopg.connect(made.server.words, autocommit=True) for _ in range(number)]
        try:
            for place, ear in enumerate(ears):
                ear.execute(f"LISTEN cleanplate_ear_{place}".encode())
            found[f"call, {number:,} listen"] = made.cost(lambda _: fleet.call_one("general"), _SLEEPERS // 2)
        finally:
            for ear in ears:
                ear.close()
    return found


def memory_of_connections(made: Crowded, number: int = 400) -> float:
    """MiB that one more connection takes of the machine, which has claimed once."""
    from cleanplate.database import open_server_database

    before = _unshared_kib(made)
    engine = open_server_database(made.server.words, connections=number)
    try:
        opened = [engine.connect() for _ in range(number)]
        for one in opened:
            one.exec_driver_sql("SELECT * FROM tasks WHERE id = 'none'")
        return (_unshared_kib(made) - before) / 1024 / number
    finally:
        for one in opened:
            one.close()
        engine.dispose()


def _unshared_kib(made: Crowded) -> float:
    children = Path(f"/proc/{made.server.pid}/task/{made.server.pid}/children").read_text().split()
    total = 0.0
    for pid in children:
        with suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(float(line.split()[1]) for line in rollup if line.startswith("Private_"))
    return total


def submits_a_second(made: Crowded, threads: int, seconds: float, *, account: str = "") -> dict[str, Any]:
    """How many are accepted from so many threads at a time.

    Args:
        account: all are of this one; "" is of many.
    """
    made.empty()
    made.fill_past(PAST)
    counts = [0] * threads
    waits: list[float] = []
    end_s = time.monotonic() + seconds

    def work(number: int) -> None:
        store = made.store
        while time.monotonic() < end_s:
            begun_s = time.perf_counter()
            store.insert(new_task(account))
            waits.append(1000 * (time.perf_counter() - begun_s))
            counts[number] += 1

    cpu_s = made.cpu_s()
    _all([threading.Thread(target=work, args=(number,)) for number in range(threads)])
    busy = used_s(cpu_s, made.cpu_s()) / seconds
    waits.sort()
    return {
        "threads": threads,
        "accounts": "one" if account else ACCOUNTS,
        "submits/s": round(sum(counts) / seconds),
        "p50 ms": round(waits[len(waits) // 2], 1),
        "p99 ms": round(waits[int(0.99 * len(waits))], 1),
        "cores of Postgres": round(busy, 2),
    }


def _all(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def flushes_a_second(made: Crowded, seconds: float) -> float:
    """Commits that wait for the disk, one after another on one connection."""
    made.sql("CREATE TABLE IF NOT EXISTS flushed (id int); TRUNCATE flushed")
    count, end_s = 0, time.monotonic() + seconds
    with psycopg.connect(made.server.words, autocommit=True) as connection:
        while time.monotonic() < end_s:
            connection.execute("INSERT INTO flushed VALUES (1)")
            count += 1
    made.sql("DROP TABLE flushed")
    return count / seconds


def rows_of(costs: Mapping[str, Cost]) -> list[dict[str, Any]]:
    return [
        {
            "what": name,
            "CPU ms": f"{cost.cpu_ms:.3g}",
            "WAL bytes": f"{cost.wal_bytes:.0f}",
            "client CPU ms": f"{cost.client_ms:.3g}",
            "took ms": f"{cost.took_ms:.3g}",
        }
        for name, cost in costs.items()
    ]
