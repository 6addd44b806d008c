"""What a file holds beside its picture and no result can keep: found by name, for the recipe.

Sources: ITU-T T.81, annex B; CIPA DC-007 (MPF); Adobe XMP part 3; Ultra HDR 1.1; ISO 21496-1; C2PA 2.1, 11.3;
ISO 23008-12 (HEIF).
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from cleanplate.metadata.dropped import DEPTH_MAP, GAIN_MAP, MANIFEST, MOTION_VIDEO
from cleanplate.pixels.types import Format

_SOS, _EOI, _COM, _FIRST_APP, _LAST_APP = 0xDA, b"\xff\xd9", 0xFE, 0xE0, 0xEF
_MOST_SEGMENTS = 10_000
_KEPT = (b"JFIF\0", b"JFXX\0", b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0", b"Adobe")
_SEGMENTS: tuple[tuple[bytes, str], ...] = (
    (b"http://ns.adobe.com/xmp/extension/\0", "extended XMP"),
    (b"MPF\0", "multi-picture index (MPF)"),
    (b"urn:iso:std:iso:ts:21496:-1\0", GAIN_MAP),
    (b"FPXR\0", "FlashPix pictures"),
    (b"Photoshop 3.0\0", "Photoshop resources (IPTC)"),
    (b"JP", MANIFEST),  # JUMBF
)
_PNG_CHUNKS: Mapping[bytes, str] = {b"caBX": MANIFEST}
_RIFF_CHUNKS: Mapping[bytes, str] = {b"C2PA": MANIFEST}
_IN_HEIF: tuple[tuple[bytes, str], ...] = (
    (b"aux:hdrgainmap", GAIN_MAP),
    (b"tmap", GAIN_MAP),
    (b"auxid:2\0", DEPTH_MAP),
    (b"auxiliary:depth", DEPTH_MAP),
    (b"effectsmatte", "portrait matte"),
    (b"thmb", "thumbnail"),
    (b"c2pa", MANIFEST),
)
_HEIF_HEAD_BYTES = 1 << 17
_TIFF_TAGS: tuple[tuple[int, str], ...] = (
    (330, "further pictures (SubIFDs)"),
    (33723, "IPTC"),
    (34377, "Photoshop resources"),
    (37724, "Photoshop layers"),
    (52545, MANIFEST),
)
_FILM = (b"ftyp", b"MotionPhoto_Data")


def beside(data: bytes, known: Format) -> tuple[str, ...]:
    """Names for what is in the file beside picture, EXIF, XMP, profile and words; each once.

    Nothing is decoded, and a broken file only has fewer names.
    """
    finders = {"jpeg": _in_jpeg, "png": _in_png, "webp": _in_webp, "tiff": _in_tiff, "heif": _in_heif}
    finder = finders.get(known)
    return () if finder is None else tuple(dict.fromkeys(finder(data)))


def _in_jpeg(data: bytes) -> Iterator[str]:
    gain_map = False
    for marker, body in _segments(data):
        if marker == _COM:
            yield "JPEG comment"
        elif _FIRST_APP <= marker <= _LAST_APP and not body.startswith(_KEPT):
            yield _segment(marker, body)
        gain_map |= b"hdrgm:Version" in body
    if gain_map:
        yield GAIN_MAP
    yield from _behind(data)


def _segment(marker: int, body: bytes) -> str:
    named = (name for start, name in _SEGMENTS if body.startswith(start))
    return next(named, f"JPEG segment APP{marker - _FIRST_APP}")


def _behind(data: bytes) -> Iterator[str]:
    """What follows the picture: a phone's film, smaller or other pictures."""
    scan = max((position for position, _ in _ends(data)), default=len(data))
    end = data.find(_EOI, scan)  # thumbnails in EXIF, before the scan, have an end of their own
    rest = data[end + 2 :] if end > 0 else b""
    if any(word in rest for word in _FILM):
        yield MOTION_VIDEO
    if b"\xff\xd8\xff" in rest:
        yield "further pictures behind the first"


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of the segments in front of the first scan."""
    for position, marker in _ends(data):
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        yield marker, data[position + 4 : position + 2 + length]


def _ends(data: bytes) -> Iterator[tuple[int, int]]:
    """Position and marker of the segments up to the first scan."""
    position = 2
    for _ in range(_MOST_SEGMENTS):
        while data[position : position + 2] == b"\xff\xff":
            position += 1
        if data[position : position + 1] != b"\xff" or position + 4 > len(data):
            return
        yield position, data[position + 1]
        if data[position + 1] == _SOS:
            return
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")


def _in_png(data: bytes) -> Iterator[str]:
    position = 8
    while position + 12 <= len(data):
        name = data[position + 4 : position + 8]
        if name in _PNG_CHUNKS:
            yield _PNG_CHUNKS[name]
        position += 12 + int.from_bytes(data[position : position + 4], "big")


def _in_webp(data: bytes) -> Iterator[str]:
    position = 12
    while position + 8 <= len(data):
        name, size = (
            data[position : position + 4],
            int.from_bytes(data[position + 4 : position + 8], "little"),
        )
        if name in _RIFF_CHUNKS:
            yield _RIFF_CHUNKS[name]
        position += 8 + size + size % 2


def _in_tiff(data: bytes) -> Iterator[str]:
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    first = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[first : first + 2], order)
    at = range(first + 2, min(first + 2 + 12 * count, len(data)), 12)
    tags = {int.from_bytes(data[start : start + 2], order) for start in at}
    yield from (name for tag, name in _TIFF_TAGS if tag in tags)


def _in_heif(data: bytes) -> Iterator[str]:
    head = data[:_HEIF_HEAD_BYTES]
    yield from (name for word, name in _IN_HEIF if word in head)
    if b"moov" in data[-_HEIF_HEAD_BYTES:] or b"mpvd" in data:
        yield MOTION_VIDEO
