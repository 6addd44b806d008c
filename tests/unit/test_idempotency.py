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
def replies(engine: Engine, clock: Clock) -> IdempotencyStore:
    return IdempotencyStore(engine, clock_ms=clock)


def begun(
    replies: IdempotencyStore, *, caller: str = "me", name: str = "a", body: bytes = b"x"
) -> InProgress:
    standing = replies.begin(caller, name, body)
    assert isinstance(standing, InProgress)
    return standing


def test_the_same_request_gets_the_same_reply_after_a_restart_too(
    replies: IdempotencyStore, engine: Engine, clock: Clock
) -> None:
    replies.finish(begun(replies), REPLY)
    assert replies.begin("me", "a", b"x") == REPLY
    assert IdempotencyStore(engine, clock_ms=clock).begin("me", "a", b"x") == REPLY


def test_another_body_is_a_mismatch_before_and_after_the_reply(replies: IdempotencyStore) -> None:
    mine = begun(replies)
    assert replies.begin("me", "a", b"y") == Mismatch()
    replies.finish(mine, REPLY)
    assert replies.begin("me", "a", b"y") == Mismatch()


def test_names_belong_to_their_caller(replies: IdempotencyStore) -> None:
    replies.finish(begun(replies), REPLY)
    begun(replies, caller="you")
    begun(replies, name="b")


def test_nobody_answers_twice_at_the_same_time(replies: IdempotencyStore) -> None:
    begun(replies)
    assert replies.begin("me", "a", b"x") == Conflict()


def test_only_one_of_many_threads_begins(replies: IdempotencyStore) -> None:
    standings: list[object] = []
    threads = [
        threading.Thread(target=lambda: standings.append(replies.begin("me", "a", b"x"))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(standing, InProgress) for standing in standings) == 1
    assert sum(isinstance(standing, Conflict) for standing in standings) == 11


def test_what_was_dropped_is_answered_anew(replies: IdempotencyStore) -> None:
    replies.drop(begun(replies))
    begun(replies, body=b"another")


def test_what_a_dead_process_began_is_taken_over_after_a_minute(
    replies: IdempotencyStore, engine: Engine, clock: Clock
) -> None:
    dead = begun(replies)
    heir = IdempotencyStore(engine, clock_ms=clock)
    clock.now_ms += ABANDONED_MS - 1
    assert heir.begin("me", "a", b"x") == Conflict()
    clock.now_ms += 1
    mine = begun(heir)
    replies.finish(dead, Reply(200, (), b"late"))
    assert heir.begin("me", "a", b"x") == Conflict()
    heir.finish(mine, REPLY)
    assert heir.begin("me", "a", b"x") == REPLY


def test_a_slow_answer_is_not_taken_over_in_the_same_process(replies: IdempotencyStore, clock: Clock) -> None:
    mine = begun(replies)
    clock.now_ms += 2 * ABANDONED_MS
    assert replies.begin("me", "a", b"x") == Conflict()
    replies.finish(mine, REPLY)
    assert replies.begin("me", "a", b"x") == REPLY


def test_a_day_later_the_name_is_free(replies: IdempotencyStore, clock: Clock) -> None:
    replies.finish(begun(replies), REPLY)
    clock.now_ms += KEPT_MS - 1
    assert replies.begin("me", "a", b"x") == REPLY
    clock.now_ms += 1
    begun(replies, body=b"another")


def test_the_sweep_removes_what_is_old_and_nothing_else(replies: IdempotencyStore, clock: Clock) -> None:
    replies.finish(begun(replies), REPLY)
    first_ms = clock()
    clock.now_ms += 1000
    replies.finish(begun(replies, name="b"), REPLY)
    assert replies.sweep(first_ms + KEPT_MS) == 1
    assert replies.begin("me", "b", b"x") == REPLY
    assert replies.sweep(first_ms + KEPT_MS) == 0
