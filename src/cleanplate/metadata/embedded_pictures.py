"""Pictures inside other data: as they are, compressed, or spelled in base64, hexadecimal or decimal numbers.

A signature is enough: whether the picture behind it can be decoded does not matter here.
"""

import re
import struct
import zlib
from binascii import a2b_base64
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote_to_bytes

MOST_INFLATED_BYTES = 1 << 23
"""Of all compressed blocks in one piece of metadata; what is longer is taken for a picture."""
_MOST_STREAMS = 10_000
_DEEPEST = 4
_SIGNATURES = re.compile(
    rb"\x89PNG\r\n\x1a\n"
    rb"|GIF8[79]a"
    rb"|RIFF.{4}WEBP"
    rb"|BM.{4}\0\0\0\0.{3}\0[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"
    rb"|\0\0.[\x08-\xff]ftyp[0-9A-Za-z ]{4}"
    rb"|\0\0\0\x0c(?:jP  |JXL )\r\n\x87\n"
    rb"|\xff\x4f\xff\x51\0"
    rb"|8BPS\0[\x01\x02]\0\0\0\0\0\0"
    rb"|II\xbc\x01.{4}"
    rb"|%PDF-1"
    # as lists of numbers
    rb"|\b255\s*,\s*216\s*,\s*255\b|\b137\s*,\s*80\s*,\s*78\s*,\s*71\b",
    re.DOTALL,
)
_JPEG = re.compile(rb"\xd8(?=\xff[\xc0-\xc3\xc5-\xcf\xdb-\xdd\xe0-\xef\xfe])")
"""The second byte of the start marker and a segment: some cameras spoil the first byte of their previews."""
_MARKER = 0xFF
_TIFF = re.compile(rb"II\*\0|MM\0\*")
_PICTURE_TAGS = frozenset({0x0111, 0x0144, 0x0201})
"""Where the rows of a TIFF lie: in strips, in tiles, or as a JPEG."""
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_LEAST_BYTES = 8
"""What is shorter is no picture."""
_PIECE_BYTES = 64
_ANY_HEADER = 32 + zlib.MAX_WBITS

