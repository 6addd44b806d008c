"""Blocks of metadata, made by hand, with a picture wherever one is wanted."""

import struct
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import TypeAlias

from PIL import Image

from cleanplate.metadata.exif_tags import EXIF_HEADER

ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7
Value: TypeAlias = bytes | int | tuple[int, int]
Directory: TypeAlias = Mapping[int, tuple[int, Value]]
"""Type and value by tag. Bytes for a tag that is an offset lie where it points."""

_OFFSETS = frozenset({0x0201, 0x0111})


@cache
def thing(kind: str = "JPEG") -> bytes:
    """A file with a picture of the magenta thing that was erased."""
    file = BytesIO()
    Image.new("RGB", (48, 32), (255, 0, 255)).save(file, kind)
    return file.getvalue()


def exif_block(
    order: str,
    first: Directory,
    *,
    second: Directory | None = None,
    exif: Directory | None = None,
    gps: Directory | None = None,
    loose: bytes = b"",
) -> bytes:
    """An EXIF block with these directories; `loose` lies in the middle and belongs to no tag."""
    body = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    subs = {tag: part for tag, part in ((0x8769, exif), (0x8825, gps)) if part is not None}
    size = 2 + 12 * (len(first) + len(subs)) + 4
    tail, pointers = loose, {}
    for tag, part in subs.items():
        pointers[tag] = len(body) + size + len(tail)
        tail += _directory(order, part, pointers[tag])
    whole: dict[int, tuple[int, Value]] = {**first, **{tag: (LONG, at) for tag, at in pointers.items()}}
    own = _directory(order, whole, len(body), base=len(body) + size + len(tail))
    table, values = own[:size], own[size:]
    values = tail + values
    if second is not None:
        at = len(body) + size + len(values)
        table = table[:-4] + struct.pack(order + "I", at)
        values += _directory(order, second, at)
    return EXIF_HEADER + body + table + values


def _directory(order: str, entries: Directory, at: int, base: int | None = None) -> bytes:
    """The table and behind it the values, which begin at `base`, as a rule right there."""
    table, values = struct.pack(order + "H", len(entries)), b""
    base = at + 2 + 12 * len(entries) + 4 if base is None else base
    for tag, (kind, value) in sorted(entries.items()):
        count, raw = _raw(order, kind, value)
        if tag in _OFFSETS:
            table += struct.pack(order + "HHII", tag, LONG, 1, base + len(values))
        else:
            pointer = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(order + "I", base + len(values))
            table += struct.pack(order + "HHI", tag, kind, count) + pointer
        values += raw if len(raw) > 4 else b""
    return table + bytes(4) + values


def _raw(order: str, kind: int, value: Value) -> tuple[int, bytes]:
    if isinstance(value, bytes):
        return len(value), value
    if isinstance(value, tuple):
        return 1, struct.pack(order + "II", *value)
    return 1, struct.pack(order + ("H" if kind == SHORT else "I"), value)
