"""Workers by the thousand in a few processes: each does at its times what `cleanplate worker` does.

They are known, beat, rest, look for tasks, hold leases and end tasks through our own rooms; only the work is
left out. What no process is needed for is not there: 10,000 of them share some dozen connections.
"""

import hashlib
import heapq
import multiprocessing
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event, Semaphore
from random import Random
from typing import Any, Final

import psycopg

from benchmarks.fleet_database import LEASE_MS, card
from cleanplate.clock import unix_ms
from cleanplate.database import open_server_database
from cleanplate.tasks.fleet import Fleet
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Claim

POLL_S: Final = 5.0
BEAT_S: Final = LEASE_MS / 1000 / 3
"""Both as in `app.task_work` and `app.task_loops`."""
_SPAWN: Final = multiprocessing.get_context("spawn")
_LONGEST_SLEEP_S: Final = 0.05

Held = Mapping[str, Claim | None]
"""Workers, and what each has in hand."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What workers do.

    Attributes:
        threads: of a process, each with workers of its own.
        registers: each says first that it is there.
        looks: an idle one looks for a task; else it only beats.
        reaps: in each round one of all looks for dead workers.
        hears: idle ones are called; else they only look, as behind a pooler.
        slow: all their times are so many times as long as in operation, the lease too: for machines that
            cannot do so much at once. What they ask for is then as much less.
    """

    threads: int = 4
    slow: float = 1.0
    registers: bool = False
    looks: bool = True
    reaps: bool = True
    hears: bool = True

    @property
    def lease_ms(self) -> int:
        return round(LEASE_MS * self.slow)


@dataclass(slots=True)
class Told:
    """What a process says at its end: milliseconds of each operation, and how late each was in seconds."""

    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    late_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0


class _Workers(threading.Thread):
    """Some of them, one thing after another, each when it is due."""

    def __init__(self, fleet: Fleet, store: TaskStore, held: Held, habits: Habits) -> None:
        super().__init__(daemon=True)
        self.told = Told()
        self.called = list[str]()
        self.fault = ""
        self._fleet, self._store, self._habits = fleet, store, habits
        self._beat_s, self._poll_s = habits.slow * BEAT_S, habits.slow * POLL_S
        self._held = dict(held)
        self._due: list[tuple[float, int, str, str]] = []
        self._ending = threading.Event()
        self._number = 0

    def register(self) -> None:
        for name in self._held:
            self._timed("register", partial(self._fleet.register, card(name)))

    def run(self) -> None:
        try:
            self._live()
        except BaseException as error:
            self.fault = repr(error)
            raise

    def _live(self) -> None:
        chance, now_s = Random(self.name), time.monotonic()  # noqa: S311 - when each begins
        for name in self._held:
            self._put(now_s + chance.uniform(0, self._beat_s), name, "beat")
            if self._habits.looks:
                self._put(now_s + chance.uniform(0, self._poll_s), name, "look")
        while not self._ending.is_set():
            while self.called:
                self._put(time.monotonic(), self.called.pop(), "called")
            wait_s = self._due[0][0] - time.monotonic()
            if wait_s > 0:
                time.sleep(min(wait_s, _LONGEST_SLEEP_S))
                continue
            due_s, _, name, what = heapq.heappop(self._due)
            self.told.late_s.append(-wait_s)
            self._do(due_s, name, what)

    def stop(self) -> None:
        self._ending.set()

    def _put(self, due_s: float, name: str, what: str) -> None:
        self._number += 1
        heapq.heappush(self._due, (due_s, self._number, name, what))

    def _do(self, due_s: float, name: str, what: str) -> None:
        if what == "beat":
            self._beat(name)
            self._put(due_s + self._beat_s, name, what)
            return
        if self._held[name] is None:
            self._look(name)
        if what == "look":
            self._put(due_s + self._poll_s, name, what)

    def _beat(self, name: str) -> None:
        self._timed("beat", lambda: self._fleet.beat(name))
        claim = self._held[name]
        if claim is not None:
            self._timed("heartbeat", lambda: self._store.heartbeat([claim], lease_ms=self._habits.lease_ms))
        if self._habits.reaps:
            spared = () if claim is None else (claim.task_id,)
            if self._timed("whose round", self._fleet.is_to_look):
                self._timed("reap", lambda: self._store.reap(spared=spared))

    def _look(self, name: str) -> None:
        if self._claim(name) is None and self._habits.hears:
            self._timed("rest", lambda: self._fleet.rest(name, ""))
            self._claim(name)

    def _claim(self, name: str) -> Claim | None:
        task = self._timed("claim", lambda: self._store.claim_next(name, lease_ms=self._habits.lease_ms))
        self._held[name] = None if task is None else task.claim
        return self._held[name]

    def _timed(self, what: str, operation: Callable[[], Any]) -> Any:
        begun_s = time.perf_counter()
        try:
            return operation()
        finally:
            self.told.took_ms[what].append(1000 * (time.perf_counter() - begun_s))


