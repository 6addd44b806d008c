"""The blocks of metadata that go into a file, chosen from what the source had."""

import re
from dataclasses import dataclass

from cleanplate.metadata.exif_orientation import orientation_block, with_orientation
from cleanplate.metadata.picture_size import exif_with_size, xmp_with_size
from cleanplate.pixels.types import Chunk, Origin

_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|>))[2-8]")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Blocks to write.

    Attributes:
        icc: the profile of the samples that are written.
        exif: it starts with `exif_tags.EXIF_HEADER`.
        dpi: (x, y).
        text_chunks, colour_chunks: of a PNG; see `Origin`.
        offset: (x, y) in pixels: where the upper left corner belongs on a larger picture. Only PNG has it.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text_chunks: tuple[Chunk, ...] = ()
    colour_chunks: tuple[Chunk, ...] = ()
    offset: tuple[int, int] | None = None


def all_metadata(origin: Origin, orientation: int, size: tuple[int, int] | None = None) -> Metadata:
    """Everything the file had, with `orientation` (1..8) as what the written rows need, and with their `size`
    (width, height) where it said another.

    Pictures in it are kept as well: where pixels were changed, see `clean_metadata` first.
    """
    xmp = origin.xmp
    if xmp and orientation == 1:
        xmp = _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)
    exif = with_orientation(origin.exif, orientation) if origin.exif else orientation_block(orientation)
    return Metadata(
        icc=origin.icc,
        exif=exif_with_size(exif, *size) if exif and size else exif,
        xmp=xmp_with_size(xmp, *size) if xmp and size else xmp,
        dpi=origin.dpi,
        text_chunks=origin.text_chunks,
        colour_chunks=origin.colour_chunks,
        offset=origin.offset,
    )


def colour_metadata(origin: Origin, orientation: int) -> Metadata:
    """Only what is needed to show the picture right: what colours mean, the orientation, and its place."""
    return Metadata(
        icc=origin.icc,
        exif=orientation_block(orientation),
        colour_chunks=origin.colour_chunks,
        offset=origin.offset,
    )
