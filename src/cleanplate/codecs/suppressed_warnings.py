"""Silence for Python warnings that a stranger's file causes inside a decoder."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_catcher: "warnings.catch_warnings[None] | None" = None  # not subscriptable at run time


@contextmanager
def suppress_warnings() -> Iterator[None]:
    """Ignore every warning inside.

    `warnings.catch_warnings` alone is not safe with threads: of two that overlap, the first to leave would
    let the warnings back in and the last would restore a filter list that was never the real one. Here
    the first one in saves the filters and the last one out restores them.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside, _catcher  # noqa: PLW0603 - the warning filters are global too
    with _lock:
        if _inside == 0:
            _catcher = warnings.catch_warnings()
            _catcher.__enter__()
            warnings.simplefilter("ignore")
        _inside += 1


def _leave() -> None:
    global _inside  # noqa: PLW0603
    with _lock:
        _inside -= 1
        if _inside == 0 and _catcher is not None:
            _catcher.__exit__(None, None, None)
