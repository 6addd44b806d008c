"""Threads that wait are woken, and none that was about to wait misses the call."""

import threading
from collections.abc import Callable

import pytest

from cleanplate.tasks.wakeup import Wakeup

TIMEOUT_S = 20.0
WaitFor = Callable[[Callable[[], bool]], None]


def test_a_call_between_the_look_and_the_wait_is_not_lost() -> None:
    wakeup = Wakeup()
    count = wakeup.count
    wakeup.one()
    thread = threading.Thread(target=wakeup.wait, args=(count, 3600.0), daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()


@pytest.mark.parametrize("all_", [False, True])
def test_one_or_all_of_those_that_wait_are_woken(wait_for: WaitFor, *, all_: bool) -> None:
    wakeup = Wakeup()
    count = wakeup.count
    threads = [threading.Thread(target=wakeup.wait, args=(count, 3600.0), daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()

    def waiting() -> int:
        with wakeup._changed:
            return len(wakeup._changed._waiters)  # type: ignore[attr-defined]

    wait_for(lambda: waiting() == 3)
    wakeup.all() if all_ else wakeup.one()
    assert waiting() == (0 if all_ else 2)
    wakeup.all()
    for thread in threads:
        thread.join(TIMEOUT_S)
    assert not any(thread.is_alive() for thread in threads)


def test_without_a_call_the_wait_ends_by_itself() -> None:
    wakeup = Wakeup()
    assert not wakeup.wait(wakeup.count, 0.01)
    wakeup.one()
    assert wakeup.wait(0, 0.01)
