"""TIFF 6.0: 8 bits a channel in strips or tiles; none, LZW, deflate, PackBits. One bit in strips: CCITT."""

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.unit.codecs.strict import demand, fax, lzw

_SIZES = {1: "B", 2: "B", 3: "H", 4: "I", 6: "b", 7: "B"}


def read(data: bytes) -> NDArray[np.uint8]:
    """(H, W, C) of the first page."""
    tags = _tags(data)
    if tags.get(259, [1])[0] in (2, 3, 4):
        return _fax(tags, data)
    width, height = tags[256][0], tags[257][0]
    channels = tags.get(277, [1])[0]
    demand(set(tags[258]) == {8} and len(tags[258]) == channels and tags.get(284, [1])[0] == 1)
    demand(tags.get(317, [1])[0] == 1 and tags[262][0] in (1, 2))
    tiled = 324 in tags
    wide, rows = (tags[322][0], tags[323][0]) if tiled else (width, min(tags.get(278, [height])[0], height))
    out = np.zeros((height, width, channels), np.uint8)
    kind, starts = tags.get(259, [1])[0], tags[324 if tiled else 273]
    sizes = tags.get(325 if tiled else 279) or ([wide * rows * channels] * len(starts) if kind == 1 else [])
    parts = zip(starts, sizes, strict=True)
    for y in range(0, height, rows):
        for x in range(0, width, wide):
            high = rows if tiled else min(rows, height - y)
            start, size = next(parts)
            demand(start >= 8 and start + size <= len(data), "place")
            part = _unpacked(kind, data[start : start + size], high * wide * channels)
            piece = np.frombuffer(part, np.uint8).reshape(high, wide, channels)
            out[y : y + high, x : x + wide] = piece[: height - y, : width - x]
    return out


def _fax(tags: dict[int, Any], data: bytes) -> NDArray[np.uint8]:
    width, height = tags[256][0], tags[257][0]
    meaning = tags.get(262, [0])[0]  # without the tag, as libtiff has it
    demand(262 in tags or list(tags) == sorted(tags), "order")
    demand(tags.get(258, [1]) == [1] and tags.get(277, [1]) == [1] and meaning in (0, 1))
    rows, white = min(tags.get(278, [height])[0], height), meaning == 0
    parts = zip(range(0, height, rows), tags[273], tags[279], strict=True)
    out = list[list[int]]()
    for y, start, size in parts:
        demand(start >= 8 and start + size <= len(data), "place")
        part = data[start : start + size]
        if tags.get(266, [1])[0] == 2:
            part = bytes(int(f"{byte:08b}"[::-1], 2) for byte in part)
        options = tags.get(292, [0])[0]
        out += fax.pixels(part, width, min(rows, height - y), tags[259][0], options)
    return np.array(out, np.uint8) ^ np.uint8(white)


def _tags(data: bytes) -> dict[int, Any]:
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    found = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, many = struct.unpack_from(order + "HHI", data, entry)
        if kind in _SIZES and many < 100_000:
            form = f"{order}{many}{_SIZES[kind]}"
            inside = struct.calcsize(form) <= 4
            place = entry + 8 if inside else struct.unpack_from(order + "I", data, entry + 8)[0]
            if place + struct.calcsize(form) <= len(data):
                found[tag] = list(struct.unpack_from(form, data, place))
    return found


def _unpacked(kind: int, part: bytes, wanted: int) -> bytes:
    if kind in (8, 32946):
        stream = zlib.decompressobj()
        part = stream.decompress(part)
        demand(stream.eof)
    elif kind == 5:
        return lzw.unpacked(part, 8, wanted, tiff=True)
    elif kind == 32773:
        part = _packbits(part)
    else:
        demand(kind == 1)
    demand(len(part) >= wanted)
    return part[:wanted]


def _packbits(part: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(part):
        count, at = part[at], at + 1
        if count < 128:
            demand(at + count < len(part))
            out, at = out + part[at : at + count + 1], at + count + 1
        elif count > 128:
            out, at = out + part[at : at + 1] * (257 - count), at + 1
    return bytes(out)
