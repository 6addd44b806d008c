"""What a file carries beside its pixels, made ready to be written again."""

import re
import struct
from dataclasses import dataclass

from cleanplate.imaging.types import Chunk, Origin

EXIF_HEADER = b"Exif\0\0"
_ORIENTATION, _THUMBNAIL_AT, _THUMBNAIL_BYTES = 0x0112, 0x0201, 0x0202
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|>))[2-8]")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Blocks to write.

    Attributes:
        icc: the profile of the samples that are written.
        exif: it starts with `EXIF_HEADER`.
        dpi: (x, y).
        text, gamma: PNG chunks; see `Origin`.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: tuple[Chunk, ...] = ()
    gamma: tuple[Chunk, ...] = ()


def kept(origin: Origin, orientation: int) -> Metadata:
    """Everything the file had, with `orientation` (1..8) as what the written rows need.

    The EXIF thumbnail goes: it would still show what was erased.
    """
    xmp = origin.xmp
    if xmp and orientation == 1:
        xmp = _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)
    return Metadata(
        icc=origin.icc,
        exif=_adjusted(origin.exif, orientation) if origin.exif else _only(orientation),
        xmp=xmp,
        dpi=origin.dpi,
        text=origin.text,
        gamma=origin.gamma,
    )


def bare(origin: Origin, orientation: int) -> Metadata:
    """Only what is needed to show the picture right: what the colours mean, and the orientation."""
    return Metadata(icc=origin.icc, exif=_only(orientation), gamma=origin.gamma)


def _only(orientation: int) -> bytes | None:
    """The smallest EXIF block that says `orientation`; none for upright rows."""
    if orientation == 1:
        return None
    return EXIF_HEADER + b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)


def _adjusted(exif: bytes, orientation: int) -> bytes:
    """The same block with its orientation set and its thumbnail blanked, every other byte in its place.

    Parsed by hand: a library would move the maker's notes, whose offsets only the maker can mend.
    """
    block = bytearray(exif)
    try:
        _Block(block).adjust(orientation)
    except struct.error:
        return exif  # broken; readers ignore it, as we did
    return bytes(block)


class _Block:
    """A TIFF structure behind `EXIF_HEADER`, changed in place. Any read outside it raises `struct.error`."""

    def __init__(self, block: bytearray) -> None:
        self._bytes = memoryview(block)[len(EXIF_HEADER) :]
        self._order = "<" if bytes(self._bytes[:2]) == b"II" else ">"

    def adjust(self, orientation: int) -> None:
        first = self._number("I", 4)
        entries, next_at = self._entries(first)
        if _ORIENTATION in entries:
            struct.pack_into(self._order + "H", self._bytes, entries[_ORIENTATION], orientation)
        second = self._number("I", next_at)
        if second:
            struct.pack_into(self._order + "I", self._bytes, next_at, 0)
            self._blank_thumbnail(second)

    def _blank_thumbnail(self, offset: int) -> None:
        entries, _ = self._entries(offset)
        if _THUMBNAIL_AT in entries and _THUMBNAIL_BYTES in entries:
            start = self._number("I", entries[_THUMBNAIL_AT])
            view = self._bytes[start : start + self._number("I", entries[_THUMBNAIL_BYTES])]
            view[:] = bytes(len(view))

    def _entries(self, offset: int) -> tuple[dict[int, int], int]:
        """Where each tag's value field lies, and where the offset of the next directory lies."""
        count = self._number("H", offset)
        starts = range(offset + 2, offset + 2 + 12 * count, 12)
        return {self._number("H", start): start + 8 for start in starts}, starts.stop

    def _number(self, kind: str, offset: int) -> int:
        return int(struct.unpack_from(self._order + kind, self._bytes, offset)[0])
