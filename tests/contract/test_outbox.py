"""Callbacks that are due: one sender has each at a time, and a dead one's are due again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select
from tests.contract.conftest import Database
from tests.new_tasks import Clock

from cleanplate.database import transaction
from cleanplate.database.tables import DELIVERIES
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Task
from cleanplate.webhooks.outbox import Delivery, Outbox

LEASE_MS = 1000
TIMEOUT_S = 60.0


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database.here)


@pytest.fixture
def another(database: Database) -> Outbox:
    """The same rows from another machine."""
    return Outbox(database.there)


@pytest.fixture
def ended(store: TaskStore, add_task: Callable[..., Task]) -> Callable[..., str]:
    """The id of a task that has just failed, and whose callback is due."""

    def make(**fields: object) -> str:
        task = add_task(callback_url="https://example.com/", **fields)
        assert store.fail_queued(task.id, Failure("engine-failed", "no"))
        return task.id

    return make


def rows(engine: Engine) -> list[Any]:
    with transaction(engine) as connection:
        return list(connection.execute(select(DELIVERIES)))


def test_a_callback_is_claimed_once(
    outbox: Outbox, another: Outbox, ended: Callable[[], str], clock: Clock
) -> None:
    task_id = ended()
    assert outbox.claim("a", clock() - 1, limit=5, lease_ms=LEASE_MS) == [], "not due yet"
    assert outbox.claim("a", clock(), limit=5, lease_ms=LEASE_MS) == [Delivery(task_id, 0, "a", "static-1")]
    assert another.claim("b", clock(), limit=5, lease_ms=LEASE_MS) == []
    assert outbox.claim("a", clock(), limit=5, lease_ms=LEASE_MS) == []


def test_the_longest_due_come_first(outbox: Outbox, ended: Callable[[], str], clock: Clock) -> None:
    made = []
    for _ in range(4):
        made.append(ended())
        clock.now_ms += 1
    got = [outbox.claim("a", clock(), limit=2, lease_ms=LEASE_MS) for _ in range(3)]
    assert [{delivery.task_id for delivery in some} for some in got] == [set(made[:2]), set(made[2:]), set()]


def test_a_key_that_has_enough_gets_none(outbox: Outbox, ended: Callable[..., str], clock: Clock) -> None:
    for account in ("flood", "flood", "flood", "b", "c"):
        ended(account=account)
        clock.now_ms += 1
    some = outbox.claim("a", clock(), limit=2, lease_ms=LEASE_MS)
    assert [delivery.account for delivery in some] == ["flood", "flood"]
    rest = outbox.claim("a", clock(), limit=9, lease_ms=LEASE_MS, but=["flood", "c"])
    assert [delivery.account for delivery in rest] == ["b"]


def test_senders_of_two_machines_never_get_the_same(
    outbox: Outbox, another: Outbox, ended: Callable[[], str], clock: Clock
) -> None:
    made = sorted(ended() for _ in range(24))
    together = threading.Barrier(4)

    def take(number: int) -> list[str]:
        mine, got = (outbox, another)[number % 2], list[str]()
        together.wait(TIMEOUT_S)
        while some := mine.claim(str(number), clock(), limit=3, lease_ms=LEASE_MS):
            got += [delivery.task_id for delivery in some]
        return got

    with ThreadPoolExecutor(4) as pool:
        assert sorted(task_id for ids in pool.map(take, range(4)) for task_id in ids) == made


def test_a_dead_senders_callbacks_are_due_again(
    database: Database, outbox: Outbox, another: Outbox, ended: Callable[[], str], clock: Clock
) -> None:
    task_id = ended()
    (dead,) = outbox.claim("dead", clock(), limit=5, lease_ms=LEASE_MS)
    clock.now_ms += LEASE_MS - 1
    assert another.claim("b", clock(), limit=5, lease_ms=LEASE_MS) == []
    clock.now_ms += 1
    assert another.claim("b", clock(), limit=5, lease_ms=LEASE_MS) == [Delivery(task_id, 0, "b", "static-1")]
    # It was only slow: what it writes does not count any more.
    before = rows(database.here)
    outbox.forget(dead)
    outbox.postpone(dead, clock() + 1, "late")
    outbox.give_up(dead, clock(), "late")
    assert rows(database.here) == before


def test_a_postponed_callback_is_free_when_it_is_due(
    outbox: Outbox, another: Outbox, ended: Callable[[], str], clock: Clock
) -> None:
    task_id = ended()
    (first,) = outbox.claim("a", clock(), limit=5, lease_ms=10 * LEASE_MS)
    outbox.postpone(first, clock() + 50, "the server answered 500")
    clock.now_ms += 49
    assert another.claim("b", clock(), limit=5, lease_ms=LEASE_MS) == []
    clock.now_ms += 1
    assert another.claim("b", clock(), limit=5, lease_ms=LEASE_MS) == [Delivery(task_id, 1, "b", "static-1")]


def test_what_is_released_is_due_at_once(
    database: Database, outbox: Outbox, another: Outbox, ended: Callable[[], str], clock: Clock
) -> None:
    made = {ended(), ended()}
    outbox.claim("a", clock(), limit=1, lease_ms=LEASE_MS)
    another.claim("b", clock(), limit=1, lease_ms=LEASE_MS)
    outbox.release("a")
    assert [row.sender_id for row in rows(database.here)].count("b") == 1
    assert len(outbox.claim("c", clock(), limit=5, lease_ms=LEASE_MS)) == 1
    outbox.release_all()
    again = outbox.claim("c", clock(), limit=5, lease_ms=LEASE_MS)
    assert {(delivery.task_id, delivery.tried) for delivery in again} == {(task_id, 0) for task_id in made}


def test_what_is_over_is_due_no_more(
    database: Database, outbox: Outbox, ended: Callable[[], str], clock: Clock
) -> None:
    for _ in range(2):
        ended()
    received, lost = outbox.claim("a", clock(), limit=5, lease_ms=LEASE_MS)
    outbox.forget(received)
    outbox.give_up(lost, clock(), "the server answered 404")
    clock.now_ms += 10 * LEASE_MS
    assert outbox.claim("b", clock(), limit=5, lease_ms=LEASE_MS) == []
    (row,) = rows(database.here)
    assert (row.task_id, row.attempt, row.error) == (lost.task_id, 1, "the server answered 404")
