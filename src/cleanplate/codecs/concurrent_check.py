"""A check that runs alongside the decoder: both read all of a file, and neither holds the interpreter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def concurrent_check(check: Callable[[], object]) -> Iterator[None]:
    """Run `check` in a thread while the body runs. Leaving waits for it, and raises what it did."""
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(check)
        yield
        found.result()
