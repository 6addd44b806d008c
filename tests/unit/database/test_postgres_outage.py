"""A server that stops, hangs or has no connection left: whoever asks hears of it, and all goes on."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from tests.new_tasks import new_task
from tests.postgres import PostgresServer, postgres_server

from cleanplate.database import open_server_database
from cleanplate.database.postgres import server_trouble
from cleanplate.database.postgres_calls import listen
from cleanplate.database.reach import refused_at_once
from cleanplate.database.server_clock import ServerClock
from cleanplate.errors import DatabaseAway, StorageFailed
from cleanplate.tasks.store import TaskStore

HANGS_S = 60.0
"""Far more than anything may take: what takes this long has hung."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One of its own: it is stopped."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def engine(server: PostgresServer) -> Iterator[Engine]:
    engine = open_server_database(server.migrated_database(), connections=4)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> TaskStore:
    return TaskStore(engine)


def insert(store: TaskStore) -> bool:
    """False: it was refused."""
    try:
        store.insert(new_task(1))
    except StorageFailed:
        return False
    return True


def look(store: TaskStore) -> bool:
    try:
        store.get("unknown")
    except StorageFailed:
        return False
    return True


def until(true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + HANGS_S
    while not true():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.05)


def test_a_server_that_hangs_is_not_waited_for_for_ever(
    server: PostgresServer, store: TaskStore, engine: Engine
) -> None:
    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(lambda _: insert(store), range(8))), "connections are open"
        with server.frozen():
            for step in (insert, look):
                waiting: list[Future[bool]] = [pool.submit(step, store) for _ in range(24)]
                assert not any(future.result(HANGS_S) for future in waiting)
            assert server_trouble(engine) == "does not answer"
        until(lambda: insert(store))
        assert all(pool.map(lambda _: insert(store), range(24)))
    assert server_trouble(engine) == ""


def test_a_restart_refuses_nobody_who_can_wait_and_loses_nothing(
    server: PostgresServer, store: TaskStore
) -> None:
    stop = threading.Event()

    def insert_on(_number: int) -> list[str]:
        done = []
        while not stop.is_set():
            task = new_task(1)
            try:
                store.insert(task)
            except StorageFailed:
                continue
            done.append(task.id)
        return done

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(insert_on, number) for number in range(4)]
        for mode in ("fast", "immediate"):
            time.sleep(0.2)
            server.stop(mode)
            server.start()
        time.sleep(0.2)
        assert insert(store)
        stop.set()
        done = [task_id for future in working for task_id in future.result(HANGS_S)]
    assert done
    assert store.known(done) == set(done)


def test_who_only_looks_does_not_notice_a_restart(server: PostgresServer, store: TaskStore) -> None:
    assert look(store)
    server.stop()
    server.start()
    assert look(store)


def test_a_server_that_stays_away_is_waited_for_once(
    server: PostgresServer, store: TaskStore, engine: Engine
) -> None:
    assert insert(store)
    server.stop()
    try:
        with ThreadPoolExecutor(24) as pool:
            for _ in range(3):
                waiting = [pool.submit(insert, store) for _ in range(24)]
                assert not any(future.result(HANGS_S) for future in waiting)
        assert server_trouble(engine) == "does not answer"
    finally:
        server.start()
    assert insert(store)
    assert server_trouble(engine) == ""


def test_a_server_with_fewer_connections_than_wanted_lets_one_after_the_other_in(
    server: PostgresServer,
) -> None:
    server.sql("DROP ROLE IF EXISTS few; CREATE ROLE few LOGIN SUPERUSER; ALTER ROLE few NOSUPERUSER")
    url = server.migrated_database()
    name = url.rpartition("/")[2]
    server.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO few", name)
    server.sql("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO few", name)
    server.sql("ALTER ROLE few CONNECTION LIMIT 2")
    engine = open_server_database(url.replace("postgres@", "few@"), connections=8)
    store = TaskStore(engine)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: insert(store), range(80)))
    engine.dispose()
    others = [open_server_database(url.replace("postgres@", "few@"), connections=1) for _ in range(2)]
    held = [other.connect() for other in others]
    assert server_trouble(engine) == "out of connections"
    assert not insert(store)
    held[0].close()
    others[0].dispose()
    until(lambda: insert(store))
    held[1].close()
    for other in (*others, engine):
        other.dispose()


def test_the_clock_goes_on_while_the_server_hangs(
    server: PostgresServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanplate.database.server_clock._FRESH_S", 0.0)
    now = ServerClock(engine)
    first = now()
    with server.frozen():
        assert first < now() < first + 1000 * HANGS_S
    assert first < now() < first + 1000 * HANGS_S


def test_calls_are_heard_again_after_a_restart(server: PostgresServer, engine: Engine) -> None:
    stop, heard = threading.Event(), threading.Semaphore(0)
    listening = threading.Thread(target=listen, args=(engine, "me", heard.release, stop))
    listening.start()
    try:
        assert heard.acquire(timeout=HANGS_S), "it listens: what was called before may be lost"
        server.stop("immediate")
        server.start()
        assert heard.acquire(timeout=HANGS_S), "it listens again"
    finally:
        stop.set()
        listening.join()


def test_who_waits_elsewhere_is_refused_at_once(server: PostgresServer, store: TaskStore) -> None:
    assert look(store)
    server.stop()
    try:
        for _ in range(200):  # each would wait for seconds, or for half of one
            with refused_at_once(), pytest.raises(DatabaseAway):
                store.get("unknown")
        with pytest.raises(DatabaseAway):
            store.insert(new_task(1))
    finally:
        server.start()
    with refused_at_once():
        until(lambda: look(store))
