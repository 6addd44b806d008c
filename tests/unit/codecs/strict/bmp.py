"""BMP: 24 and 32 bits, and runs of 8 bits."""

import struct

import numpy as np
from numpy.typing import NDArray
from tests.unit.codecs.strict import demand


def read(data: bytes) -> NDArray[np.uint8]:
    """(H, W, 3) or (H, W, 4)."""
    length, start, _, width, height, bits, kind = struct.unpack_from("<2xI4xIIii2xHI", data)
    colours = np.frombuffer(data[54:start], np.uint8).reshape(-1, 4)[:, 2::-1] if bits == 8 else None
    if kind == 1 and colours is not None:
        return colours[_runs(data[start:], width, height)[::-1]]
    stride = (width * bits + 31) // 32 * 4
    rows = data[start : start + stride * height]
    demand(len(rows) == stride * height and len(data) == length, "length")
    pixels = np.frombuffer(rows, np.uint8).reshape(height, stride)[::-1, : width * bits // 8]
    if colours is not None:
        return colours[pixels]
    return pixels.reshape(height, width, -1)[..., [2, 1, 0, 3][: bits // 8]]


def _runs(data: bytes, width: int, height: int) -> NDArray[np.uint8]:
    out = np.zeros((height, width), np.uint8)
    x = y = at = moves = 0
    while y < height and not (y == height - 1 and x == width):
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            demand(x + count <= width)
            out[y, x : x + count], x = value, x + count
        elif value == 0:
            demand(x == width or moves)
            x, y = 0, y + 1
        elif value == 1:
            break
        elif value == 2:
            x, y, at, moves = x + data[at], y + data[at + 1], at + 2, 1
        else:
            demand(x + value <= width)
            out[y, x : x + value], x = np.frombuffer(data[at : at + value], np.uint8), x + value
            at += value + value % 2
    demand(y == height or (y == height - 1 and x == width))
    return out
