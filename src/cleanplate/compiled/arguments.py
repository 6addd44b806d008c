"""What kernels take, as machine code takes it: numba's layout of numbers, arrays and tuples.

An array is its owner and its parent (nobody: it is only lent), the number of its items, their size, their
address, its shape and its strides; a tuple is its parts, one after the other.
"""

from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

T = TypeVar("T")

Kind: TypeAlias = Any
"""What machine code depends on: type of a number, what an array is made of, kinds of a tuple's parts."""


class _Lent:
    """A value, and what `take` makes of it."""

    __slots__ = ("kind", "value", "words")

    def __init__(self, value: Any) -> None:
        self.value, self.words = value, list[Any]()
        self.kind = take(value, self.words)


def lent(value: T) -> T:
    """The same as an argument of kernels, looked at once: given to many calls it costs each of them little.

    Its arrays may change, but not where they lie.
    """
    return cast(T, _Lent(value))


def take(value: Any, words: list[Any]) -> Kind:
    """Append the numbers and addresses that stand for `value`; those of equal kinds suit the same code."""
    kind = type(value)
    if kind is _Lent:
        words += value.words
        return value.kind
    if kind is np.ndarray:
        flags = value.flags
        words += (0, 0, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides)
        layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
        return value.dtype, value.ndim, layout, flags.writeable
    if issubclass(kind, tuple):
        return kind, tuple([take(part, words) for part in value])
    words.append(value)
    return kind


def taken(value: Any) -> Any:
    """The value itself, where some of it is `lent`."""
    if isinstance(value, _Lent):
        return value.value
    return tuple(map(taken, value)) if type(value) is tuple else value


def name_of(kind: Kind) -> str:
    """The kind in words that are the same in every process."""
    if isinstance(kind, tuple):
        return f"({', '.join(map(name_of, kind))})"
    return kind.__qualname__ if isinstance(kind, type) else str(kind)
