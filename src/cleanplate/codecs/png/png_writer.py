"""PNG files: the chunks round the rows, and the rows that OpenCV can't write as they are.

Format: PNG specification, third edition (W3C, 2025).
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.metadata.exif_tags import EXIF_HEADER
from cleanplate.metadata.metadata_blocks import Metadata
from cleanplate.pixels.types import Chunk, Palette

_ZLIB_LEVEL = 1
_COLOUR: Final[Mapping[int, int]] = {1: 0, 2: 4, 3: 2, 4: 6}
_INDEXED = 3
_PLAIN, _UP = 0, 2
_METRE_INCHES = 1 / 0.0254
_HEADER_BYTES = 33
"""Signature and IHDR."""
_OPAQUE = 255


def write_rows(raster: StoredRaster) -> bytes:
    """A whole file of any samples, indices as wide as the palette says."""
    height, width = raster.samples.shape[:2]
    table = None if raster.palette is None or raster.palette.fixed else raster.palette
    colour = _COLOUR[raster.channels] if table is None else _INDEXED
    header = struct.pack(">IIBBBBB", width, height, raster.bits, colour, 0, 0, 0)
    chunks: list[Chunk] = [(b"IHDR", header), *_metadata(raster.metadata)]
    if table is not None:
        chunks.extend(_palette(table))
    chunks.extend((b"IDAT", part) for part in _compressed_rows(raster) if part)
    return b"".join([b"\x89PNG\r\n\x1a\n", *(_chunk(*chunk) for chunk in chunks), _chunk(b"IEND", b"")])


def insert_metadata(data: bytes | memoryview, metadata: Metadata) -> bytes:
    """A PNG without metadata, with these blocks put in behind its header."""
    whole = memoryview(data)
    blocks = (_chunk(*chunk) for chunk in _metadata(metadata))
    return b"".join([whole[:_HEADER_BYTES], *blocks, whole[_HEADER_BYTES:]])


def _compressed_rows(raster: StoredRaster) -> Iterator[bytes]:
    """The compressed rows. Those of samples as differences from the row above; indices have no such order."""
    press = zlib.compressobj(_ZLIB_LEVEL)
    above: NDArray[np.uint8] | None = None
    for band in raster.bands():
        rows = np.ascontiguousarray(band, band.dtype.newbyteorder(">")).view(np.uint8).reshape(len(band), -1)
        filtered = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
        if raster.palette is not None:
            filtered[:, 0], filtered[:, 1:] = _PLAIN, rows
        else:
            filtered[:, 0] = _UP
            filtered[0, 1:] = rows[0] if above is None else rows[0] - above
            np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
        above = rows[-1]
        yield press.compress(filtered.data)
    yield press.flush()


def _palette(palette: Palette) -> Iterator[Chunk]:
    yield b"PLTE", palette.entries.tobytes()
    if palette.opacity is not None:
        clear = np.flatnonzero(palette.opacity < _OPAQUE)
        if len(clear):
            yield b"tRNS", palette.opacity[: clear[-1] + 1].tobytes()


def _metadata(metadata: Metadata) -> Iterator[Chunk]:
    yield from metadata.colour_chunks
    if metadata.icc:
        yield b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc)
    if metadata.dpi:
        x, y = (round(value * _METRE_INCHES) for value in metadata.dpi)
        yield b"pHYs", struct.pack(">IIB", x, y, 1)
    if metadata.offset:
        yield b"oFFs", struct.pack(">iiB", *metadata.offset, 0)
    if metadata.xmp:
        yield b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp
    if metadata.exif:
        yield b"eXIf", metadata.exif.removeprefix(EXIF_HEADER)
    yield from metadata.text_chunks


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