@dataclass(frozen=True, slots=True)
class _Signs:
    """Between the processes: each says that it is ready, all go together, each stops and tells what it did.

    What one waits at is its own: one that is killed there would keep the others waiting for its answer.
    """

    ready: Semaphore
    go: Event
    stop: Event
    told: Any


def _live(words: str, held: Held, habits: Habits, signs: _Signs) -> None:
    engine = open_server_database(words, connections=habits.threads + 1)
    fleet = Fleet(engine, lease_ms=habits.lease_ms, clock_ms=unix_ms)
    store, names = TaskStore(engine, call=fleet.call_one), list(held)
    parts = [{name: held[name] for name in names[place :: habits.threads]} for place in range(habits.threads)]
    threads = [_Workers(fleet, store, part, habits) for part in parts]
    if habits.registers:
        _at_once([threading.Thread(target=thread.register) for thread in threads])
    if habits.hears:
        threading.Thread(target=_hear, args=(words, threads, parts), daemon=True).start()
    signs.ready.release()
    signs.go.wait()
    cpu_s = time.process_time()
    for thread in threads:
        thread.start()
    signs.stop.wait()
    for thread in threads:
        thread.stop()
        thread.join()
    signs.told.put([(one.fault, dict(one.told.took_ms), one.told.late_s) for one in threads])
    signs.told.put(time.process_time() - cpu_s)


def _at_once(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _hear(words: str, threads: Sequence[_Workers], parts: Sequence[Held]) -> None:
    """One connection listens for all workers of this process."""
    of_channel = {
        "cleanplate_" + hashlib.sha256(name.encode()).hexdigest()[:32]: (thread, name)
        for thread, part in zip(threads, parts, strict=True)
        for name in part
    }
    with psycopg.connect(words, autocommit=True) as ear:
        for channel in of_channel:
            ear.execute(f'LISTEN "{channel}"'.encode())
        for call in ear.notifies():
            thread, name = of_channel[call.channel]
            thread.called.append(name)


@dataclass(slots=True)
class Crowd:
    """Processes full of workers, which begin when they are told."""

    processes: list[BaseProcess]
    seconds: float = 0.0
    told: Told = field(default_factory=Told)

    def kill(self, place: int) -> int:
        """One of them, as a power cut would; when that was, in Unix milliseconds."""
        self.processes[place].kill()
        self.processes[place].join()
        return unix_ms()

    def rate(self, what: str) -> float:
        """How often a second all together did it."""
        return len(self.told.took_ms.get(what, ())) / self.seconds

    def at(self, what: str, share: float) -> float:
        """Milliseconds within which so many of it were done."""
        return at(self.told.took_ms.get(what, [0.0]), share)


@contextmanager
def crowd(words: str, parts: Sequence[Held], habits: Habits) -> Iterator[Crowd]:
    """One process for each part. In the block they live; after it, it is known what they did."""
    ready, told = _SPAWN.Semaphore(0), _SPAWN.Queue()
    signs = [_Signs(ready, _SPAWN.Event(), _SPAWN.Event(), told) for _ in parts]
    arguments = [(words, part, habits, sign) for part, sign in zip(parts, signs, strict=True)]
    processes = [_SPAWN.Process(target=_live, args=each, daemon=True) for each in arguments]
    for process in processes:
        process.start()
    made = Crowd(list(processes))
    try:
        for process in processes:
            while not ready.acquire(timeout=1):
                assert process.is_alive(), "a crowd's process has ended"
        for sign in signs:
            sign.go.set()
        begun_s = time.monotonic()
        yield made
        made.seconds = time.monotonic() - begun_s
        living = [sign.stop for process, sign in zip(processes, signs, strict=True) if process.is_alive()]
        for stop in living:
            stop.set()
        for _ in range(2 * len(living)):
            _gather(made.told, told.get(timeout=60))
    finally:
        for process in processes:
            process.kill()
            process.join()


def _gather(told: Told, message: Any) -> None:
    if isinstance(message, float):
        told.cpu_s += message
        return
    for fault, took_ms, late_s in message:
        assert not fault, fault
        told.late_s.extend(late_s)
        for what, times in took_ms.items():
            told.took_ms[what].extend(times)


def at(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
