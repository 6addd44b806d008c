"""Replies are kept once, by caller and name, for a day; nobody answers twice at once. Over every database."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Engine, update
from tests.contract.conftest import Database
from tests.new_tasks import Clock

from cleanplate.database import transaction
from cleanplate.database.tables import REPLIES
from cleanplate.idempotency import (
    KEPT_MS,
    LEASE_MS,
    Conflict,
    IdempotencyStore,
    InProgress,
    Mismatch,
    Reply,
)

REPLY = Reply(202, (("content-type", "application/json"), ("location", "/v1/edits/1")), b'{"id":"1"}')


@pytest.fixture
def store(database: Database, clock: Clock) -> IdempotencyStore:
    return IdempotencyStore(database.here, clock_ms=clock)


@pytest.fixture
def other(database: Database, clock: Clock) -> IdempotencyStore:
    """The same replies from another machine."""
    return IdempotencyStore(database.there, clock_ms=clock)


def begin(store: IdempotencyStore, *, caller: str = "me", name: str = "a", body: bytes = b"x") -> InProgress:
    state = store.begin(caller, name, body)
    assert isinstance(state, InProgress)
    return state


def test_the_same_request_gets_the_same_reply_after_a_restart_too(
    store: IdempotencyStore, engine: Engine, clock: Clock
) -> None:
    store.finish(begin(store), REPLY)
    assert store.begin("me", "a", b"x") == REPLY
    assert IdempotencyStore(engine, clock_ms=clock).begin("me", "a", b"x") == REPLY


def test_another_body_is_a_mismatch_before_and_after_the_reply(store: IdempotencyStore) -> None:
    mine = begin(store)
    assert store.begin("me", "a", b"y") == Mismatch()
    store.finish(mine, REPLY)
    assert store.begin("me", "a", b"y") == Mismatch()


def test_names_belong_to_their_caller(store: IdempotencyStore) -> None:
    store.finish(begin(store), REPLY)
    begin(store, caller="you")
    begin(store, name="b")


def test_nobody_answers_twice_at_the_same_time(store: IdempotencyStore) -> None:
    begin(store)
    assert store.begin("me", "a", b"x") == Conflict()


def test_only_one_of_many_threads_begins(store: IdempotencyStore) -> None:
    states: list[object] = []
    threads = [
        threading.Thread(target=lambda: states.append(store.begin("me", "a", b"x"))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(state, InProgress) for state in states) == 1
    assert sum(isinstance(state, Conflict) for state in states) == 11


def test_what_was_dropped_is_answered_anew(store: IdempotencyStore) -> None:
    store.drop(begin(store))
    begin(store, body=b"another")


@pytest.mark.parametrize("answered", [False, True])
def test_what_a_dead_process_began_is_taken_over_when_its_lease_ends(
    store: IdempotencyStore, other: IdempotencyStore, clock: Clock, *, answered: bool
) -> None:
    dead = begin(store)
    clock.now_ms += LEASE_MS - 1
    assert other.begin("me", "a", b"x") == Conflict()
    clock.now_ms += 1
    mine = begin(other)
    assert mine.task_id == dead.task_id, "what it may have made is not made twice"
    late: Callable[[InProgress], None] = partial(store.finish, reply=REPLY) if answered else store.drop
    late(dead)
    assert other.begin("me", "a", b"x") == Conflict()
    other.finish(mine, REPLY)
    assert store.begin("me", "a", b"x") == REPLY


def test_a_slow_answer_is_taken_over_by_nobody(
    store: IdempotencyStore, other: IdempotencyStore, clock: Clock
) -> None:
    mine, ended = begin(store), begin(store, name="b")
    store.finish(ended, REPLY)
    for _ in range(9):
        clock.now_ms += LEASE_MS - 1
        store.hold()
        other.hold()
        assert other.begin("me", "a", b"x") == store.begin("me", "a", b"x") == Conflict()
    store.finish(mine, REPLY)
    assert other.begin("me", "a", b"x") == REPLY


def test_who_does_not_know_whether_a_task_was_made_leaves_its_id(
    store: IdempotencyStore, other: IdempotencyStore
) -> None:
    first = begin(store)
    store.leave(first)
    store.hold()
    second = begin(other)
    assert second.task_id == first.task_id
    other.leave(second)
    assert begin(store, body=b"another").task_id != first.task_id


def test_what_is_dropped_or_too_old_has_made_no_task(store: IdempotencyStore, clock: Clock) -> None:
    first = begin(store)
    store.drop(first)
    second = begin(store)
    store.leave(second)
    clock.now_ms += KEPT_MS
    third = begin(store)
    assert len({first.task_id, second.task_id, third.task_id}) == 3


def test_a_name_that_an_earlier_version_began_is_free(store: IdempotencyStore, engine: Engine) -> None:
    mine = begin(store)
    with transaction(engine) as connection:
        connection.execute(update(REPLIES).values(task_id=None, lease_until_ms=None))
    assert begin(store).task_id != mine.task_id


def test_a_day_later_the_name_is_free(store: IdempotencyStore, clock: Clock) -> None:
    store.finish(begin(store), REPLY)
    clock.now_ms += KEPT_MS - 1
    assert store.begin("me", "a", b"x") == REPLY
    clock.now_ms += 1
    begin(store, body=b"another")


def test_the_sweep_removes_what_is_old_and_nothing_else(store: IdempotencyStore, clock: Clock) -> None:
    store.finish(begin(store), REPLY)
    first_ms = clock()
    clock.now_ms += 1000
    store.finish(begin(store, name="b"), REPLY)
    assert store.sweep(first_ms + KEPT_MS) == 1
    assert store.begin("me", "b", b"x") == REPLY
    assert store.sweep(first_ms + KEPT_MS) == 0


def test_the_sweep_goes_on_until_all_that_is_old_is_gone(
    store: IdempotencyStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanplate.idempotency._BATCH", 3)
    for number in range(7):
        begin(store, name=f"{number}")
    assert store.sweep(clock.now_ms + KEPT_MS) == 7
