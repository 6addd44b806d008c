"""Replies are kept once, by caller and name, for a day; nobody answers twice at the same time."""

import threading
from typing import Protocol

import pytest
from sqlalchemy import Engine

from cleanplate.idempotency import (
    ABANDONED_MS,
    KEPT_MS,
    Conflict,
    IdempotencyStore,
    InProgress,
    Mismatch,
    Reply,
)

REPLY = Reply(202, (("content-type", "application/json"), ("location", "/v1/edits/1")), b'{"id":"1"}')


class Clock(Protocol):
    """Unix milliseconds that move when a test says so."""

    now_ms: int

    def __call__(self) -> int: ...


@pytest.fixture
def store(engine: Engine, clock: Clock) -> IdempotencyStore:
    return IdempotencyStore(engine, clock_ms=clock)


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


def test_what_a_dead_process_began_is_taken_over_after_a_minute(
    store: IdempotencyStore, engine: Engine, clock: Clock
) -> None:
    dead = begin(store)
    heir = IdempotencyStore(engine, clock_ms=clock)
    clock.now_ms += ABANDONED_MS - 1
    assert heir.begin("me", "a", b"x") == Conflict()
    clock.now_ms += 1
    mine = begin(heir)
    store.finish(dead, Reply(200, (), b"late"))
    assert heir.begin("me", "a", b"x") == Conflict()
    heir.finish(mine, REPLY)
    assert heir.begin("me", "a", b"x") == REPLY


def test_a_slow_answer_is_not_taken_over_in_the_same_process(store: IdempotencyStore, clock: Clock) -> None:
    mine = begin(store)
    clock.now_ms += 2 * ABANDONED_MS
    assert store.begin("me", "a", b"x") == Conflict()
    store.finish(mine, REPLY)
    assert store.begin("me", "a", b"x") == REPLY


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
