"""The chunks of a WEBP: the size in its header, how it is compressed, and whether the chunks fill the file.

Its codes have no checksums, but lengths: bytes that were lost, doubled or put in are seen; bytes that were
changed are not. Source: RFC 9649.
"""

from collections.abc import Iterator, Mapping

from cleanplate.codecs.damaged_error import DamagedError, check_rest
from cleanplate.metadata import dropped_metadata as names

_HEADER_BYTES = 8
_FIRST_CHUNK = 12
_SIDE_DATA: Mapping[bytes, str] = {b"C2PA": names.MANIFEST}


def webp_size(data: bytes) -> tuple[int, int]:
    """(width, height) of the canvas. Source: RFC 9649, sections 2.5 to 2.7.

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


def is_lossless(data: bytes) -> bool:
    """Whether a still WEBP holds a lossless stream (a `VP8L` chunk)."""
    return next((name == b"VP8L" for name, _ in _chunks(data) if name in (b"VP8L", b"VP8 ")), False)


def check_webp(data: bytes) -> None:
    """See to it that the chunks fill the file. Zeros behind its end are no damage.

    Raises:
        DamagedError: they end before or behind the end that the file names, or something follows it.
    """
    end = _HEADER_BYTES + int.from_bytes(data[4:8], "little")
    chunk_ends = [chunk_end for _, chunk_end in _chunks(data[:end])]
    at = chunk_ends[-1] if chunk_ends else _FIRST_CHUNK
    if not end - 1 <= at <= end + 1:  # some writers leave the last byte, a filler, out of their count
        raise DamagedError("the chunks do not fill the file")
    check_rest(data, at)


def webp_side_data(data: bytes) -> tuple[str, ...]:
    """Names for what is in the file apart from picture, EXIF, XMP and profile; each once."""
    return tuple(dict.fromkeys(_SIDE_DATA[name] for name, _ in _chunks(data) if name in _SIDE_DATA))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Name of each chunk, and where it ends."""
    at = _FIRST_CHUNK
    while at + _HEADER_BYTES <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        at += _HEADER_BYTES + size + size % 2
        yield name, at
