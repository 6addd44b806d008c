"""Token buckets that threads and machines share: never one more than there is."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from tests.contract.conftest import Database
from tests.new_tasks import Clock

from cleanplate.access.rates import Rates
from cleanplate.errors import LimitReached

TIMEOUT_S = 60.0

# Tries 40 times at a moment that stands still; says how often it was let through.
TRYING = """
import sys
from cleanplate.access.rates import Rates
from cleanplate.errors import LimitReached
rates, passed = Rates(engine, lambda: 1_700_000_000_000), 0
for _ in range(40):
    try:
        rates.take("k", 30.0)
        passed += 1
    except LimitReached:
        pass
print(passed)
"""


def passed(rates: Rates, tries: int, key_id: str = "k", rate_per_s: float = 30.0) -> int:
    count = 0
    for _ in range(tries):
        try:
            rates.take(key_id, rate_per_s)
        except LimitReached:
            continue
        count += 1
    return count


@pytest.mark.parametrize(("rate_per_s", "burst"), [(0.1, 1), (1, 1), (2, 2), (2.5, 2), (20, 20)])
def test_the_burst_is_the_rate_and_at_least_one(
    engine: Engine, clock: Clock, rate_per_s: float, burst: int
) -> None:
    assert passed(Rates(engine, clock), 50, rate_per_s=rate_per_s) == burst


def test_over_time_no_more_than_the_rate_gets_through(engine: Engine, clock: Clock) -> None:
    rates = Rates(engine, clock)
    through = 0
    for _ in range(100):
        through += passed(rates, 5, rate_per_s=2.0)
        clock.now_ms += 100
    assert through == 2 + 19, "the burst, and two for each of the 9.9 seconds"


def test_a_long_rest_saves_up_one_burst_only(engine: Engine, clock: Clock) -> None:
    rates = Rates(engine, clock)
    passed(rates, 2, rate_per_s=2.0)
    clock.now_ms += 3_600_000
    assert passed(rates, 9, rate_per_s=2.0) == 2


@pytest.mark.parametrize(("rate_per_s", "wait_s"), [(50.0, 1), (1.0, 1), (0.4, 3), (0.1, 10)])
def test_it_says_when_to_come_again(engine: Engine, clock: Clock, rate_per_s: float, wait_s: int) -> None:
    rates = Rates(engine, clock)
    passed(rates, 60, rate_per_s=rate_per_s)
    with pytest.raises(LimitReached) as caught:
        rates.take("k", rate_per_s)
    assert caught.value.retry_after_s == wait_s
    clock.now_ms += 1000 * wait_s
    rates.take("k", rate_per_s)


def test_threads_of_two_machines_share_one_bucket(database: Database, clock: Clock) -> None:
    machines = Rates(database.here, clock), Rates(database.there, clock)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda number: passed(machines[number % 2], 10), range(8))) == 30
    assert passed(machines[0], 40, "another") == 30


def test_processes_share_one_bucket(database: Database) -> None:
    command = [sys.executable, "-c", database.opening + TRYING]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(process.communicate(timeout=TIMEOUT_S)[0]) for process in running) == 30


def test_while_the_clock_goes_back_nothing_fills(database: Database, clock: Clock) -> None:
    rates = Rates(database.here, clock)
    assert passed(rates, 9, rate_per_s=2.0) == 2
    clock.now_ms -= 3_600_000
    assert passed(rates, 9, rate_per_s=2.0) == 0
    clock.now_ms += 3_600_000 + 500
    assert passed(rates, 9, rate_per_s=2.0) == 1
