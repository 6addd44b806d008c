"""Whether the first picture of a GIF is whole. GIF has no checksums, so its codes are followed once.

Source: GIF89a specification.
"""

from dataclasses import dataclass

import numpy as np

from cleanplate.codecs.damaged_error import DamagedError

_EXTENSION, _IMAGE = 0x21, 0x2C
_MOST_LEAST_BITS = 11


@dataclass(frozen=True, slots=True)
class GifFrame:
    """Where the first picture lies on the canvas, and whether it covers it."""

    left: int
    top: int
    width: int
    height: int
    covers: bool


def check_gif(data: bytes) -> GifFrame:
    """See to it that every pixel of the first picture is there; a missing trailer is no damage to it.

    Raises:
        DamagedError: a code that stands for nothing, too few pixels or too many.
    """
    try:
        return _check(data)
    except IndexError as error:
        raise DamagedError("the blocks break off") from error


def _check(data: bytes) -> GifFrame:
    from cleanplate.codecs.lzw_kernels import count_values

    at = _first_picture(data)
    left, top, width, height = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (1, 3, 5, 7))
    at += 10 + _table_bytes(data[at + 9])
    bits = data[at]
    if not 1 <= bits <= _MOST_LEAST_BITS:
        raise DamagedError("codes of a width that cannot be")
    stream, _ = _read_blocks(data, at + 1)
    found = count_values(np.frombuffer(stream, np.uint8), bits, width * height, tiff=False)
    if found != width * height:
        raise DamagedError(f"{found} pixels, not {width * height}")
    canvas = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    covers = not (left or top) and width >= canvas[0] and height >= canvas[1]
    return GifFrame(left, top, width, height, covers)


def _first_picture(data: bytes) -> int:
    """Where its descriptor lies."""
    at = 13 + _table_bytes(data[10])
    while data[at] == _EXTENSION:
        _, at = _read_blocks(data, at + 2)
    if data[at] != _IMAGE:
        raise DamagedError("no picture where one should be")
    return at


def _table_bytes(flags: int) -> int:
    """Length of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 128 else 0


def _read_blocks(data: bytes, at: int) -> tuple[bytes, int]:
    """What the blocks hold, up to the empty one, and where the next thing begins."""
    parts = list[bytes]()
    while data[at]:
        parts.append(data[at + 1 : at + 1 + data[at]])
        if len(parts[-1]) != data[at]:
            raise DamagedError("a block breaks off")
        at += 1 + data[at]
    return b"".join(parts), at + 1
