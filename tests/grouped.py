"""Functions that run side by side, as a group whose model calls meet."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from cleanplate.runtime.batcher import Batcher

TIMEOUT_S: Final = 120
"""Only a deadlock takes that long."""


def together(batcher: Batcher, functions: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each made or raised, side by side in one group."""
    places, made = batcher.group(len(functions)), dict[int, Any]()

    def run(number: int) -> None:
        try:
            with places[number]:
                made[number] = functions[number]()
        except Exception as error:
            made[number] = error

    # Daemons: a test that fails must not wait for those that hang
    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(functions))]
    deadline_s = time.monotonic() + TIMEOUT_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline_s - time.monotonic()))
    assert len(made) == len(functions), "they wait for each other"
    return [made[number] for number in range(len(functions))]
