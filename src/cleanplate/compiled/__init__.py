"""Compiled kernels: machine code by numba, once for each machine; the interpreter's lock is released.

A program that finds the code on disk loads it with llvmlite and never imports numba, which would take longer
than most fills. What is called is the function that numba compiled, by numba's own calling convention:
`arguments` lays out what it takes, `machine_code` makes and loads it, `stored_code` keeps it.
"""

from collections.abc import Callable
from functools import update_wrapper
from importlib.util import find_spec
from threading import RLock
from typing import Any, Generic, ParamSpec, TypeVar, cast

from cleanplate.compiled.arguments import Kind, lent, take, taken

__all__ = ["Kernel", "inline_kernel", "kernel", "lent", "missing"]

P = ParamSpec("P")
R = TypeVar("R")


class Kernel(Generic[P, R]):
    """A function that runs as machine code; one for each kind of arguments that it is called with.

    Attributes:
        function: as it is written.
        name: its own.
        inline: it becomes a part of kernels that call it, without machine code of its own.
        compiled: kinds of arguments for which this process asked the compiler.
    """

    def __init__(self, function: Callable[P, R], *, inline: bool) -> None:
        update_wrapper(self, function)
        self.function, self.name, self.inline = function, function.__name__, inline
        self.compiled: set[Kind] = set()
        self._lock = RLock()
        self._native: dict[Kind, Callable[[list[Any]], Any]] = {}

    def __call__(self, *args: P.args, **named: P.kwargs) -> R:
        given = args if not named else self._in_order(args, named)
        words: list[Any] = []
        kinds = take(given, words)
        native = self._native.get(kinds) or self._load(kinds, given)
        return cast(R, native(words))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Kinds of arguments for which its machine code is in memory."""
        return tuple(self._native)

    def _in_order(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        code = self.function.__code__
        names = code.co_varnames[len(args) : code.co_argcount + code.co_kwonlyargcount]
        return (*args, *(named[name] for name in names))

    def _load(self, kinds: Kind, given: tuple[Any, ...]) -> Callable[[list[Any]], Any]:
        """From the disk, or from the compiler where it is not there."""
        from cleanplate.compiled.machine_code import (
            compile_code,
            load_code,
        )  # llvmlite takes a moment to load
        from cleanplate.compiled.stored_code import StoredCode

        with self._lock:
            if kinds in self._native:
                return self._native[kinds]
            stored = StoredCode(self, kinds)
            code = stored.read()
            if code is None:
                self.compiled.add(kinds)
                code = compile_code(self, taken(given))
                stored.write(code)
            self._native[kinds] = load_code(code)
            return self._native[kinds]


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` at its first call, once for each machine; later processes read it from disk.

    It takes numbers, arrays, and tuples of these, and returns a whole number, a truth value or None. It
    raises nothing and makes no array: what it works in is given to it. It may call other kernels.
    """
    return Kernel(function, inline=False)


def missing() -> str:
    """Why no kernel can run here, or "". The compiler is looked for and not loaded: that takes a while."""
    try:
        import llvmlite.binding  # noqa: F401
    except (ImportError, OSError) as error:
        return f"the package numba does not load: {error}"
    return "" if find_spec("numba") else "the package numba does not load: it is not installed"


def inline_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """A part of kernels, without machine code of its own."""
    return Kernel(function, inline=True)
