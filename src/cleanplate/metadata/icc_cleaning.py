"""ICC profiles without pictures. Format: ICC.1:2022, section 7."""

import struct

from cleanplate.metadata.embedded_pictures import holds_picture

_HEADER_BYTES = 128
_ENTRY_BYTES = 12
_OF_NUMBERS = frozenset(
    {
        b"curv",
        b"para",
        b"XYZ ",
        b"sf32",
        b"mft1",
        b"mft2",
        b"mAB ",
        b"mBA ",
        b"mpet",
        b"vcgt",
        b"chrm",
        b"meas",
    }
)
"""Types of tags that colours are computed with: never touched, and by chance they may look like anything."""
_MOST_PADDING_BYTES = 3


def clean_icc(icc: bytes) -> bytes:
    """The same profile, each byte in its place; zeros where a tag of words holds a picture, and between tags.

    What is no profile comes back as it is, or empty where it holds a picture.
    """
    body = bytearray(icc)
    used = bytearray(len(body))
    try:
        (count,) = struct.unpack_from(">I", body, _HEADER_BYTES)
        end = _HEADER_BYTES + 4 + _ENTRY_BYTES * count
        table = [
            struct.unpack_from(">II", body, at + 4) for at in range(_HEADER_BYTES + 4, end, _ENTRY_BYTES)
        ]
    except struct.error:
        return b"" if holds_picture(icc) else icc  # no profile at all
    _mark_used(used, 0, end)
    for start, size in table:
        _mark_used(used, start, size)
        content = bytes(body[start : start + size])
        if content[:4] not in _OF_NUMBERS and holds_picture(content):
            body[start + 8 : start + size] = bytes(len(body[start + 8 : start + size]))
    return _without_gaps(body, used)


def _mark_used(used: bytearray, start: int, size: int) -> None:
    part = used[start : start + size]
    used[start : start + size] = b"\1" * len(part)


def _without_gaps(body: bytearray, used: bytearray) -> bytes:
    start = 0
    while (start := used.find(0, start)) >= 0:
        end = used.find(1, start)
        end = len(used) if end < 0 else end
        if end - start > _MOST_PADDING_BYTES:
            body[start:end] = bytes(end - start)
        start = end
    return bytes(body)
