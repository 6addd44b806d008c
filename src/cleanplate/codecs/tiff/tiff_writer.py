"""A writer for TIFF: any depth, any space, with its EXIF, which Pillow can't do at once.

Format: TIFF 6.0 (Adobe, 1992).
"""

import zlib
from itertools import accumulate
from typing import Any, Literal

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.colour.bit_depth import DEEP_SCALE
from cleanplate.metadata.exif_tags import DIRECTORY_TAGS, EXIF_HEADER, TIFF_TAGS
from cleanplate.metadata.metadata_blocks import Metadata
from cleanplate.pixels.types import Palette, Samples

_ZLIB_LEVEL = 1
_BLACK_IS_ZERO, _RGB, _INDEXED, _SEPARATED = 1, 2, 3, 5
_ADOBE_DEFLATE = 8


def write_tiff(raster: StoredRaster, _quality: int) -> bytes:
    """A TIFF, deflated losslessly."""
    tags = _descriptive_tags(raster.metadata)
    order: Literal["<", ">"] = ">" if tags.endian == ">" else "<"
    tags.endian = order
    strips = [zlib.compress(_in_byte_order(band, order), _ZLIB_LEVEL) for band in raster.bands()]
    for tag, value in (_raster_tags(raster) | _metadata_tags(raster.metadata)).items():
        tags[tag] = value
    sizes = [len(strip) for strip in strips]
    tags[0x117] = tuple(sizes)
    tags[0x111] = tuple(accumulate(sizes[:-1], initial=0))  # Pillow counts them from the structure's end
    return b"".join([_structure(tags), *strips])


def _descriptive_tags(metadata: Metadata) -> Image.Exif:
    """The tags of the EXIF block that belong into any TIFF; what can't be read is left out."""
    tags, source = Image.Exif(), Image.Exif()
    try:
        source.load(metadata.exif or b"")
        for tag in TIFF_TAGS & set(source):
            tags[tag] = source.get_ifd(tag) if tag in DIRECTORY_TAGS else source[tag]
        tags.endian = source.endian
        _structure(tags)
    except Exception:  # Pillow's reader and writer raise anything for broken blocks
        return Image.Exif()
    return tags


def _raster_tags(raster: StoredRaster) -> dict[int, Any]:
    tags: dict[int, Any] = {
        0x100: raster.samples.shape[1],
        0x101: raster.samples.shape[0],
        0x102: (raster.bits,) * raster.channels,
        0x103: _ADOBE_DEFLATE,
        0x106: _photometric(raster),
        0x115: raster.channels,
        0x116: raster.band_rows,
        0x11C: 1,
    }
    if raster.channels in (2, 4) and not raster.cmyk:
        tags[0x152] = (2,)  # the last channel is opacity, colours are not multiplied by it
    if raster.palette is not None and not raster.palette.fixed:
        tags[0x140] = _colour_map(raster.palette)
    return tags


def _photometric(raster: StoredRaster) -> int:
    if raster.palette is not None:
        return _BLACK_IS_ZERO if raster.palette.fixed else _INDEXED
    if raster.cmyk:
        return _SEPARATED
    return _RGB if raster.channels > 2 else _BLACK_IS_ZERO  # noqa: PLR2004 - colour


def _colour_map(palette: Palette) -> tuple[int, ...]:
    """All reds, all greens, all blues, 16 bits each, for every index of that many bits."""
    deep = palette.entries.astype(np.uint16) * DEEP_SCALE if palette.map16 is None else palette.map16
    table = np.zeros((3, 1 << palette.bits), np.uint16)
    table[:, : len(deep)] = deep.T
    return tuple(table.ravel().tolist())


def _metadata_tags(metadata: Metadata) -> dict[int, Any]:
    tags: dict[int, Any] = {}
    if metadata.dpi:
        tags |= {0x11A: IFDRational(metadata.dpi[0]), 0x11B: IFDRational(metadata.dpi[1]), 0x128: 2}
    if metadata.icc:
        tags[0x8773] = metadata.icc
    if metadata.xmp:
        tags[0x2BC] = metadata.xmp
    return tags


def _structure(tags: Image.Exif) -> bytes:
    return tags.tobytes().removeprefix(EXIF_HEADER)


def _in_byte_order(band: Samples, order: Literal["<", ">"]) -> bytes:
    return np.ascontiguousarray(band, band.dtype.newbyteorder(order)).tobytes()
