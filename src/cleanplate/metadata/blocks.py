"""What a file carries beside its pixels, made ready to be written again."""

import re
import struct
from dataclasses import dataclass

from cleanplate.pixels.types import Chunk, Origin

EXIF_HEADER = b"Exif\0\0"
_ORIENTATION = 0x0112
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

    Pictures in it are kept as well: where pixels were changed, see `cleaning.origin` first.
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
    """The same block with its orientation set, every other byte in its place.

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
        for start in range(first + 2, first + 2 + 12 * self._number("H", first), 12):
            if self._number("H", start) == _ORIENTATION:
                struct.pack_into(self._order + "H", self._bytes, start + 8, orientation)

    def _number(self, kind: str, offset: int) -> int:
        return int(struct.unpack_from(self._order + kind, self._bytes, offset)[0])
