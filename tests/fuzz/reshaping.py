"""Changes that keep the build of a file: chunks, segments, boxes, directories; sizes and sums are made right.

A change that breaks the build is refused by the first check; these come further.
"""

import random
import struct
import zlib
from collections.abc import Mapping
from typing import Final

from tests.fuzz.target import Reshape
from tests.unit.codecs import mutants

from cleanplate.pixels.types import Format

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SCAN: Final = b"\xff\xda"
_ENTRY_BYTES: Final = 12
_VALUES: Final = (
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    16,
    32,
    255,
    256,
    1000,
    65535,
    65536,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """As disks and wires damage files."""
    return chance.choice(list(mutants.DAMAGE.values()))(data, chance) if len(data) > 8 else data


def _body_changed(body: bytes, chance: random.Random) -> bytes:
    if not body:
        return chance.randbytes(chance.choice((1, 4, 13)))
    at = chance.randrange(len(body))
    match chance.randrange(4):
        case 0:
            return body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]
        case 1:
            value = chance.choice(_VALUES).to_bytes(4, "big" if chance.random() < 0.5 else "little")
            return body[:at] + value[: len(body) - at] + body[at + 4 :]
        case 2:
            return body[:at]
    return body[:at] + chance.randbytes(chance.choice((1, 2, 8, 40))) + body[at:]


def _part_changed(
    parts: list[tuple[bytes, bytes]], chance: random.Random, names: tuple[bytes, ...]
) -> list[tuple[bytes, bytes]]:
    """One of the parts, each a name and a body, goes, comes twice, elsewhere, or with another body."""
    parts = list(parts)
    at = chance.randrange(len(parts))
    name, body = parts[at]
    match chance.randrange(7):
        case 0:
            del parts[at]
        case 1:
            parts.insert(chance.randrange(len(parts) + 1), parts[at])
        case 2:
            parts.insert(chance.randrange(len(parts)), parts.pop(at))
        case 3:
            parts[at] = chance.choice(names), body
        case _:
            parts[at] = name, _body_changed(body, chance)
    return parts


def png_chunks(data: bytes, chance: random.Random) -> bytes:
    """Chunks, with their checksums; now and then what is packed in them."""
    parts, at = [], len(_PNG)
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        parts.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    if not parts:
        return data
    names: tuple[bytes, ...] = (
        b"IDAT",
        b"PLTE",
        b"tRNS",
        b"eXIf",
        b"iCCP",
        b"zTXt",
        b"iTXt",
        b"tEXt",
        b"gAMA",
        b"cHRM",
        b"IEND",
    )
    names += (b"acTL", b"fcTL", b"fdAT", b"sBIT", b"cICP", b"pHYs", b"caBX", b"IHDR", b"abcD")
    if chance.random() < 0.3:
        parts = [_repacked(part, chance) for part in parts]
    return _PNG + b"".join(mutants.chunk(*part) for part in _part_changed(parts, chance, names))


def _repacked(part: tuple[bytes, bytes], chance: random.Random) -> tuple[bytes, bytes]:
    """Rows of pixels with a change, packed again; other chunks as they are."""
    if part[0] != b"IDAT":
        return part
    try:
        rows = zlib.decompress(part[1])
    except zlib.error:
        return part
    return b"IDAT", zlib.compress(_body_changed(rows, chance), 1)


def jpeg_segments(data: bytes, chance: random.Random) -> bytes:
    """Segments before the first scan, with their lengths."""
    parts, at = [], 2
    while data[at : at + 1] == b"\xff" and data[at : at + 2] != _SCAN and at + 4 <= len(data):
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append((data[at : at + 2], data[at + 4 : at + 2 + size]))
        at += 2 + size
    if not parts or at > len(data):
        return data
    names = tuple(bytes([0xFF, marker]) for marker in (*range(0xC0, 0xD0), *range(0xDA, 0xF0), 0xFE, 0x01))
    changed = _part_changed(parts, chance, names)
    sized = (name + (len(body[:65533]) + 2).to_bytes(2, "big") + body[:65533] for name, body in changed)
    return data[:2] + b"".join(sized) + data[at:]


def riff_chunks(data: bytes, chance: random.Random) -> bytes:
    """Chunks of a WebP, with all their sizes."""
    parts, at = [], 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        parts.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    if not parts:
        return data
    names = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP ", b"abcd")
    changed = _part_changed(parts, chance, names)
    out = b"".join(
        name + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2) for name, body in changed
    )
    return b"RIFF" + (len(out) + 4).to_bytes(4, "little") + b"WEBP" + out


def iso_boxes(data: bytes, chance: random.Random, within: int = 0) -> bytes:
    """Boxes of a HEIF or an AVIF, with their sizes; as often as not those within `meta`."""
    parts, at = [], within
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return data
        parts.append((data[at + 4 : at + 8], data[at + 8 : at + size]))
        at += size
    if not parts:
        return data
    metas = [number for number, (name, _) in enumerate(parts) if name in (b"meta", b"iprp", b"ipco")]
    if metas and chance.random() < 0.7:
        name, body = parts[metas[0]]
        parts[metas[0]] = name, iso_boxes(body, chance, 4 if name == b"meta" else 0)
    else:
        names = (
            b"ftyp",
            b"meta",
            b"mdat",
            b"iloc",
            b"iinf",
            b"pitm",
            b"iprp",
            b"ispe",
            b"av1C",
            b"hvcC",
            b"free",
        )
        parts = _part_changed(parts, chance, names)
    return data[:within] + b"".join((len(body) + 8).to_bytes(4, "big") + name + body for name, body in parts)


def tiff_entries(data: bytes, chance: random.Random) -> bytes:
    """One field of the first directory: another tag, type, count or value."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return data
    at = struct.unpack(order + "I", data[4:8])[0]
    if at + 2 > len(data):
        return data
    count = struct.unpack(order + "H", data[at : at + 2])[0]
    entry = at + 2 + _ENTRY_BYTES * chance.randrange(max(min(count, 64), 1))
    if entry + _ENTRY_BYTES > len(data):
        return data
    tag, kind, values, value = struct.unpack(order + "HHII", data[entry : entry + _ENTRY_BYTES])
    match chance.randrange(4):
        case 0:
            tag = chance.choice(
                (254, *range(256, 300), 317, 318, 320, *range(322, 333), 338, 339, 347, 34675)
            )
        case 1:
            kind = chance.randrange(20)
        case 2:
            values = chance.choice(_VALUES)
        case _:
            value = chance.choice((*_VALUES, len(data), at, 32773, 34712, 50000, 50001, 5, 6))
    made = struct.pack(order + "HHII", tag % 65536, kind, values, value % 2**32)
    return data[:entry] + made + data[entry + _ENTRY_BYTES :]


RESHAPES: Final[Mapping[Format, tuple[Reshape, ...]]] = {
    "jpeg": (damaged, jpeg_segments),
    "png": (damaged, png_chunks, png_chunks),
    "bmp": (damaged,),
    "webp": (damaged, riff_chunks),
    "tiff": (damaged, tiff_entries, tiff_entries),
    "heif": (damaged, iso_boxes),
    "avif": (damaged, iso_boxes),
    "gif": (damaged,),
}
"""By format: as files get damaged, and what keeps their build."""
