"""Threads whose model calls become batches; no clock, so every test says exactly what runs together."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grouped import TIMEOUT_S, together

from cleanplate.runtime.batcher import Batcher, ReportShare
from cleanplate.runtime.pool import Pool


class StoppedError(Exception):
    """A task that is cancelled."""


@dataclass
class Network:
    """Doubles numbers, and remembers what it was given together. What is `bad` fails each run that has it."""

    bad: frozenset[int] = frozenset()
    runs: list[tuple[int, ...]] = field(default_factory=list)

    def run(self, numbers: Sequence[int], progress: ReportShare) -> list[int]:
        self.runs.append(tuple(sorted(numbers)))
        progress(0.5)
        if self.bad & set(numbers):
            raise ValueError(f"one of {numbers}")
        return [2 * number for number in numbers]


def silent(done: float) -> None:
    """The progress callback of somebody who does not watch."""


def stop(done: float) -> None:
    """That of a task which is cancelled."""
    raise StoppedError


def alone() -> Batcher:
    return Batcher(lambda: False)


@dataclass
class Caller:
    """Calls a network from one thread."""

    batcher: Batcher
    network: Network
    limit: int = 8

    def __call__(self, number: int, key: object = "key", progress: ReportShare = silent) -> int:
        return self.batcher.run(key, number, self.network.run, limit=lambda: self.limit, progress=progress)


@pytest.fixture
def call() -> Caller:
    return Caller(alone(), Network())


def calls(call: Caller, *numbers: int, key: object = "key") -> list[Callable[[], int]]:
    return [lambda number=number: call(number, key) for number in numbers]  # type: ignore[misc]


def test_who_is_in_no_group_runs_at_once(call: Caller) -> None:
    assert call(3) == 6
    places = call.batcher.group(2)
    assert call(4) == 8, "though a group is there"
    assert call.network.runs == [(3,), (4,)]
    for place in places:
        place.leave()


def test_calls_that_meet_are_one_run(call: Caller) -> None:
    assert together(call.batcher, calls(call, 1, 2, 3)) == [2, 4, 6]
    assert call.network.runs == [(1, 2, 3)]


def test_what_does_not_fit_together_runs_alone(call: Caller) -> None:
    threads = [*calls(call, 1, 2, key="a"), *calls(call, 3, key="b"), *calls(call, 4, 5, key="c")]
    assert together(call.batcher, threads) == [2, 4, 6, 8, 10]
    assert sorted(call.network.runs) == [(1, 2), (3,), (4, 5)]


def test_a_limit_is_kept(call: Caller) -> None:
    call.limit = 2
    assert together(call.batcher, calls(call, 1, 2, 3, 4, 5)) == [2, 4, 6, 8, 10]
    assert sorted(map(len, call.network.runs)) == [1, 2, 2]


def test_a_network_without_batches_waits_for_nobody(call: Caller) -> None:
    call.limit = 1
    second = threading.Event()

    def late() -> int:
        assert second.wait(TIMEOUT_S)
        return call(2)

    def early() -> int:
        made = call(1)
        second.set()
        return made

    assert together(call.batcher, [late, early]) == [4, 2]


def test_one_that_never_calls_keeps_nobody_waiting(call: Caller) -> None:
    assert together(call.batcher, [lambda: "none", *calls(call, 1, 2)]) == ["none", 2, 4]
    assert call.network.runs == [(1, 2)]


def test_one_that_calls_more_often_than_others(call: Caller) -> None:
    threads = [lambda: [call(number) for number in (1, 2, 3)], lambda: [call(number) for number in (4, 5)]]
    assert together(call.batcher, threads) == [[2, 4, 6], [8, 10]]
    assert call.network.runs == [(1, 4), (2, 5), (3,)]


def test_one_that_ends_in_an_error_has_left(call: Caller) -> None:
    def fails() -> None:
        raise LookupError

    *rest, error = together(call.batcher, [*calls(call, 1, 2), fails])
    assert rest == [2, 4]
    assert isinstance(error, LookupError)


def test_a_thread_that_never_started_can_be_given_up(call: Caller) -> None:
    first, second = call.batcher.group(2)
    second.leave()
    second.leave()
    with first:
        assert call(1) == 2


def test_one_that_hangs_can_be_left_to_itself(call: Caller) -> None:
    """Nobody waits for it any more; what it calls at last runs alone, as does the rest of one that waited."""
    hangs, works = call.batcher.group(2)
    free = threading.Event()

    def hang() -> int:
        with hangs:
            assert free.wait(TIMEOUT_S)
            return call(1)

    with ThreadPoolExecutor(2) as pool:
        hung = pool.submit(hang)

        def work() -> list[int]:
            with works:
                return [call(2), call(3)]

        done = pool.submit(work)
        while not works.group._waiting:
            assert not done.done()
        hangs.leave()
        assert done.result(TIMEOUT_S) == [4, 6]
        free.set()
        assert hung.result(TIMEOUT_S) == 2
    assert call.network.runs == [(2,), (3,), (1,)]


def test_one_that_is_left_while_it_waits_is_in_its_batch_and_in_no_other(call: Caller) -> None:
    first, second = call.batcher.group(2)

    def twice() -> list[int]:
        with first:
            return [call(1), call(2)]

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(twice)
        while not first.group._waiting:
            assert not done.done()
        first.leave()
        with second:
            assert call(3) == 6
            assert call(4) == 8
        assert done.result(TIMEOUT_S) == [2, 4]
    assert call.network.runs[0] == (1, 3)
    assert sorted(call.network.runs[1:]) == [(2,), (4,)]


def test_a_batch_that_fails_is_run_one_by_one() -> None:
    call = Caller(alone(), Network(bad=frozenset({2})))
    told: list[BaseException] = []
    call.batcher.failed = told.append
    one, two, three = together(call.batcher, calls(call, 1, 2, 3))
    assert (one, three) == (2, 6)
    assert str(two) == "one of [2]"
    assert sorted(call.network.runs) == [(1,), (1, 2, 3), (2,), (3,)]
    assert len(told) == 1


def test_a_batch_that_returns_too_little_is_run_one_by_one(call: Caller) -> None:
    def lazy(numbers: Sequence[int], progress: ReportShare) -> list[int]:
        return [numbers[0]]

    def ask(number: int) -> int:
        return call.batcher.run("key", number, lazy, limit=lambda: 8, progress=silent)

    assert together(call.batcher, [lambda: ask(1), lambda: ask(2)]) == [1, 2]


@pytest.mark.parametrize("stopped", [{1}, {2}, {1, 2}, {1, 2, 3}])
def test_one_that_is_stopped_leaves_its_batch_and_the_others_go_on(call: Caller, stopped: set[int]) -> None:
    told: list[BaseException] = []
    call.batcher.failed = told.append

    threads = [
        lambda number=number: call(number, progress=stop if number in stopped else silent)
        for number in (1, 2, 3)
    ]
    for number, made in zip((1, 2, 3), together(call.batcher, threads), strict=True):
        assert isinstance(made, StoppedError) if number in stopped else made == 2 * number
    assert call.network.runs == [(1, 2, 3)]
    assert told == [], "a stop is no failure"


def test_one_that_is_stopped_does_not_wait_for_its_batch(call: Caller) -> None:
    """The run ends only when the stopped one has gone."""
    gone = threading.Event()

    def run(numbers: Sequence[int], progress: ReportShare) -> list[int]:
        progress(0.5)
        assert gone.wait(TIMEOUT_S)
        return list(numbers)

    def ask(number: int, progress: ReportShare) -> int:
        return call.batcher.run("key", number, run, limit=lambda: 8, progress=progress)

    leads, follows = call.batcher.group(2)

    def lead() -> int:
        with leads:
            return ask(1, silent)

    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(lead)
        while not leads.group._waiting:  # who comes first runs the batch
            assert not made.done()
        with follows, pytest.raises(StoppedError):
            ask(2, stop)
        gone.set()
        assert made.result(TIMEOUT_S) == 1


def test_who_has_a_model_waits_for_nobody() -> None:
    """Two that each have what the other waits for would wait for ever."""
    pool = Pool(lambda device: 100)
    call = Caller(Batcher(lambda: pool.lent_here() > 0), Network())

    def nests() -> int:
        with pool.lend("model", 1, lambda: "loaded"):
            return call(1)

    assert together(call.batcher, [nests, nests]) == [2, 2]
    assert call.network.runs == [(1,), (1,)]


def test_a_call_within_a_batch_waits_for_nobody(call: Caller) -> None:
    def nests(numbers: Sequence[int], progress: ReportShare) -> list[int]:
        return [call(number) for number in numbers]

    def ask(number: int) -> int:
        return call.batcher.run("outer", number, nests, limit=lambda: 8, progress=silent)

    assert together(call.batcher, [lambda: ask(1), lambda: ask(2)]) == [2, 4]


def test_a_key_that_is_none_leaves_the_group_whole(call: Caller) -> None:
    def first() -> int:
        with suppress(TypeError):
            call(0, key=[])
        return call(1)

    assert together(call.batcher, [first, *calls(call, 2)]) == [2, 4]
    assert call.network.runs == [(1, 2)]


def test_threads_of_a_thread_belong_to_no_group(call: Caller) -> None:
    def first() -> int:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(call, 1).result(TIMEOUT_S)

    assert together(call.batcher, [first, *calls(call, 2)]) == [2, 4]
    assert call.network.runs == [(1,), (2,)]


def test_groups_do_not_meet(call: Caller) -> None:
    with ThreadPoolExecutor(2) as pool:
        groups = [pool.submit(together, call.batcher, calls(call, *numbers)) for numbers in ((1, 2), (3, 4))]
        assert [group.result(TIMEOUT_S) for group in groups] == [[2, 4], [6, 8]]
    assert sorted(call.network.runs) == [(1, 2), (3, 4)]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["call", "stopped", "nested", "large"]), st.sampled_from("ab"), st.integers(0, 20)
    ),
    max_size=5,
)


@given(
    threads=st.lists(STEPS, min_size=1, max_size=6),
    limit=st.integers(1, 6),
    bad=st.frozensets(st.integers(0, 20)),
)
def test_whatever_threads_do_each_has_its_own_result(
    threads: list[list[tuple[str, str, int]]], limit: int, bad: frozenset[int]
) -> None:
    """Any order of calls to two networks, with failures, stops and models in hand: nobody waits for ever, and
    each has what it would have alone."""
    pool = Pool(lambda device: 10)
    batcher = Batcher(lambda: pool.lent_here() > 0)
    networks = {key: Network(bad) for key in "ab"}

    def ask(how: str, key: str, number: int) -> int:
        network, progress = networks[key], stop if how == "stopped" else silent

        def run(numbers: Sequence[int], report: ReportShare) -> list[int]:
            with pool.lend(key, 6, lambda: key, more_bytes=len(numbers)):
                return network.run(numbers, report)

        def once() -> int:
            return batcher.run(key, number, run, limit=lambda: limit, progress=progress)

        if how != "nested":
            return once()
        with pool.lend("other", 1, lambda: "other"):
            return once()

    def outcome(step: tuple[str, str, int]) -> object:
        try:
            return ask(*step)
        except (StoppedError, ValueError) as error:
            return type(error)

    def expected(step: tuple[str, str, int]) -> object:
        how, _, number = step
        if how == "stopped":
            return StoppedError
        return ValueError if number in bad else 2 * number

    def outcomes(steps: list[tuple[str, str, int]]) -> list[object]:
        return [outcome(step) for step in steps]

    # What a pool gives back is collected each time: all that thousands of tests before this one have left
    with patch("cleanplate.runtime.pool.gc.collect"):
        made = together(batcher, [partial(outcomes, steps) for steps in threads])
    assert made == [[expected(step) for step in steps] for steps in threads]
    assert all(len(run) <= limit for network in networks.values() for run in network.runs)
