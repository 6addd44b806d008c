"""A check of a file beside its decoder: where it runs, and whose error counts."""

import threading

import pytest

from cleanplate.codecs.concurrent_check import concurrent_check

SMALL, LARGE = (256, 256), (257, 256)


@pytest.mark.parametrize(("size", "threads"), [(SMALL, 1), (LARGE, 2)])
def test_a_thread_is_begun_for_what_takes_longer_than_one(size: tuple[int, int], threads: int) -> None:
    seen = {threading.get_ident()}
    with concurrent_check(size, lambda: seen.add(threading.get_ident())):
        pass
    assert len(seen) == threads


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_what_the_check_finds_is_raised(size: tuple[int, int]) -> None:
    with pytest.raises(ZeroDivisionError), concurrent_check(size, lambda: 1 / 0):
        pass


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_decoder_has_the_first_word(size: tuple[int, int]) -> None:
    with pytest.raises(LookupError), concurrent_check(size, lambda: 1 / 0):
        raise LookupError
