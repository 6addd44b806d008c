"""Whether the strips or tiles of a TIFF's page are whole.

Source: TIFF 6.0 (1992), sections 3, 7, 9..11, 13, 15; Adobe Photoshop TIFF technical notes (Deflate, JPEG).
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from PIL.TiffImagePlugin import TiffImageFile

from cleanplate.codecs.damaged_error import DamagedError
from cleanplate.codecs.jpeg.jpeg_integrity import check_jpeg
from cleanplate.codecs.tiff.fax_integrity import (
    GROUP_3,
    GROUP_4,
    RUNS,
    RUNS_OF_WORDS,
    FaxCoding,
    holds_whole_rows,
)

_BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _CHANNELS, _ROWS = 0x102, 0x103, 0x106, 0x10A, 0x115, 0x116
_STRIPS, _STRIP_SIZES, _PLANAR = 0x111, 0x117, 0x11C
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES, _JPEG_TABLES = 0x142, 0x143, 0x144, 0x145, 0x15B
_NONE, _LZW, _JPEG = 1, 5, 7
_YCBCR, _SUBSAMPLING, _T4_OPTIONS = 6, 0x212, 0x124
_NEEDED = frozenset(
    {*range(0x100, 0x104), 0x106, 0x10A, 0x111, *range(0x115, 0x118), 0x11C, 0x124, 0x13D, 0x140}
)
_MEANING = frozenset({_COMPRESSION, _PHOTOMETRIC})
_HEADER_BYTES = 8
_FEWEST_FEEDS = 8
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL_ROWS = 0xFFFFFFFF
_SPARE_BYTES = 2**24
"""A tile may stand for so much more than the picture has: those of small pictures are often larger."""

_PartCheck: TypeAlias = Callable[[bytes, int, int], bool]
"""Whether a part is sound, and holds as many bytes as its rows need, or as a part with all rows would."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A strip or tile: where it lies, the bytes of samples it stands for, and those of one with all rows."""

    start: int
    size: int
    samples: int
    full: int


def check_tiff(image: TiffImageFile, data: bytes, there: Sequence[int]) -> None:
    """See to it that each strip or tile of the page lies in the file, and holds the rows it should.

    Args:
        image: the page; loading it would take tags away.
        there: its tags in their order. Pillow leaves out those that it cannot read, and goes on with their
            defaults.

    Raises:
        DamagedError: one lies elsewhere or across another, ends too soon, or cannot be unpacked.
        NotAPicture: it is packed in a way that is not supported.
    """
    tags: Any = image.tag_v2
    unread = [tag for tag in _NEEDED.intersection(there) if tag not in tags]
    if unread or any(tags.get(tag) is None for tag in _MEANING.intersection(there)):
        raise DamagedError("a tag cannot be read")
    if not _MEANING.issubset(there) and list(there) != sorted(there):
        raise DamagedError(
            "a tag became another one"
        )  # with a default in its place, samples mean something else
    compression = int(tags.get(_COMPRESSION, _NONE))
    parts = _parts(tags, compression)
    _check_places(parts, len(data))
    if compression == _NONE and _is_text(data):
        raise DamagedError("sent as text: a carriage return before every line feed")
    is_whole = _fax_check(tags, compression) if compression in _FAX else _PART_CHECKS.get(compression)
    if compression == _JPEG:
        tables = bytes(tags.get(_JPEG_TABLES, b""))
        for part in parts:
            check_jpeg(_with_tables(tables, data[part.start : part.start + part.size]))
    elif is_whole is not None:
        reverse = tags.get(_FILL_ORDER) == 2  # noqa: PLR2004 - the lowest bit of a byte comes first
        for part in parts:
            packed = data[part.start : part.start + part.size]
            if not is_whole(packed.translate(_REVERSED) if reverse else packed, part.samples, part.full):
                raise DamagedError("a strip is broken, or ends too soon")


def _parts(tags: Any, compression: int) -> list[_Part]:
    tiled = _TILES in tags
    starts = _list(tags.get(_TILES if tiled else _STRIPS))
    sizes = _list(tags.get(_TILE_SIZES if tiled else _STRIP_SIZES))
    samples = _samples(tags, len(starts), tiled=tiled)
    if compression == _NONE and (len(sizes) < len(samples) or not all(sizes)):
        sizes = samples  # without them, as old files are: what is needed
    if len(sizes) < len(samples):
        raise DamagedError("strips are missing")
    full = max(samples)
    if full > sum(_planes(tags)) * int(tags[0x100]) * int(tags[0x101]) // 8 + _SPARE_BYTES:
        raise DamagedError(
            "a tile is far larger than the picture"
        )  # a decoder would take memory for all of it
    parts = [_Part(*part, full) for part in zip(starts, sizes, samples, strict=False)]
    if compression == _NONE and any(part.size < part.samples for part in parts):
        raise DamagedError("a strip is too short")
    if compression == _NONE and _planes(tags) == [1] and any(part.size > 2 * full + 64 for part in parts):
        raise DamagedError("a strip is too long")  # CCITT codes of grain, whose tag Compression is lost
    return parts


