"""Threads for the kernels, which release the interpreter's lock."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from math import ceil
from typing import TypeVar

from cleanplate.runtime.control_groups import cpu_limit

T = TypeVar("T")


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="patchmatch")


if hasattr(os, "register_at_fork"):  # a forked process has the pool, but none of its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


def cores() -> int:
    """Those that this process may run on; fewer where its container or unit has not the time of so many."""
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # the machine may have more
        count = len(os.sched_getaffinity(0))
    allowed = cpu_limit()
    return count if allowed is None else max(1, min(count, ceil(allowed)))


def each(function: Callable[[T], None], parts: Iterable[T]) -> None:
    """Call `function` with each part, side by side, and wait for all. Raises what the first one raised."""
    parts = list(parts)
    if len(parts) == 1:
        function(parts[0])
        return
    list(_pool().map(function, parts))


def cuts(count: int, least: int, most: int = 16) -> list[tuple[int, int]]:
    """`count` things in parts of about equal size, none below `least`; the same on every machine."""
    parts = max(1, min(most, count // least))
    edges = [round(i * count / parts) for i in range(parts + 1)]
    return list(pairwise(edges))
