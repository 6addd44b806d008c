"""The pool of loaded models: one user at a time, within its budget, the least recently used leaves first."""

import threading
from collections.abc import Callable

import pytest

from cleanplate.engines.pool import Pool

TIMEOUT_S = 5


def loader(log: list[str], name: str) -> Callable[[], str]:
    def load() -> str:
        log.append(name)
        return name

    return load


def borrow(pool: Pool, log: list[str], name: str, size: int = 10) -> None:
    with pool.lend(name, size, loader(log, name)) as loaded:
        assert loaded == name


def test_a_model_is_loaded_once_and_kept() -> None:
    pool, log = Pool(100), list[str]()
    borrow(pool, log, "a")
    borrow(pool, log, "a")
    assert log == ["a"]
    assert pool.loaded() == ["a"]


def test_the_least_recently_used_leaves_first() -> None:
    pool, log = Pool(25), list[str]()
    for name in ("a", "b", "a", "c"):
        borrow(pool, log, name)
    assert pool.loaded() == ["a", "c"]
    borrow(pool, log, "b")
    assert log == ["a", "b", "c", "b"]


def test_a_model_larger_than_the_budget_is_loaded_alone() -> None:
    pool, log = Pool(25), list[str]()
    borrow(pool, log, "a")
    borrow(pool, log, "huge", 1000)
    assert pool.loaded() == ["huge"]
    borrow(pool, log, "a")
    assert pool.loaded() == ["a"]


def test_what_fails_to_load_takes_no_room() -> None:
    pool, log = Pool(10), list[str]()

    def broken() -> str:
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"), pool.lend("a", 10, broken):
        pass
    assert pool.loaded() == []
    borrow(pool, log, "b")
    borrow(pool, log, "a")
    assert log == ["b", "a"]


def test_what_a_user_raises_keeps_the_model() -> None:
    pool, log = Pool(10), list[str]()
    with pytest.raises(ValueError, match="mine"), pool.lend("a", 10, loader(log, "a")):
        raise ValueError("mine")
    borrow(pool, log, "a")
    assert log == ["a"]


def test_a_second_user_waits_for_the_first() -> None:
    pool, log, order = Pool(100), list[str](), list[str]()

    def wait_for_it() -> None:
        borrow(pool, log, "a")
        order.append("second")

    with pool.lend("a", 10, loader(log, "a")):
        second = threading.Thread(target=wait_for_it)
        second.start()
        order.append("first")
    second.join(TIMEOUT_S)
    assert order == ["first", "second"]
    assert log == ["a"]


def test_a_model_in_use_stays_and_the_other_waits_for_its_room() -> None:
    pool, log = Pool(15), list[str]()
    with pool.lend("a", 10, loader(log, "a")):
        other = threading.Thread(target=borrow, args=(pool, log, "b"))
        other.start()
        other.join(0.05)
        assert pool.loaded() == ["a"]
        assert other.is_alive()
    other.join(TIMEOUT_S)
    assert not other.is_alive()
    assert pool.loaded() == ["b"]


def test_many_threads_never_hold_more_than_the_budget() -> None:
    pool, held, most = Pool(25), list[str](), list[int]()
    watch = threading.Lock()

    def work(name: str) -> None:
        for _ in range(50):
            with pool.lend(name, 10, lambda: name):
                with watch:
                    held.append(name)
                    most.append(len(held))
                with watch:
                    held.remove(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdeabcde"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_S)
    assert not any(thread.is_alive() for thread in threads)
    assert max(most) <= 2
    assert len(pool.loaded()) <= 2


def test_clear_drops_what_nobody_uses() -> None:
    pool, log = Pool(100), list[str]()
    borrow(pool, log, "a")
    with pool.lend("b", 10, loader(log, "b")):
        pool.clear()
        assert pool.loaded() == ["b"]
