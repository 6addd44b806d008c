"""What the first bytes say: the format, and the facts that must be known before anything is decoded."""

import re
from collections.abc import Iterator

from cleanplate.pixels.types import Format

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_LARGEST_BRANDS_BOX = 256
_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"<svg", "SVG"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
)
_LARGEST_BMP_HEADER = 128
_JPEG_MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]", re.DOTALL)
"""Markers of segments and the end; stuffed bytes, restarts and fill bytes are none."""
_MOST_SCANS = 100
"""A progressive JPEG has about ten."""
_MOST_SEGMENTS = 10_000


def sniff(data: bytes) -> Format | None:
    """The format by its signature, whatever name or media type came with it."""
    for signature, known in _SIGNATURES:
        if data.startswith(signature):
            return known if known != "bmp" or _bmp_header(data) else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _of_brands(data)
    return None


def _of_brands(data: bytes) -> Format | None:
    """AVIF and HEIF are one container: the brands in its first box say whose. ISO/IEC 14496-12, 4.3."""
    size = min(int.from_bytes(data[:4], "big"), _LARGEST_BRANDS_BOX)
    brands = {data[at : at + 4] for at in (8, *range(16, size, 4))}
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heif" if data[8:12] in _HEIF_BRANDS else None


def foreign_name(data: bytes) -> str | None:
    """The name of a picture format that Cleanplate does not read, for a clearer message."""
    return next((name for signature, name in _FOREIGN if data.startswith(signature)), None)


def webp_size(data: bytes) -> tuple[int, int]:
    """(width, height) of a WEBP's canvas. Source: RFC 9649, sections 2.5 to 2.7.

    Raises:
        ValueError: the first chunk is none that a WEBP begins with.
    """
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X" and len(body) == 10:  # noqa: PLR2004 - a whole header
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[:1] == b"\x2f":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise ValueError("no WEBP header")


def webp_lossless(data: bytes) -> bool:
    """Whether a still WEBP holds a lossless stream (a `VP8L` chunk)."""
    return next((name == b"VP8L" for name in _riff_chunks(data) if name in (b"VP8L", b"VP8 ")), False)


def too_many_scans(data: bytes) -> bool:
    """Whether a JPEG is made to burn time: each scan costs a pass over the whole picture.

    Counts the segments before the end of the picture; what follows (a phone's video) is not looked at.
    Source: ITU-T T.81, annex B.
    """
    scans, position = 0, 2
    for _ in range(_MOST_SEGMENTS):
        marker = _JPEG_MARKER.search(data, position)
        if marker is None or marker[0] == b"\xff\xd9":
            return False
        scans += marker[0] == b"\xff\xda"
        if scans > _MOST_SCANS:
            return True
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return True


def _bmp_header(data: bytes) -> bool:
    """Two letters are not much of a signature: the size of the next header must fit too."""
    return int.from_bytes(data[14:18], "little") in range(12, _LARGEST_BMP_HEADER)


def _riff_chunks(data: bytes) -> Iterator[bytes]:
    position = 12
    while position + 8 <= len(data):
        yield data[position : position + 4]
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        position += 8 + size + size % 2
