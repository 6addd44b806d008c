"""Of all processes on a database one does what has to be done now and then."""

import threading

import pytest
from sqlalchemy import Engine
from tests.contract.conftest import Database
from tests.new_tasks import Clock

from cleanplate.tasks.rounds import Rounds

EVERY_MS = 1_000


@pytest.fixture
def here(database: Database, clock: Clock) -> Rounds:
    return _rounds(database.here, clock)


@pytest.fixture
def there(database: Database, clock: Clock) -> Rounds:
    return _rounds(database.there, clock)


def _rounds(engine: Engine, clock: Clock, name: str = "sweeping") -> Rounds:
    return Rounds(engine, name, every_ms=EVERY_MS, clock_ms=clock)


def test_whoever_asks_first_does_it_and_after_a_while_another_may(
    here: Rounds, there: Rounds, clock: Clock
) -> None:
    assert [here.begins(), there.begins(), here.begins()] == [True, False, False]
    clock.now_ms += EVERY_MS - 1
    assert not there.begins()
    clock.now_ms += 1
    assert [there.begins(), here.begins()] == [True, False]


def test_each_thing_has_rounds_of_its_own(database: Database, here: Rounds, clock: Clock) -> None:
    assert here.begins()
    assert _rounds(database.there, clock, "counting").begins()
    assert not here.begins()


def test_a_clock_that_was_set_back_stops_nobody(here: Rounds, there: Rounds, clock: Clock) -> None:
    assert here.begins()
    clock.now_ms -= 3_600_000
    assert [there.begins(), here.begins()] == [True, False]


def test_of_many_who_ask_at_once_one_does_it(here: Rounds, there: Rounds, clock: Clock) -> None:
    for _ in range(20):
        begun: list[bool] = []
        together = threading.Barrier(8)

        def ask(rounds: Rounds, together: threading.Barrier = together, begun: list[bool] = begun) -> None:
            together.wait()
            begun.append(rounds.begins())

        threads = [threading.Thread(target=ask, args=(rounds,)) for rounds in (here, there) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(begun) == [False] * 7 + [True]
        clock.now_ms += EVERY_MS
