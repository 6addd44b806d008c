"""A store that answers nobody is not asked by everybody: each would wait as long as the first did."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_OPEN_S: Final = 2.0


class CircuitOpen(Exception):
    """The store is not asked just now."""


class CircuitBreaker:
    """After a request that failed, while no other was answered, the next ones fail at once for two seconds.

    So of many who ask a silent store some wait in vain and the rest hear it in no time, and where only one
    request fails, such as a large one on a thin line, nobody else does. Thread-safe.

    Args:
        is_ill: whether an error speaks of the store's own state, and not of what was asked for.
        clock_s: monotonic seconds.
    """

    def __init__(
        self, is_ill: Callable[[Exception], bool], *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._is_ill = is_ill
        self._clock_s = clock_s
        self._answered_s = float("-inf")
        self._open_until_s = float("-inf")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Ask the store in this block. Raises `CircuitOpen` before it, or whatever the block raises."""
        began_s = self._clock_s()
        if began_s < self._open_until_s:
            raise CircuitOpen("it did not answer just now, and is asked again in a moment")
        try:
            yield
        except Exception as error:
            if not self._is_ill(error):
                self._answered_s = self._clock_s()
            elif self._answered_s <= began_s:
                self._open_until_s = self._clock_s() + _OPEN_S
            raise
        self._answered_s = self._clock_s()
