"""A check that runs beside the decoder: both read all of a large file, and neither needs the interpreter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def beside(check: Callable[[], object]) -> Iterator[None]:
    """Run `check` in a thread while the body runs. Leaving waits for it, and raises what it did."""
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(check)
        yield
        found.result()
