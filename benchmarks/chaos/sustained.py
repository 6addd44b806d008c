"""Four times as much work as can be done, for five minutes: what is accepted, how fast, and what it takes."""

import http
import itertools
import sqlite3
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from benchmarks.chaos.mixed import held_mb
from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import OTHER, Client, erase_body, two_keys
from benchmarks.chaos.victim import KEY, Victim, wait_for_all

SECONDS: Final = 300.0
TIMES_CAPACITY: Final = 4
_MEASURED: Final = 60
"""Tasks by which the capacity is measured, which come as fast as they can."""
_CLIENTS: Final = 16
_LONGEST_QUEUE_S: Final = 60.0
_FILLED_S: Final = 90.0
"""The queue is as long as it gets by then; from here on memory has to stay."""
_WINDOW_S: Final = 60.0
_LONGEST_S: Final = 180.0
_LOOK_S: Final = 1.0
_P99: Final = 0.99
_OPEN: Final = "SELECT count(*) FROM tasks WHERE state IN ('queued', 'running')"
_SPAN: Final = "SELECT (max(finished_at_ms) - min(started_at_ms)) / 1000.0, count(*) FROM tasks"


@dataclass(slots=True)
class Seen:
    """What the clients were answered, and what the server held.

    Attributes:
        accepted_s: what each accepted submit took.
        held: seconds since the beginning, and megabytes.
    """

    accepted_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    held: list[tuple[float, float]] = field(default_factory=list)


def _ask(victim: Victim, question: str) -> tuple[float, ...]:
    with closing(sqlite3.connect(victim.data / "cleanplate.db")) as database:
        found: tuple[float, ...] = database.execute(question).fetchone()
        return found


def _capacity(victim: Victim) -> float:
    """Tasks a second."""
    client, body = Client(victim, KEY), erase_body()
    for _ in range(_MEASURED):
        client.accepted(body)
    wait_for_all(victim, longest_s=_LONGEST_S)
    seconds, tasks = _ask(victim, _SPAN)
    return tasks / seconds


def _submit_on(victim: Victim, key: str, every_s: float, begin_s: float, seen: Seen) -> None:
    """Submit at fixed times, whatever became of the last one; what is late is sent at once."""
    client, body = Client(victim, key), erase_body()
    for number in itertools.count():
        due_s = begin_s + number * every_s
        if due_s > begin_s + SECONDS or time.monotonic() > begin_s + SECONDS:
            return
        time.sleep(max(due_s - time.monotonic(), 0))
        began_s = time.perf_counter()
        status = client.submit(body).status
        seen.statuses[status] += 1
        if status == http.HTTPStatus.ACCEPTED:
            seen.accepted_s.append(time.perf_counter() - began_s)


def _flood(victim: Victim, rate: float) -> Seen:
    begin_s, seen = time.monotonic(), Seen()
    clients = [
        threading.Thread(
            target=_submit_on,
            args=(victim, (KEY, OTHER)[number % 2], _CLIENTS / rate, begin_s + number / rate, seen),
        )
        for number in range(_CLIENTS)
    ]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        seen.held.append((time.monotonic() - begin_s, held_mb(victim)))
        time.sleep(_LOOK_S)
    return seen


def _grown_percent(held: list[tuple[float, float]]) -> float:
    """From the minute after the queue is full to the last one."""
    early = [mb for at_s, mb in held if _FILLED_S <= at_s < _FILLED_S + _WINDOW_S]
    late = [mb for at_s, mb in held if at_s >= SECONDS - _WINDOW_S]
    return 100 * (statistics.fmean(late) / statistics.fmean(early) - 1)


def attack() -> Iterator[Row]:
    """What is accepted in which time, how the rest is refused, and what it takes."""
    with two_keys(_LONGEST_QUEUE_S) as victim:
        capacity = _capacity(victim)
        seen = _flood(victim, TIMES_CAPACITY * capacity)
        wait_for_all(victim, longest_s=_LONGEST_S)
        left = int(_ask(victim, _OPEN)[0])
        failed = int(_ask(victim, "SELECT count(*) FROM tasks WHERE state = 'failed'")[0])
    times_s = sorted(seen.accepted_s)
    refused = seen.statuses[http.HTTPStatus.TOO_MANY_REQUESTS]
    others = seen.statuses.total() - len(times_s) - refused
    sent = f"{seen.statuses.total() / SECONDS:.0f} submits a second for {SECONDS:.0f} s"
    name = f"{sent}, {capacity:.1f} can be done, {len(times_s)} accepted"
    yield Row(f"{name}: p99 of accepted submits", times_s[int(len(times_s) * _P99)], 0.1, "s")
    yield Row(f"{name}: refused with 429", refused, 1, "", least=True)
    yield Row(f"{name}: neither accepted nor 429", others, 0, "")
    yield Row(f"{name}: memory of all processes", _grown_percent(seen.held), 5, "% more")
    yield Row(f"{name}: accepted tasks that do not end, or fail", left + failed, 0, "tasks")
