"""Functions that run side by side, as a group whose model calls meet."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from cleanplate.runtime.batcher import Batcher

TIMEOUT_S: Final = 120
"""Only a deadlock takes that long."""


def together(batcher: Batcher, threads: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each made or raised, side by side in one group."""
    places = batcher.group(len(threads))

    def run(number: int) -> Any:
        try:
            with places[number]:
                return threads[number]()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(threads)) as pool:
        futures = [pool.submit(run, number) for number in range(len(threads))]
        return [future.result(TIMEOUT_S) for future in futures]
