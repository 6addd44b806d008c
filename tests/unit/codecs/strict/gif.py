"""GIF89a."""

import numpy as np
from numpy.typing import NDArray
from tests.unit.codecs.strict import demand, lzw


def read(data: bytes) -> NDArray[np.uint8]:
    """(H, W, 3) of the first picture, which must cover the canvas."""
    flags, at = data[10], 13
    colours, at = _table(data, flags, at)
    while data[at] == 0x21:
        _, at = _blocks(data, at + 2)
    demand(data[at] == 0x2C)
    left, top, width, height = np.frombuffer(data[at + 1 : at + 9], "<u2").tolist()
    flags = data[at + 9]
    own, at = _table(data, flags, at + 10)
    demand(left == top == 0 and (width, height) == tuple(np.frombuffer(data[6:10], "<u2").tolist()))
    packed, _ = _blocks(data, at + 1)
    indices = np.frombuffer(lzw.unpacked(packed, data[at], width * height, tiff=False), np.uint8)
    indices = indices.reshape(height, width)
    if flags & 64:
        order = [*range(0, height, 8), *range(4, height, 8), *range(2, height, 4), *range(1, height, 2)]
        indices = indices[np.argsort(order)]
    return np.frombuffer(own or colours, np.uint8).reshape(-1, 3)[indices]


def _table(data: bytes, flags: int, at: int) -> tuple[bytes, int]:
    size = 3 << (flags & 7) + 1 if flags & 128 else 0
    return data[at : at + size], at + size


def _blocks(data: bytes, at: int) -> tuple[bytes, int]:
    found = b""
    while data[at]:
        demand(at + data[at] < len(data))
        found, at = found + data[at + 1 : at + 1 + data[at]], at + 1 + data[at]
    return found, at + 1
