"""The workers of a database that several machines share. Only Postgres can call one, so all runs on that."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import Engine, func, insert, select
from tests.new_tasks import Clock
from tests.postgres import PostgresServer

from cleanplate.app.task_loops import member
from cleanplate.app.task_work import Doing, TaskTable
from cleanplate.database import open_server_database, transaction
from cleanplate.database.postgres_calls import listen
from cleanplate.database.server_clock import ServerClock
from cleanplate.database.tables import WORKER_QUEUES, WORKERS
from cleanplate.errors import DatabaseAway
from cleanplate.tasks.fleet import Fleet, WorkerCard
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task

LEASE_MS = 10_000
LONGEST_S = 10.0


@pytest.fixture
def engine(postgres: PostgresServer) -> Iterator[Engine]:
    engine = open_server_database(postgres.migrated_database())
    yield engine
    engine.dispose()


@pytest.fixture
def fleet(engine: Engine, clock: Clock) -> Fleet:
    return Fleet(engine, lease_ms=LEASE_MS, clock_ms=clock)


@pytest.fixture
def store(engine: Engine, fleet: Fleet, clock: Clock) -> TaskStore:
    return TaskStore(engine, clock_ms=clock, call=fleet.call_one)


@pytest.fixture
def heard(engine: Engine) -> Iterator[Callable[[str], list[float]]]:
    """Listens for a worker; when it was called."""
    stop, threads = threading.Event(), []

    def hear(name: str) -> list[float]:
        calls: list[float] = []
        ready = threading.Event()

        def called() -> None:
            if ready.is_set():
                calls.append(time.monotonic())
            ready.set()  # the first is for calls that came before

        threads.append(threading.Thread(target=listen, args=(engine, name, called, stop)))
        threads[-1].start()
        assert ready.wait(LONGEST_S)
        return calls

    yield hear
    stop.set()
    for thread in threads:
        thread.join()


def _join(fleet: Fleet, name: str, *queues: str, concurrency: int = 1) -> None:
    fleet.register(WorkerCard(name, queues or ("general",), "cpu", "1", concurrency))


def _until(true: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + LONGEST_S
    while not true() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return true()


def test_a_submit_calls_one_of_those_that_sleep(
    fleet: Fleet, store: TaskStore, heard: Callable[[str], list[float]], make_task: Callable[..., Task]
) -> None:
    calls = {name: heard(name) for name in ("one", "two", "busy")}
    for name in calls:
        _join(fleet, name)
    fleet.rest("one", "")
    fleet.rest("two", "")
    store.insert(make_task())
    assert _until(lambda: sum(map(len, calls.values())) == 1)
    store.insert(make_task())
    assert _until(lambda: len(calls["one"]) == len(calls["two"]) == 1)
    store.insert(make_task())
    time.sleep(0.3)
    assert [len(found) for found in calls.values()] == [1, 1, 0], "nobody sleeps any more"


def test_only_who_serves_the_queue_is_called_and_best_who_has_its_models(
    fleet: Fleet, store: TaskStore, heard: Callable[[str], list[float]], make_task: Callable[..., Task]
) -> None:
    calls = {name: heard(name) for name in ("general", "cold", "warm")}
    _join(fleet, "general")
    for name in ("cold", "warm"):
        _join(fleet, name, "instruct", "doodle")
    fleet.rest("general", "")
    fleet.rest("cold", "doodle")
    fleet.rest("warm", "instruct")
    store.insert(make_task(queue="instruct"))
    assert _until(lambda: len(calls["warm"]) == 1)
    store.insert(make_task(queue="instruct"))
    assert _until(lambda: len(calls["cold"]) == 1)
    store.insert(make_task(queue="instruct"))
    time.sleep(0.3)
    assert not calls["general"]


def test_of_very_many_that_sleep_nobody_is_called(
    fleet: Fleet, engine: Engine, clock: Clock, heard: Callable[[str], list[float]]
) -> None:
    calls = heard("w1")
    workers = [
        {
            "id": f"w{number}",
            "device": "cpu",
            "version": "1",
            "concurrency": 1,
            "started_at_ms": clock(),
            "lease_until_ms": clock() + LEASE_MS,
            "idle": True,
            "warm": "",
        }
        for number in range(500)
    ]
    with transaction(engine) as connection:
        connection.execute(insert(WORKERS), workers)
        queues = [{"queue": "general", "worker_id": worker["id"]} for worker in workers]
        connection.execute(insert(WORKER_QUEUES), [*queues, {"queue": "instruct", "worker_id": "w1"}])
    fleet.call_one("general")
    assert _asleep(engine) == 500
    assert not calls
    fleet.call_one("instruct")
    assert _until(lambda: len(calls) == 1), "of few each counts, whoever sleeps beside them"
    Fleet(engine, lease_ms=LEASE_MS, clock_ms=clock).call_one("general")
    assert _asleep(engine) == 498, "one fewer than enough: one is called"


def _asleep(engine: Engine) -> int:
    with transaction(engine) as connection:
        return int(connection.execute(select(func.count()).where(WORKERS.c.idle)).scalar_one())


def test_what_is_not_staged_calls_when_it_is_and_what_is_handed_back_calls_again(
    fleet: Fleet, store: TaskStore, heard: Callable[[str], list[float]], make_task: Callable[..., Task]
) -> None:
    calls = heard("one")
    _join(fleet, "one")
    fleet.rest("one", "")
    task = make_task(staged=False)
    store.insert(task)
    time.sleep(0.3)
    assert not calls
    assert store.set_staged(task.id, canvas="8x6")
    assert _until(lambda: len(calls) == 1)
    claimed = store.claim_next("one")
    assert claimed is not None
    assert claimed.submission.canvas == "8x6"
    fleet.rest("one", "")
    assert store.hand_back(claimed.claim)
    assert _until(lambda: len(calls) == 2)


def test_a_dead_worker_is_not_called_and_its_task_calls_another(
    fleet: Fleet,
    store: TaskStore,
    clock: Clock,
    heard: Callable[[str], list[float]],
    make_task: Callable[..., Task],
) -> None:
    dead, living = heard("dead"), heard("living")
    _join(fleet, "dead")
    store.insert(make_task())
    assert store.claim_next("dead", lease_ms=LEASE_MS) is not None
    fleet.rest("dead", "")
    clock.now_ms += LEASE_MS + 1
    _join(fleet, "living")
    fleet.rest("living", "")
    assert store.reap() == 1
    assert _until(lambda: len(living) == 1)
    assert not dead


def test_a_broken_connection_is_made_anew(
    postgres: PostgresServer,
    engine: Engine,
    fleet: Fleet,
    store: TaskStore,
    heard: Callable[[str], list[float]],
    make_task: Callable[..., Task],
) -> None:
    calls = heard("one")
    _join(fleet, "one")
    postgres.end_sessions(engine.url.database or "")
    assert _until(lambda: len(calls) == 1), "what was called meanwhile may be lost: look"
    fleet.rest("one", "")
    store.insert(make_task())
    assert _until(lambda: len(calls) == 2)


def test_capacity_is_that_of_the_living(fleet: Fleet, engine: Engine, clock: Clock) -> None:
    _join(fleet, "one", "general", "instruct", concurrency=2)
    _join(fleet, "two", "general", concurrency=3)

    def looked() -> Fleet:
        return Fleet(engine, lease_ms=LEASE_MS, clock_ms=clock)

    assert [looked().capacity(queue) for queue in ("general", "instruct", "doodle")] == [5, 2, 1]
    fleet.leave("one")
    assert [looked().capacity(queue) for queue in ("general", "instruct")] == [3, 1]
    assert looked().serves("instruct"), "it may come back"
    assert not looked().serves("doodle")
    clock.now_ms += LEASE_MS + 1
    fleet.beat("two")
    assert looked().capacity("general") == 3
    assert fleet.sweep(clock.now_ms) == 0
    clock.now_ms += 8 * 24 * 3600 * 1000
    fleet.beat("two")
    assert fleet.sweep(clock.now_ms) == 1
    assert not looked().serves("instruct")


def test_machines_go_by_the_servers_clock(engine: Engine) -> None:
    now = ServerClock(engine)
    with transaction(engine) as connection:
        told = connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one()
    assert abs(now() - 1000 * float(told)) < 1000
    first = now()
    time.sleep(0.05)
    assert 40 <= now() - first < 5000


def test_who_says_again_that_it_is_there_counts_once(fleet: Fleet) -> None:
    for _ in range(2):
        _join(fleet, "one", "general", "upscale", concurrency=3)
    assert (fleet.capacity("general"), fleet.capacity("upscale")) == (3, 3)


def test_a_worker_joins_as_soon_as_the_database_lets_it(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet, refusals = Fleet(engine, lease_ms=LEASE_MS, clock_ms=clock), [1, 2, 3]
    join = fleet.register

    def refused(card: WorkerCard) -> None:
        if refusals:
            refusals.pop()
            raise DatabaseAway("the server's database is not available")
        join(card)

    monkeypatch.setattr(fleet, "register", refused)
    monkeypatch.setattr("cleanplate.app.task_loops._AGAIN_S", 0.01)
    card = WorkerCard("patient", ("general",), "cpu", "1", 2)
    table = cast(TaskTable, SimpleNamespace(fleet=fleet, lease_ms=LEASE_MS))
    work = cast(Doing, SimpleNamespace(card=card, hears=True, worker=SimpleNamespace(wake=lambda: None)))

    async def run() -> int:
        async with asyncio.timeout(LONGEST_S), member(table, work, engine):
            return Fleet(engine, lease_ms=LEASE_MS, clock_ms=clock).capacity("general")

    assert asyncio.run(run()) == 2
    assert not refusals
    for thread in threading.enumerate():
        if thread.name == "worker-calls":
            thread.join(LONGEST_S)


def test_of_all_machines_one_looks_for_dead_workers_at_a_time(engine: Engine, clock: Clock) -> None:
    machines = [Fleet(engine, lease_ms=LEASE_MS, clock_ms=clock) for _ in range(5)]
    for _ in range(3):
        assert sorted(machine.is_to_look() for machine in machines) == [False] * 4 + [True]
        clock.now_ms += 1_000