def _list(value: Any) -> list[int]:
    return [int(number) for number in value] if isinstance(value, Sequence) else []


def _samples(tags: Any, most: int, *, tiled: bool) -> list[int]:
    """How many bytes each part stands for. `most`: how many parts the file has."""
    width, height = int(tags[0x100]), int(tags[0x101])
    wide = _row_width(tags)
    rows = int(tags[_TILE_HEIGHT]) if tiled else min(int(tags.get(_ROWS, _ALL_ROWS)), height)
    across, down = -(-width // wide), -(-height // rows)
    planes = _planes(tags)
    if across * down * len(planes) > most:
        raise DamagedError("strips are missing")
    each = [rows] * (across * down) if tiled else [min(rows, height - top) for top in range(0, height, rows)]
    if tags.get(_PHOTOMETRIC) == _YCBCR and len(planes) == 1:  # colours may be stored at half size
        x, y = (int(factor) for factor in tags.get(_SUBSAMPLING, (2, 2)))
        return [-(-wide // x) * -(-high // y) * (x * y + 2) for high in each]
    return [high * -(-wide * bits // 8) for bits in planes for high in each]


def _row_width(tags: Any) -> int:
    """Pixels in a row of a strip or tile."""
    return int(tags[_TILE_WIDTH if _TILES in tags else 0x100])


def _planes(tags: Any) -> list[int]:
    """Bits of a pixel in each plane: one with all channels, or one for each."""
    channels = int(tags.get(_CHANNELS, 1))
    bits = [int(bit) for bit in tags.get(_BITS, (1,))]
    bits = bits if len(bits) == channels else bits[:1] * channels
    return bits if tags.get(_PLANAR, 1) == 2 else [sum(bits)]  # noqa: PLR2004 - by plane


def _check_places(parts: Sequence[_Part], length: int) -> None:
    # tiles that look alike may be one; what lies across another is damage
    spans = np.array(sorted({(part.start, part.start + part.size) for part in parts}), np.int64)
    inside = spans[0, 0] >= _HEADER_BYTES and spans[:, 1].max() <= length
    if not inside or (spans[1:, 0] < spans[:-1, 1]).any() or (spans[:, 0] >= spans[:, 1]).any():
        raise DamagedError("a strip lies outside of the file, or across another")


def _is_text(data: bytes) -> bool:
    """Whether something took the file for text. Only where nothing is compressed would nobody see it."""
    feeds = data.count(b"\n")
    return _FEWEST_FEEDS <= feeds == data.count(b"\r\n") < len(data) // 32


def _with_tables(tables: bytes, part: bytes) -> bytes:
    """One JPEG file of the tables that parts share and one of them."""
    end = tables.rfind(b"\xff\xd9")
    return tables[:end] + part[2:] if tables[:2] == b"\xff\xd8" and end > 0 else part


def _is_whole_deflate(packed: bytes, wanted: int, full: int) -> bool:
    stream, length = zlib.decompressobj(), 0
    try:
        while packed and not stream.eof and length <= full:
            length += len(stream.decompress(packed, full + 1 - length))
            packed = stream.unconsumed_tail
    except zlib.error:
        return False
    return wanted <= length <= full  # some writers leave the checksum at the end out


def _is_whole_lzw(packed: bytes, wanted: int, full: int) -> bool:
    from cleanplate.codecs.lzw_kernels import count_values

    if packed[:2] == b"\0\1":  # as before TIFF 6.0: bits the other way round
        return True
    return count_values(np.frombuffer(packed, np.uint8), 8, full, tiff=True) in (wanted, full)


def _is_whole_packbits(packed: bytes, wanted: int, full: int) -> bool:
    at, length, end = 0, 0, len(packed)
    while at < end and length < full:
        count = packed[at]
        if count < 128:  # noqa: PLR2004 - section 9: as they are
            at, length = at + 2 + count, length + 1 + count
        elif count > 128:  # noqa: PLR2004 - repeated
            at, length = at + 2, length + 257 - count
        else:
            at += 1
    return length in (wanted, full) and end - 1 <= at <= end


def _fax_check(tags: Any, compression: int) -> _PartCheck:
    if _planes(tags) != [1]:
        raise DamagedError("CCITT codes of more than one bit a pixel")
    width, coding = _row_width(tags), FaxCoding(compression, int(tags.get(_T4_OPTIONS, 0)))
    row_bytes = -(-width // 8)

    def is_whole(packed: bytes, wanted: int, full: int) -> bool:
        return holds_whole_rows(packed, width, (wanted // row_bytes, full // row_bytes), coding)

    return is_whole


_FAX: Final = frozenset({RUNS, GROUP_3, GROUP_4, RUNS_OF_WORDS})
_PART_CHECKS: Final[Mapping[int, _PartCheck]] = {
    8: _is_whole_deflate,
    32946: _is_whole_deflate,
    _LZW: _is_whole_lzw,
    32773: _is_whole_packbits,
}
