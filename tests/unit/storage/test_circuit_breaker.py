"""Who asks a store that answers nobody, and who does not."""

import pytest

from cleanplate.storage.circuit_breaker import CircuitBreaker, CircuitOpen


class IllError(Exception):
    pass


class Bench:
    """A breaker, and a clock that stands still."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.breaker = CircuitBreaker(lambda error: isinstance(error, IllError), clock_s=lambda: self.now_s)

    def ask(self, error: Exception | None = None, *, takes_s: float = 0.0) -> None:
        with self.breaker.watched():
            self.now_s += takes_s
            if error is not None:
                raise error

    def is_open(self) -> bool:
        try:
            self.ask(ValueError())
        except CircuitOpen:
            return True
        except ValueError:
            return False
        raise AssertionError


def test_a_store_that_answers_is_asked() -> None:
    bench = Bench()
    for _ in range(3):
        bench.ask()
        with pytest.raises(ValueError):
            bench.ask(ValueError())
    assert not bench.is_open()


def test_after_a_request_that_failed_the_next_ones_fail_at_once() -> None:
    bench = Bench()
    bench.ask()
    with pytest.raises(IllError):
        bench.ask(IllError(), takes_s=5.0)
    assert bench.is_open()
    bench.now_s += 1.9
    assert bench.is_open()
    bench.now_s += 0.2
    bench.ask()
    assert not bench.is_open()


@pytest.mark.parametrize("error", [None, ValueError()], ids=["answered", "refused"])
def test_one_that_fails_among_others_shuts_nobody_out(error: Exception | None) -> None:
    bench = Bench()
    slow = bench.breaker.watched()
    slow.__enter__()
    bench.now_s += 1.0
    try:
        bench.ask(error)
    except ValueError:
        assert error is not None
    bench.now_s += 4.0
    with pytest.raises(IllError):
        failed = IllError()
        slow.__exit__(IllError, failed, None)
        raise failed
    assert not bench.is_open()
