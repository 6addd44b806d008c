"""Writers for what Pillow can't write: PNG with 16 bits a channel, and TIFF of any depth with its EXIF.

Formats: PNG specification, third edition (W3C, 2025); TIFF 6.0 (Adobe, 1992).
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from cleanplate.imaging.metadata import EXIF_HEADER, Metadata

Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W) grey, or (H, W, 2) grey + alpha, (H, W, 3) RGB, (H, W, 4) RGBA."""

_BAND_BYTES = 1 << 20
_ZLIB_LEVEL = 1
_PNG_COLOUR = {1: 0, 2: 4, 3: 2, 4: 6}
_PNG_UP = 2
_METRE_INCHES = 1 / 0.0254
_TIFF_BLACK_IS_ZERO, _TIFF_RGB = 1, 2
_ADOBE_DEFLATE = 8
_EXIF_IN_TIFF = frozenset({0x10E, 0x10F, 0x110, 0x112, 0x131, 0x132, 0x13B, 0x8298, 0x8769, 0x8825})
"""Description, make, model, orientation, software, date, artist, copyright, EXIF and GPS directories.
Everything else in a first directory describes the rows of some other file."""


def png16(samples: NDArray[np.uint16], metadata: Metadata) -> bytes:
    """A PNG with 16 bits a channel."""
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 16, _PNG_COLOUR[_channels(samples)], 0, 0, 0)
    chunks = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", header), *_png_metadata(metadata)]
    chunks.extend(_chunk(b"IDAT", part) for part in _png_rows(samples) if part)
    chunks.append(_chunk(b"IEND", b""))
    return b"".join(chunks)


def _png_rows(samples: NDArray[np.uint16]) -> Iterator[bytes]:
    """The compressed rows, each one stored as its difference from the row above."""
    press = zlib.compressobj(_ZLIB_LEVEL)
    above: NDArray[np.uint8] | None = None
    for band in _bands(samples):
        rows = np.ascontiguousarray(band, ">u2").view(np.uint8).reshape(band.shape[0], -1)
        filtered = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
        filtered[:, 0] = _PNG_UP
        filtered[0, 1:] = rows[0] if above is None else rows[0] - above
        np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
        above = rows[-1]
        yield press.compress(filtered.data)
    yield press.flush()


def _png_metadata(metadata: Metadata) -> Iterator[bytes]:
    if metadata.icc:
        yield _chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc))
    if metadata.dpi:
        x, y = (round(value * _METRE_INCHES) for value in metadata.dpi)
        yield _chunk(b"pHYs", struct.pack(">IIB", x, y, 1))
    if metadata.xmp:
        yield _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp)
    if metadata.exif:
        yield _chunk(b"eXIf", metadata.exif.removeprefix(EXIF_HEADER))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))


def tiff(samples: Samples, metadata: Metadata) -> bytes:
    """A TIFF, deflated losslessly, 8 or 16 bits a channel as `samples` has them."""
    tags = _described(metadata)
    order: Literal["<", ">"] = ">" if tags.endian == ">" else "<"
    tags.endian = order
    strips = [zlib.compress(_ordered(band, order), _ZLIB_LEVEL) for band in _bands(samples)]
    _describe_rows(tags, samples, metadata)
    sizes = [len(strip) for strip in strips]
    tags[0x117] = tuple(sizes)
    tags[0x111] = tuple(accumulate(sizes[:-1], initial=0))  # Pillow counts them from the structure's end
    return b"".join([_structure(tags), *strips])


def _described(metadata: Metadata) -> Image.Exif:
    """The tags of the EXIF block that belong into any TIFF; what can't be read is left out."""
    tags, source = Image.Exif(), Image.Exif()
    try:
        source.load(metadata.exif or b"")
        for tag in _EXIF_IN_TIFF & set(source):
            tags[tag] = source.get_ifd(tag) if tag in (0x8769, 0x8825) else source[tag]
        tags.endian = source.endian
        _structure(tags)
    except Exception:  # Pillow's reader and writer raise anything for broken blocks
        return Image.Exif()
    return tags


def _describe_rows(tags: Image.Exif, samples: Samples, metadata: Metadata) -> None:
    channels = _channels(samples)
    values: dict[int, Any] = {
        0x100: samples.shape[1],
        0x101: samples.shape[0],
        0x102: (samples.dtype.itemsize * 8,) * channels,
        0x103: _ADOBE_DEFLATE,
        0x106: _TIFF_RGB if channels > 2 else _TIFF_BLACK_IS_ZERO,  # noqa: PLR2004 - colour
        0x115: channels,
        0x116: _band_rows(samples),
        0x11C: 1,
    }
    if channels in (2, 4):
        values[0x152] = (2,)  # the last channel is opacity, colours are not multiplied by it
    if metadata.dpi:
        values |= {0x11A: IFDRational(metadata.dpi[0]), 0x11B: IFDRational(metadata.dpi[1]), 0x128: 2}
    if metadata.icc:
        values[0x8773] = metadata.icc
    if metadata.xmp:
        values[0x2BC] = metadata.xmp
    for tag, value in values.items():
        tags[tag] = value


def _structure(tags: Image.Exif) -> bytes:
    return tags.tobytes().removeprefix(EXIF_HEADER)


def _ordered(band: Samples, order: Literal["<", ">"]) -> bytes:
    return np.ascontiguousarray(band, band.dtype.newbyteorder(order)).tobytes()


def _channels(samples: Samples) -> int:
    return 1 if samples.ndim == 2 else int(samples.shape[2])  # noqa: PLR2004 - (H, W)


def _band_rows(samples: Samples) -> int:
    row_bytes = samples.nbytes // int(samples.shape[0])
    return max(1, _BAND_BYTES // row_bytes)


def _bands(samples: Samples) -> Iterator[Samples]:
    rows = _band_rows(samples)
    return (samples[row : row + rows] for row in range(0, samples.shape[0], rows))
