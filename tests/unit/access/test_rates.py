"""A bucket for each key: what it holds, how it fills, and that threads cannot take more than there is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from tests.new_tasks import Clock

from cleanplate.access.rates import Rates
from cleanplate.errors import LimitReached


def taken(rates: Rates, rate_per_s: float, tries: int, key_id: str = "k") -> int:
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
    assert taken(Rates(engine, clock), rate_per_s, 50) == burst


def test_over_time_no_more_than_the_rate_gets_through(engine: Engine, clock: Clock) -> None:
    rates = Rates(engine, clock)
    passed = 0
    for _ in range(100):
        passed += taken(rates, 2.0, 5)
        clock.now_ms += 100
    assert passed == 2 + 19, "the burst, and two for each of the 9.9 seconds"


def test_a_long_rest_saves_up_one_burst_only(engine: Engine, clock: Clock) -> None:
    rates = Rates(engine, clock)
    taken(rates, 2.0, 2)
    clock.now_ms += 3_600_000
    assert taken(rates, 2.0, 9) == 2


@pytest.mark.parametrize(("rate_per_s", "wait_s"), [(50.0, 1), (1.0, 1), (0.4, 3), (0.1, 10)])
def test_it_says_when_to_come_again(engine: Engine, clock: Clock, rate_per_s: float, wait_s: int) -> None:
    rates = Rates(engine, clock)
    taken(rates, rate_per_s, 60)
    with pytest.raises(LimitReached) as caught:
        rates.take("k", rate_per_s)
    assert caught.value.retry_after_s == wait_s
    clock.now_ms += 1000 * wait_s
    rates.take("k", rate_per_s)


def test_threads_share_one_bucket(engine: Engine, clock: Clock) -> None:
    rates = Rates(engine, clock)
    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(lambda _: taken(rates, 30.0, 10), range(20))) == 30
    assert taken(rates, 30.0, 40, "another") == 30
