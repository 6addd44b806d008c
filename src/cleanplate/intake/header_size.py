"""What the first bytes of a file say of a picture, where that takes no decoder."""

import struct
from contextlib import suppress
from typing import Final

from cleanplate.codecs.webp.webp_chunks import webp_size

_PNG: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_PNG_COLOUR_TYPE, _WITH_ALPHA = 25, frozenset({b"\x04", b"\x06"})
_WEBP_FLAGS, _WEBP_LOSSLESS_ALPHA, _WEBP_HAS_ALPHA = 20, 24, 0x10
_BMP_HEADER: Final = 40
_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH: Final = frozenset(range(0xD0, 0xDA)) | {0x01}
_FILL: Final = 0xFF
_MOST_SEGMENTS: Final = 4096
"""Of a JPEG before its frame; profiles of large files come in dozens."""


def size_in_header(data: bytes) -> tuple[int, int] | None:
    """(width, height) as a PNG, JPEG, WEBP or BMP says it, before it is turned upright.

    None for any other file, and for a broken one. What the header says may be untrue: who decodes the file
    finds out.
    """
    with suppress(struct.error, ValueError):
        if data.startswith(_PNG):
            return _positive(*struct.unpack_from(">II", data, len(_PNG)))
        if data.startswith(b"\xff\xd8"):
            return _jpeg_size(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _positive(*webp_size(data))
        if data.startswith(b"BM") and struct.unpack_from("<I", data, 14)[0] >= _BMP_HEADER:
            return _positive(*map(abs, struct.unpack_from("<ii", data, 18)))
    return None


def canvas_in_header(data: bytes) -> str:
    """The same as "1024x768"; "" where it is not known."""
    size = size_in_header(data)
    return "" if size is None else f"{size[0]}x{size[1]}"


def may_be_transparent(data: bytes) -> bool:
    """Whether a picture may have transparent parts: False where its file says that it has no room for them.

    Source: W3C PNG, 11.2.1 and 11.3.1.1; RFC 9649, 2.7.1 and 3.4.
    """
    if data.startswith((b"\xff\xd8", b"BM")):
        return False
    if data.startswith(_PNG):
        alpha, end = data[_PNG_COLOUR_TYPE : _PNG_COLOUR_TYPE + 1] in _WITH_ALPHA, data.find(b"IDAT")
        return alpha or b"tRNS" in (data if end < 0 else data[:end])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) > _WEBP_LOSSLESS_ALPHA:
        kind = data[12:16]
        if kind == b"VP8X":
            return bool(data[_WEBP_FLAGS] & _WEBP_HAS_ALPHA)
        return kind == b"VP8L" and bool(data[_WEBP_LOSSLESS_ALPHA] & _WEBP_HAS_ALPHA)
    return True


def _positive(width: int, height: int) -> tuple[int, int] | None:
    return (width, height) if width > 0 and height > 0 else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """What the first frame says. Source: ITU-T T.81, B.1.1 and B.2.2."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        mark, kind, length = struct.unpack_from(">BBH", data, at)
        if mark != _FILL:
            return None
        if kind in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return _positive(width, height)
        if kind == _FILL:
            at += 1
        else:
            at += 2 if kind in _WITHOUT_LENGTH else 2 + length
    return None
