"""The pool of loaded models: one user at a time, within its budget, the least recently used leaves first."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from cleanplate.runtime.pool import Pool

TIMEOUT_S = 120
"""Only a deadlock takes that long: dropping a model collects garbage, which is slow late in a whole run."""


def loader(log: list[str], name: str) -> Callable[[], str]:
    def load() -> str:
        log.append(name)
        return name

    return load


def bounded(cpu: int, cuda: int = 0) -> Pool:
    """With so many bytes on each device."""
    return Pool({"cpu": cpu, "cuda": cuda}.__getitem__)


def borrow(pool: Pool, log: list[str], name: str, size: int = 10) -> None:
    with pool.lend(name, size, loader(log, name)) as loaded:
        assert loaded == name


def test_a_model_is_loaded_once_and_kept() -> None:
    pool, log = bounded(100), list[str]()
    borrow(pool, log, "a")
    borrow(pool, log, "a")
    assert log == ["a"]
    assert pool.loaded() == ["a"]


def test_the_least_recently_used_leaves_first() -> None:
    pool, log = bounded(25), list[str]()
    for name in ("a", "b", "a", "c"):
        borrow(pool, log, name)
    assert pool.loaded() == ["a", "c"]
    borrow(pool, log, "b")
    assert log == ["a", "b", "c", "b"]


def test_a_model_larger_than_the_budget_is_loaded_alone() -> None:
    pool, log = bounded(25), list[str]()
    borrow(pool, log, "a")
    borrow(pool, log, "huge", 1000)
    assert pool.loaded() == ["huge"]
    borrow(pool, log, "a")
    assert pool.loaded() == ["a"]


def test_what_became_of_each_model() -> None:
    pool, log = bounded(25), list[str]()
    for name in ("a/one", "a/two", "a/one", "b"):
        borrow(pool, log, name)
    with pytest.raises(ZeroDivisionError), pool.lend("c", 1, lambda: 1 // 0):
        pass
    figures = pool.figures()
    assert all(each.load_s >= 0 for each in figures.values())
    counts = {model: (each.bytes, each.loads, each.hits, each.evictions) for model, each in figures.items()}
    assert counts == {"a": (10, 2, 1, 1), "b": (10, 1, 0, 0)}
    pool.clear()
    assert {model: (each.bytes, each.evictions) for model, each in pool.figures().items()} == {
        "a": (0, 2),
        "b": (0, 1),
    }
    figures["a"].loads = 99
    assert pool.figures()["a"].loads == 2


def test_each_device_has_a_budget_of_its_own() -> None:
    pool, log = bounded(15, 25), list[str]()

    def on_gpu(name: str) -> None:
        with pool.lend(name, 10, loader(log, name), "cuda"):
            pass

    for name in "abc":
        borrow(pool, log, name)
        on_gpu(name.upper())
    assert pool.loaded() == ["B", "c", "C"]


def test_what_waits_for_the_gpu_does_not_wait_for_the_cpu() -> None:
    pool, log = bounded(10, 10), list[str]()
    with pool.lend("a", 10, loader(log, "a")), pool.lend("A", 10, loader(log, "A"), "cuda"):
        assert pool.loaded() == ["a", "A"]


def test_what_refers_to_itself_leaves_at_once() -> None:
    """As pipelines do; left to Python's own collector, a GPU would stay full."""

    class Ring:
        def __init__(self) -> None:
            self.own = self

    pool, alive = bounded(15), list[weakref.ref[Ring]]()

    def load() -> Ring:
        ring = Ring()
        alive.append(weakref.ref(ring))
        return ring

    with without_collector():
        for name in ("a", "b"):
            with pool.lend(name, 10, load) as ring:
                assert ring.own is ring
            del ring
        assert [ring() is not None for ring in alive] == [False, True]


@contextmanager
def without_collector() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_what_fails_to_load_takes_no_room() -> None:
    pool, log = bounded(10), list[str]()

    def broken() -> str:
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"), pool.lend("a", 10, broken):
        pass
    assert pool.loaded() == []
    borrow(pool, log, "b")
    borrow(pool, log, "a")
    assert log == ["b", "a"]


def test_what_a_user_raises_keeps_the_model() -> None:
    pool, log = bounded(10), list[str]()
    with pytest.raises(ValueError, match="mine"), pool.lend("a", 10, loader(log, "a")):
        raise ValueError("mine")
    borrow(pool, log, "a")
    assert log == ["a"]


def test_a_second_user_waits_for_the_first() -> None:
    pool, log, order = bounded(100), list[str](), list[str]()

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
    pool, log = bounded(15), list[str]()
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
    pool, held, most = bounded(25), list[str](), list[int]()
    watch = threading.Lock()

    def work(name: str) -> None:
        for _ in range(20):
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
    pool, log = bounded(100), list[str]()
    borrow(pool, log, "a")
    with pool.lend("b", 10, loader(log, "b")):
        pool.clear()
        assert pool.loaded() == ["b"]


def test_for_what_a_batch_takes_more_idle_models_leave() -> None:
    pool, log = bounded(30), list[str]()
    for name in ("a", "b"):
        borrow(pool, log, name)
    with pool.lend("b", 10, loader(log, "b"), more_bytes=10):
        assert pool.loaded() == ["a", "b"]
    with pool.lend("b", 10, loader(log, "b"), more_bytes=11):
        assert pool.loaded() == ["b"]
    borrow(pool, log, "a")
    assert pool.loaded() == ["b", "a"], "beyond the batch there is room again"


def test_nobody_waits_for_what_a_batch_takes_more() -> None:
    """Two models in use, each with a batch, would wait for each other."""
    pool, log = bounded(20), list[str]()
    with (
        pool.lend("a", 10, loader(log, "a"), more_bytes=100),
        pool.lend("b", 10, loader(log, "b")),
        pool.lend("c", 0, loader(log, "c")),
    ):
        pass
    borrow(pool, log, "a")
    both = threading.Barrier(2)

    def use(name: str) -> None:
        borrow(pool, log, name)
        with pool.lend(name, 10, loader(log, name), more_bytes=100):
            both.wait(TIMEOUT_S)

    second = threading.Thread(target=use, args=("b",))
    second.start()
    use("a")
    second.join(TIMEOUT_S)
    assert not second.is_alive()


def test_a_thread_knows_what_it_has() -> None:
    pool, log, elsewhere = bounded(100), list[str](), list[int]()
    assert pool.lent_here() == 0
    with pool.lend("a", 10, loader(log, "a")), pool.lend("b", 10, loader(log, "b")):
        assert pool.lent_here() == 2
        other = threading.Thread(target=lambda: elsewhere.append(pool.lent_here()))
        other.start()
        other.join(TIMEOUT_S)
    assert (pool.lent_here(), elsewhere) == (0, [0])
