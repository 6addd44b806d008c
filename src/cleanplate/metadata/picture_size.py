"""What metadata say of the picture's width and height, set right: an edit may have made another size."""

import re
import struct
from typing import Final

from cleanplate.metadata.tiff_block import TiffBlock

_WIDTHS: Final = frozenset({0x0100, 0xA002, 0x1001})
_HEIGHTS: Final = frozenset({0x0101, 0xA003, 0x1002})
"""ImageWidth, PixelXDimension, RelatedImageWidth; and those of the height."""
_EXIF_DIRECTORY, _INTEROPERABILITY = 0x8769, 0xA005
_XMP_WIDTH = re.compile(rb"((?:tiff:ImageWidth|exif:PixelXDimension)(?:\s*=\s*[\"']|>))\d+")
_XMP_HEIGHT = re.compile(rb"((?:tiff:ImageLength|exif:PixelYDimension)(?:\s*=\s*[\"']|>))\d+")


def exif_with_size(exif: bytes, width: int, height: int) -> bytes:
    """The same block where it says another size; every other byte stays in its place.

    Args:
        exif: it starts with `EXIF_HEADER`.
        width, height: of the rows that are written, in pixels.
    """
    block = bytearray(exif)
    try:
        _set_size(TiffBlock(block), width, height)
    except struct.error:
        return exif  # broken; nobody reads a size there
    return bytes(block)


def xmp_with_size(xmp: bytes, width: int, height: int) -> bytes:
    """The same packet where it says another size."""
    return _XMP_HEIGHT.sub(rb"\g<1>%d" % height, _XMP_WIDTH.sub(rb"\g<1>%d" % width, xmp))


def _set_size(block: TiffBlock, width: int, height: int) -> None:
    directory: int | None = None
    for leads_on in (_EXIF_DIRECTORY, _INTEROPERABILITY, None):
        following: int | None = None
        for tag, entry in block.entries(directory):
            wanted = width if tag in _WIDTHS else height if tag in _HEIGHTS else None
            if wanted is not None and block.value(entry) not in (None, wanted):
                block.set_long(entry, wanted)
            if tag == leads_on:
                following = block.address(entry)
        if following is None:
            return
        directory = following
