"""Whether a JPEG is whole. JPEG has no checksums, so its coded data is read through once.

Source: ITU-T T.81, annexes B and F to H.
"""

import re
from collections.abc import Mapping
from typing import Final

from cleanplate.codecs.damaged_error import DamagedError
from cleanplate.codecs.jpeg.coefficients import check_scans
from cleanplate.codecs.jpeg.jpeg_header import Header, NotSpliceable, read_header
from cleanplate.errors import NotAPicture

_MARKER = re.compile(rb"\xff+([\x01-\xfe])")
_EOI = b"\xff\xd9"
_SOS, _DHT, _JPG, _DAC = 0xDA, 0xC4, 0xC8, 0xCC
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {_DHT, _JPG, _DAC}
_UNSUPPORTED: Final[Mapping[int, str]] = {
    0xC3: "lossless JPEG",
    0xC5: "hierarchical JPEG",
    0xC6: "hierarchical JPEG",
    0xC7: "hierarchical JPEG",
    **dict.fromkeys(range(0xC9, 0xD0), "arithmetic coding"),
}
_MOST_SEGMENTS = 10_000
_SEGMENT = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]", re.DOTALL)
"""Markers of segments and the end; stuffed bytes, restarts and fill bytes are none."""
_MOST_SCANS = 100
"""A progressive JPEG has about ten."""


def refuse_unsupported(data: bytes) -> None:
    """Refuse sound files for decoders of another kind, and those made to burn time; the error says why.

    Raises:
        NotAPicture: far too many scans, arithmetic coding, lossless or hierarchical JPEG, other than 8 bits a
            channel.
    """
    if _has_too_many_scans(data):
        raise NotAPicture("this JPEG has far too many scans")
    frame = _frame(data)
    if frame is None:
        return
    kind, bits = frame
    if kind in _UNSUPPORTED:
        raise NotAPicture(f"{_UNSUPPORTED[kind]} is not supported, send a baseline or progressive JPEG")
    if bits in (12, 16):
        raise NotAPicture(f"JPEG of {bits} bits a channel is not supported, send one of 8 bits")


def check_jpeg(data: bytes, header: Header | None = None) -> None:
    """See to it that there is every block of every scan, and nothing else between the markers.

    Args:
        header: of this file, where it is known.

    Raises:
        DamagedError: a decoder would have to guess.
    """
    try:
        check_scans(header or read_header(data), data)
    except NotSpliceable as error:
        raise DamagedError(str(error)) from error


def with_end_marker(data: bytes, header: Header) -> bytes:
    """The file; with an end marker where it has none, without which decoders wait for more."""
    return data if header.ended else data.rstrip(b"\xff") + _EOI


def _has_too_many_scans(data: bytes) -> bool:
    """Whether a JPEG is made to burn time: each scan costs a pass over the whole picture.

    Counts the segments before the end of the picture; what follows (a phone's video) is not looked at.
    """
    scans, position = 0, 2
    for _ in range(_MOST_SEGMENTS):
        marker = _SEGMENT.search(data, position)
        if marker is None or marker[0] == b"\xff\xd9":
            return False
        scans += marker[0] == b"\xff\xda"
        if scans > _MOST_SCANS:
            return True
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return True


def _frame(data: bytes) -> tuple[int, int] | None:
    """Marker and bits a channel of the first frame; None where the markers lead to none."""
    position = 2
    for _ in range(_MOST_SEGMENTS):
        match = _MARKER.match(data, position)
        if match is None or match[1][0] == _SOS:
            return None
        marker, position = match[1][0], match.end()
        if marker in _FRAMES and len(data) > position + 2:
            return marker, data[position + 2]
        if marker not in _STANDALONE:
            position += int.from_bytes(data[position : position + 2], "big")
    return None
