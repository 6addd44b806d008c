"""What a JPEG holds apart from its picture and no result can keep: found by name, for the recipe.

Sources: ITU-T T.81, annex B; CIPA DC-007 (MPF); Adobe XMP part 3; Ultra HDR 1.1; ISO 21496-1; C2PA 2.1, 11.3.
"""

from collections.abc import Iterator

from cleanplate.metadata import dropped_metadata as names

_SOS, _EOI, _COM, _FIRST_APP, _LAST_APP = 0xDA, b"\xff\xd9", 0xFE, 0xE0, 0xEF
_MOST_SEGMENTS = 10_000
_KEPT = (b"JFIF\0", b"JFXX\0", b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0", b"Adobe")
_SEGMENTS: tuple[tuple[bytes, str], ...] = (
    (b"http://ns.adobe.com/xmp/extension/\0", names.EXTENDED_XMP),
    (b"MPF\0", names.PICTURE_INDEX),
    (b"urn:iso:std:iso:ts:21496:-1\0", names.GAIN_MAP),
    (b"FPXR\0", names.FLASHPIX_PICTURES),
    (b"Photoshop 3.0\0", names.PHOTOSHOP_IPTC),
    (b"JP", names.MANIFEST),  # JUMBF
)
_FILM = (b"ftyp", b"MotionPhoto_Data")


def jpeg_side_data(data: bytes) -> tuple[str, ...]:
    """Names for what is in the file apart from picture, EXIF, XMP and profile; each once.

    Nothing is decoded, and a broken file only has fewer names.
    """
    return tuple(dict.fromkeys(_found(data)))


def _found(data: bytes) -> Iterator[str]:
    gain_map = False
    for marker, body in _segments(data):
        if marker == _COM:
            yield names.JPEG_COMMENT
        elif _FIRST_APP <= marker <= _LAST_APP and not body.startswith(_KEPT):
            yield _segment_name(marker, body)
        gain_map |= b"hdrgm:Version" in body
    if gain_map:
        yield names.GAIN_MAP
    yield from _after_picture(data)


def _segment_name(marker: int, body: bytes) -> str:
    named = (name for start, name in _SEGMENTS if body.startswith(start))
    return next(named, names.jpeg_segment(marker - _FIRST_APP))


def _after_picture(data: bytes) -> Iterator[str]:
    """What follows the picture: a phone's film, smaller or other pictures."""
    scan = max((position for position, _ in _segment_starts(data)), default=len(data))
    end = data.find(_EOI, scan)  # thumbnails in EXIF, before the scan, have an end of their own
    rest = data[end + 2 :] if end > 0 else b""
    if any(word in rest for word in _FILM):
        yield names.MOTION_VIDEO
    if b"\xff\xd8\xff" in rest:
        yield names.FURTHER_PICTURES


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of the segments in front of the first scan."""
    for position, marker in _segment_starts(data):
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        yield marker, data[position + 4 : position + 2 + length]


def _segment_starts(data: bytes) -> Iterator[tuple[int, int]]:
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
