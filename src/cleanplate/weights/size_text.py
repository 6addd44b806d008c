"""Sizes of weights in words, as lists, `cleanplate doctor` and the documentation have them."""

from typing import Final

_STEP: Final = 1000
_UNITS: Final = ("B", "kB", "MB", "GB")
_EXACT_BELOW: Final = 10
"""A number that is smaller has one decimal."""


def size_text(count: float) -> str:
    """So many bytes, in decimal units: "1.7 MB", "208 MB", "16.0 GB"."""
    *smaller, largest = _UNITS
    for unit in smaller:
        if round(count) < _STEP:
            return f"{count:.1f} {unit}" if unit != "B" and count < _EXACT_BELOW else f"{count:.0f} {unit}"
        count /= _STEP
    return f"{count:.1f} {largest}"
