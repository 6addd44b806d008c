"""What encoders made a moment ago is kept, and no more of it than is allowed."""

import threading

import pytest
from tests.runtimes import here

from cleanplate.runtime.recent_results import RecentResults


def test_the_same_is_made_once() -> None:
    recent, made = RecentResults(), list[str]()

    def make() -> str:
        made.append("once")
        return "result"

    assert [recent.get(("net", b"1"), make) for _ in range(3)] == ["result"] * 3
    assert made == ["once"]
    recent.get(("net", b"2"), make)
    recent.get(("other", b"1"), make)
    assert len(made) == 3


def test_what_was_asked_for_last_stays() -> None:
    recent = RecentResults(most=2)
    for key in ("a", "b", "a", "c"):
        recent.get(key, lambda: 1)
    assert len(recent) == 2
    assert recent.get("a", lambda: 2) == 1
    assert recent.get("b", lambda: 2) == 2


def test_a_failure_is_not_kept() -> None:
    recent = RecentResults()

    def fail() -> int:
        raise ValueError

    with pytest.raises(ValueError):
        recent.get("a", fail)
    assert recent.get("a", lambda: 3) == 3


def test_many_threads() -> None:
    recent, wrong = RecentResults(most=3), list[int]()

    def ask(number: int) -> None:
        for turn in range(200):
            key = (number + turn) % 5
            if recent.get(key, lambda key=key: key) != key:  # type: ignore[misc]
                wrong.append(key)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(recent) == 3


def test_a_runtime_that_is_closed_keeps_nothing() -> None:
    runtime = here()
    runtime.recent.get("a", lambda: 1)
    runtime.close()
    assert len(runtime.recent) == 0
