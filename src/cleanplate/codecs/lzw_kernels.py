"""LZW codes of GIF and TIFF, followed without making pixels of them. Compiled.

Sources: GIF89a specification, appendix F; TIFF 6.0, section 13.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.compiled import kernel

Integer: TypeAlias = int | np.int64

_MOST_CODES = 4096
_WIDEST = 12


def count_values(stream: NDArray[np.uint8], literal_bits: int, wanted: int, *, tiff: bool) -> int:
    """How many values the codes stand for; no farther than the code that goes beyond `wanted`.

    Args:
        stream: the bytes of the codes.
        literal_bits: 1..11: width of a literal; codes begin one bit wider.
        tiff: the first bit of a byte is its highest, and codes grow wider one code earlier, as in TIFF.

    Returns:
        The number; -1 where a code stands for nothing.
    """
    return _count_values(stream, literal_bits, wanted, tiff, np.zeros(_MOST_CODES, np.int64))


@kernel
def _count_values(
    stream: NDArray[np.uint8],
    literal_bits: int,
    wanted: int,
    tiff: bool,
    lengths: NDArray[np.int64],
) -> int:
    """The same, with zeros to keep the length of each code's values in."""
    clear = 1 << literal_bits
    early = 1 if tiff else 0
    lengths[:clear] = 1
    free, width, before = clear + 2, literal_bits + 1, 0
    at, bits, total = 0, 0, 0
    held: Integer = 0
    while total <= wanted:
        while bits < width and at < len(stream):
            byte = np.int64(stream[at])
            held = (held << 8 | byte) if tiff else (held | byte << bits)
            bits += 8
            at += 1
        if bits < width:
            break
        bits -= width
        code = held >> bits if tiff else held & ((1 << width) - 1)
        held = held & ((1 << bits) - 1) if tiff else held >> width
        if code == clear:
            free, width, before = clear + 2, literal_bits + 1, 0
            continue
        if code == clear + 1:
            break
        if code > free or (code == free and (before == 0 or free == _MOST_CODES)):
            return -1
        length = lengths[code] if code < free else before + 1
        if before > 0 and free < _MOST_CODES:
            lengths[free] = before + 1
            free += 1
            if free + early == 1 << width and width < _WIDEST:
                width += 1
        total += length
        before = length
    return total
