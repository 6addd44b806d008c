"""Ten thousand workers in a real database: what they cost when they are idle, when they work, and when many
of them die at once."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from benchmarks.fleet_costs import PAST
from benchmarks.fleet_crowd import Habits, Held, at, crowd
from benchmarks.fleet_database import Crowded, new_task, used_s
from cleanplate.clock import unix_ms
from cleanplate.tasks.fleet import Fleet
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Claim

PROCESSES: Final = 2
QUEUED: Final = 20_000
_PROBES: Final = 4
_AWAY_S: Final = 30.0

Row = dict[str, Any]


def idle(made: Crowded, workers: int, seconds: float, habits: Habits) -> Row:
    """All are known and sleep; a few tasks come, and each is started by one of them."""
    made.empty()
    made.fill_past(PAST)
    names = [f"w{number}" for number in range(1, workers + 1)]
    with _measured(made, _shared(dict.fromkeys(names)), habits, seconds) as row:
        row["what"] = f"{workers:,} idle"
    return row


def busy(made: Crowded, workers: int, seconds: float, habits: Habits) -> Row:
    """Each holds a lease, and others claim from a long line meanwhile."""
    held = _all_at_work(made, workers)
    made.fill(QUEUED)
    waits: list[float] = []
    order: list[tuple[float, str]] = []
    stop = threading.Event()

    def probe(number: int) -> None:
        while not stop.is_set():
            begun_s = time.perf_counter()
            task = made.store.claim_next(f"probe-{number}", lease_ms=3_600_000)
            waits.append(1000 * (time.perf_counter() - begun_s))
            assert task is not None
            order.append((begun_s, task.id))
            time.sleep(0.01)

    threads = [threading.Thread(target=probe, args=(number,)) for number in range(_PROBES)]
    with _measured(made, _shared(held), habits, seconds, during=threads, stop=stop) as row:
        row["what"] = f"{workers:,} at work, {QUEUED:,} in line"
    turns = dict(made.sql("SELECT id, turn FROM tasks WHERE worker_id LIKE 'probe-%'"))
    claimed = [turns[task_id] for _, task_id in sorted(order)]
    moved = max(abs(place - rank) for place, rank in enumerate(_ranks(claimed)))
    found = f"{len(waits)} claims: p50 {at(waits, 0.5):.1f} ms, p99 {at(waits, 0.99):.1f} ms"
    twice = len(claimed) - len(set(claimed))
    return {**row, "claims": f"{found}, {twice} twice, {moved} places from their turn at most"}


def deaths(made: Crowded, workers: int, dying: int, habits: Habits) -> Row:
    """So many die at once with their tasks, and as many others sleep: until the last has another worker.

    In a slow fleet the lease and the looks are as slow: what is told is at the pace of operation.
    """
    held = _all_at_work(made, workers)
    names = list(held)
    made.fill_workers(dying, name="spare")
    spare: Held = {f"spare{number}": None for number in range(1, dying + 1)}
    victims = {name: held[name] for name in names[:dying]}
    parts = [victims, *_shared({name: held[name] for name in names[dying:]}), spare]
    ids = [claim.task_id for claim in victims.values() if claim is not None]
    query = "SELECT started_at_ms FROM tasks WHERE id = ANY(%(ids)s) AND state = 'running' AND attempt = 2"
    with crowd(made.server.words, parts, habits) as alive, _a_host(made, habits):
        time.sleep(8.0 * habits.slow)  # all have beaten
        died_ms = alive.kill(0)
        latest_s = time.monotonic() + _AWAY_S * habits.slow
        while len(rows := made.sql(query, {"ids": ids})) < dying and time.monotonic() < latest_s:
            time.sleep(0.2)
    after_s = [(int(row[0]) - died_ms) / 1000 / habits.slow for row in rows]
    taken = f"{len(after_s)} of {dying} taken over: p50 {at(after_s, 0.5):.1f} s, last {max(after_s):.1f} s"
    wrongly = made.sql("SELECT count(*) FROM tasks WHERE attempt > 1 AND NOT id = ANY(%(ids)s)", {"ids": ids})
    return {
        "what": f"{dying:,} of {workers:,} die, at {1 / habits.slow:.2g} of the pace",
        "claims": f"{taken}; {wrongly[0][0]} of living ones taken",
    }


@contextmanager
def _a_host(made: Crowded, habits: Habits) -> Iterator[None]:
    """An API host, as far as it looks for dead workers."""
    stop = threading.Event()
    fleet = Fleet(made.engine, lease_ms=habits.lease_ms, clock_ms=unix_ms)
    store = TaskStore(made.engine, call=fleet.call_one)

    def look() -> None:
        while not stop.wait(habits.lease_ms / 3_000):
            if fleet.is_to_look():
                store.reap()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _all_at_work(made: Crowded, workers: int) -> dict[str, Claim | None]:
    made.empty()
    made.fill_past(PAST)
    made.fill_workers(workers)
    made.fill_running(workers)
    rows = made.sql("SELECT worker_id, id FROM tasks WHERE state = 'running'")
    return {str(name): Claim(str(task_id), str(name), 1) for name, task_id in rows}


def _shared(held: Mapping[str, Claim | None]) -> Sequence[Held]:
    names = list(held)
    return [{name: held[name] for name in names[place::PROCESSES]} for place in range(PROCESSES)]


@contextmanager
def _measured(
    made: Crowded,
    parts: Sequence[Held],
    habits: Habits,
    seconds: float,
    *,
    during: Sequence[threading.Thread] = (),
    stop: threading.Event | None = None,
) -> Iterator[Row]:
    row: Row = {"claims": ""}
    begun_s = time.monotonic()
    with crowd(made.server.words, parts, habits) as alive:
        registered_s = time.monotonic() - begun_s
        time.sleep(2)
        for thread in during:
            thread.start()
        cpu_s, wal, from_s = made.cpu_s(), made.wal_bytes(), time.monotonic()
        yield row
        submitted = _lone(made) if habits.registers else ""
        time.sleep(max(0.0, seconds - (time.monotonic() - from_s)))
        took_s = time.monotonic() - from_s
        spent_s, wal = used_s(cpu_s, made.cpu_s()), made.wal_bytes() - wal
        if stop is not None:
            stop.set()
        for thread in during:
            thread.join()
    row |= {
        "Postgres, cores at full pace": round(habits.slow * spent_s / took_s, 2),
        "WAL, KiB/s": round(habits.slow * wal / took_s / 1024),
        "asked/s": round(habits.slow * sum(map(len, alive.told.took_ms.values())) / alive.seconds),
        "late p99 s": round(at(alive.told.late_s, 0.99), 2),
        "pace": f"{1 / habits.slow:.2g}",
    }
    if submitted:
        row["claims"] = f"registered in {registered_s:.0f} s; {submitted}"


def _lone(made: Crowded, tasks: int = 60) -> str:
    """From the submit of one to its start by one of the idle ones."""
    fleet, ids = made.fleet, list[str]()
    store = TaskStore(made.engine, call=fleet.call_one)
    calls: list[float] = []
    for _ in range(tasks):
        task = new_task()
        begun_s = time.perf_counter()
        store.insert(task)
        calls.append(1000 * (time.perf_counter() - begun_s))
        ids.append(task.id)
        time.sleep(0.1)
    _until(lambda: made.sql(_STARTED, {"ids": ids})[0][0] == tasks)
    rows = made.sql(
        "SELECT started_at_ms - created_at_ms FROM tasks WHERE id = ANY(%(ids)s) AND started_at_ms > 0",
        {"ids": ids},
    )
    waits = [float(row[0]) for row in rows]
    told = f"start after p50 {at(waits, 0.5):.0f} ms, p99 {at(waits, 0.99):.0f} ms"
    return f"{told}; submit with its call p50 {at(calls, 0.5):.1f} ms"


_STARTED: Final = "SELECT count(*) FROM tasks WHERE id = ANY(%(ids)s) AND started_at_ms IS NOT NULL"


def _until(true: Callable[[], bool], longest_s: float = 60.0) -> None:
    latest_s = time.monotonic() + longest_s
    while not true() and time.monotonic() < latest_s:
        time.sleep(0.2)


def _ranks(values: Sequence[float]) -> list[int]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0] * len(values)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks
