import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cleanplate.runtime import threads
from cleanplate.runtime.threads import cuts, each


@pytest.mark.parametrize("count", [0, 1, 99, 100, 199, 200, 1_000, 12_345, 1_000_000])
def test_cuts_cover_everything_once(count: int) -> None:
    parts = cuts(count, 100)
    assert [i for start, stop in parts for i in range(start, stop)] == list(range(count))
    assert 1 <= len(parts) <= 16
    sizes = [stop - start for start, stop in parts]
    assert min(sizes) >= min(count, 100)
    assert max(sizes) - min(sizes) <= 1


def test_much_is_cut_into_as_many_as_allowed() -> None:
    assert len(cuts(1_000_000, 100)) == 16
    assert len(cuts(1_000, 100, most=4)) == 4


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_each_part_is_done_once_before_it_returns(count: int) -> None:
    done: list[int] = []
    each(done.append, range(count))
    assert sorted(done) == list(range(count))


def test_one_part_needs_no_thread() -> None:
    names: list[str] = []
    each(lambda part: names.append(threading.current_thread().name), [0])
    assert names == [threading.current_thread().name]


def test_parts_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(2) as pool:
        monkeypatch.setattr(threads, "_pool", lambda: pool)
        both = threading.Barrier(2, timeout=30)

        def meet(part: int) -> None:
            both.wait()

        each(meet, [0, 1])


@pytest.mark.parametrize("count", [1, 5])
def test_an_error_comes_through(count: int) -> None:
    def fail(part: int) -> None:
        if part == 0:
            raise KeyError("part")

    with pytest.raises(KeyError, match="part"):
        each(fail, range(count))


def test_there_is_a_thread_for_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cpu_limit", lambda: None)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 2, 5}, raising=False)
    assert threads.cores() == 3
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert threads.cores() == 1


@pytest.mark.parametrize(("allowed", "count"), [(0.2, 1), (2.0, 2), (2.5, 3), (64.0, 4)])
def test_no_more_threads_than_a_container_has_time_for(
    monkeypatch: pytest.MonkeyPatch, allowed: float, count: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(threads, "cpu_limit", lambda: allowed)
    assert threads.cores() == count


def _idle(_: int) -> None:
    """A part of work that is nothing."""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own() -> None:
    each(_idle, range(4))  # the parent's are at work
    child = os.fork()
    if not child:
        watch = threading.Timer(20, os._exit, (1,))
        watch.start()
        each(_idle, range(4))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
