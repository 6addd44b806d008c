"""Another process keeps the database locked while fifty clients submit, and others poll."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.submits import Answer, at_once, poll, submit, task_of
from benchmarks.chaos.victim import Victim, running

SUBMITS: Final = 50
DIALECTS: Final = ("dashscope", "native", "novita", "picwish")
_UNAVAILABLE: Final = 503


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Nobody else may write."""
    with closing(sqlite3.connect(data / "cleanplate.db", isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def _polls(victim: Victim, task_id: str, stop: threading.Event, found: list[Answer]) -> None:
    while not stop.wait(0.05):
        found.append(poll(victim, task_id))


def attack() -> Iterator[Row]:
    """How long polls and submits take, and what submits are answered."""
    with running() as victim:
        task_id = task_of(submit(victim))
        stop, polls = threading.Event(), list[Answer]()
        poller = threading.Thread(target=_polls, args=(victim, task_id, stop, polls))
        with locked(victim.data):
            poller.start()
            jobs = [partial(submit, victim, DIALECTS[number % len(DIALECTS)]) for number in range(SUBMITS)]
            answers = at_once(jobs)
            stop.set()
            poller.join()
        began_s = time.perf_counter()
        after = submit(victim)
        again_s = time.perf_counter() - began_s
    refused = [
        answer for answer in answers if answer.status == _UNAVAILABLE and "retry-after" in answer.headers
    ]
    good = sum(answer.status == 200 for answer in polls)
    name = f"database locked, {SUBMITS} submits"
    yield Row(f"{name}: longest poll", max(answer.seconds for answer in polls), 0.5, "s")
    yield Row(f"{name}: polls answered", good / len(polls), 1, "of all", least=True)
    yield Row(f"{name}: longest submit", max(answer.seconds for answer in answers), 3, "s")
    yield Row(f"{name}: 503 with Retry-After", len(refused), SUBMITS, "", least=True)
    yield Row("database free again: a submit", again_s if after.status < 300 else float("inf"), 1, "s")
