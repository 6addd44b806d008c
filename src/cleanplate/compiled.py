"""Compiled kernels: numba, machine code kept on disk, the interpreter's lock released.

Only modules of kernels import this, and they are imported where a kernel is first called, so that `--help`
never loads numba.
"""

from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` at its first call, once for each machine; later processes read it from disk."""
    return _compile(function, inline="never")


def inline_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """A part of kernels, without machine code of its own."""
    return _compile(function, inline="always")


def _compile(function: Callable[P, R], *, inline: Literal["never", "always"]) -> Callable[P, R]:
    # fastmath: sums may be taken in another order, which is what lets them run in vectors
    options: dict[str, Any] = {"nogil": True, "fastmath": True, "inline": inline}
    try:
        return cast(Callable[P, R], njit(cache=True, **options)(function))
    except RuntimeError:  # no folder to keep it in: the installation and the home are both read-only
        return cast(Callable[P, R], njit(**options)(function))