_BREAKS = re.compile(rb"\s+|\\[nrt]|\\|&#(?:x0*[aAdD9]|0*(?:10|13|9));|&(?:amp;)?#\w+;")
"""What may stand between the letters of a code: white space, also as JSON and XML spell it; JSON's `\\/`."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
_NOT_HEX = re.compile(rb"\\+x|(?<![0-9A-Fa-f])0[xX]|\s+|[:,;]|\\[nrt]|&#\w+;")
_HEX = re.compile(rb"[0-9A-Fa-f]{16,}")
_WIDE = re.compile(rb"(?:[\s!-~]\0){24,}")
_PERCENT = re.compile(rb"%2[bBfF]|%[fF]{2}%[dD]8|%89PNG")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_RUN = re.compile(rb"[A-Za-z0-9+/_-](?:[A-Za-z0-9+/_-]|\s|\\[nr/]|%2[bBfF]){23,}(?:=|%3[dD]){0,2}")


def holds_picture(data: bytes) -> bool:
    """Whether there is a picture or a film anywhere in `data`, however it is spelled.

    Data that would take very long to look through are taken for one too.
    """
    try:
        return _PictureSearch().finds_picture(data, _DEEPEST)
    except _TooMuchError:
        return True


def without_encoded_pictures(text: bytes) -> bytes:
    """The same text without those words that spell a picture in base64."""
    return _RUN.sub(lambda run: b"" if holds_picture(run[0]) else run[0], text)


def inflate(data: bytes | memoryview, most: int = MOST_INFLATED_BYTES) -> bytes | None:
    """What a zlib stream or gzip file holds, as far as it is sound; None for more than `most` bytes."""
    press = zlib.decompressobj(_ANY_HEADER)
    try:
        found = press.decompress(data, most)
    except zlib.error:
        return _sound_part(data, most)
    return None if press.unconsumed_tail else found


def _sound_part(data: bytes | memoryview, most: int) -> bytes:
    """What a stream holds before its first error."""
    press, found = zlib.decompressobj(_ANY_HEADER), bytearray()
    with suppress(zlib.error):
        for start in range(0, len(data), _PIECE_BYTES):
            found += press.decompress(data[start : start + _PIECE_BYTES])
            if len(found) > most or press.eof:
                break
    return bytes(found[:most])


class _TooMuchError(Exception):
    """More is compressed in it than anybody has a reason for."""


class _PictureSearch:
    """One search, and how much it may still inflate."""

    def __init__(self) -> None:
        self._bytes = MOST_INFLATED_BYTES
        self._streams = _MOST_STREAMS

    def finds_picture(self, data: bytes, deeper: int) -> bool:
        if _SIGNATURES.search(data) or _has_jpeg(data) or _has_tiff(data):
            return True
        if deeper == 0:
            return False
        return any(self.finds_picture(inner, deeper - 1) for inner in self._inner_data(data))

    def _inner_data(self, data: bytes) -> Iterator[bytes]:
        yield from self._inflate(memoryview(data))
        yield from _from_other_encodings(data)
        yield from _from_base64(_BREAKS.sub(b"", data))
        yield from _from_hexadecimal(_NOT_HEX.sub(b"", data))

    def _inflate(self, data: memoryview) -> Iterator[bytes]:
        for match in _ZLIB.finditer(data):
            self._streams -= 1
            content = inflate(data[match.start() :], self._bytes)
            if content is None or self._streams < 0 or self._bytes <= len(content):
                raise _TooMuchError
            self._bytes -= len(content)
            if len(content) >= _LEAST_BYTES:
                yield content


def _has_jpeg(data: bytes) -> bool:
    """A start marker, and a first segment that ends where another marker begins, or behind the data."""
    for match in _JPEG.finditer(data):
        start = match.end()
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        after = start + 2 + length
        whole = match.start() > 0 and data[match.start() - 1] == _MARKER
        if length >= 2 and (data[after : after + 1] == b"\xff" or (whole and after >= len(data))):  # noqa: PLR2004
            return True
    return False


def _has_tiff(data: bytes) -> bool:
    return any(_tiff_at(data, match.start()) for match in _TIFF.finditer(data))


def _tiff_at(data: bytes, start: int) -> bool:
    """Whether the first directory has rows of a picture; makers' notes are such files without one."""
    order = "<" if data[start : start + 2] == b"II" else ">"
    try:
        first = start + struct.unpack_from(order + "I", data, start + 4)[0]
        (count,) = struct.unpack_from(order + "H", data, first)
        tags = {struct.unpack_from(order + "H", data, first + 2 + 12 * n)[0] for n in range(count)}
    except struct.error:
        return False
    return bool(tags & _PICTURE_TAGS)


def _from_other_encodings(data: bytes) -> Iterator[bytes]:
    """Text of 16 bits a letter, and text as an address spells it, as plain text."""
    for run in _WIDE.finditer(data):
        yield run[0].replace(b"\0", b"")
    if _PERCENT.search(data):
        yield unquote_to_bytes(data)


def _from_hexadecimal(text: bytes) -> Iterator[bytes]:
    for run in _HEX.finditer(text):
        for start in (0, 1):  # a letter before it may be a digit as well
            digits = run[0][start:]
            yield bytes.fromhex(digits[: len(digits) & ~1].decode())


def _from_base64(text: bytes) -> Iterator[bytes]:
    """From each of the four letters on at which a group may begin: words may stand before it."""
    for run in _BASE64.finditer(text):
        letters = run[0].translate(_URL_SAFE)
        for start in range(4):
            group = letters[start:]
            yield a2b_base64(group[: len(group) & ~3])
