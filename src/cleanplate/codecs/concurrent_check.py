"""A check that runs alongside the decoder: both read all of a file, and neither holds the interpreter."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

_FEW_PIXELS: Final = 2**16
"""They are read sooner than a thread begins."""


@contextmanager
def concurrent_check(size: tuple[int, int], check: Callable[[], object]) -> Iterator[None]:
    """Run `check` in a thread while the body runs; for a small picture after it.

    Leaving waits for it, and raises what it did.

    Args:
        size: of the picture, in pixels.
    """
    if size[0] * size[1] <= _FEW_PIXELS:
        yield
        check()
        return
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(check)
        yield
        found.result()
