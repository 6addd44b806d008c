"""Indices as a file has them, with the palette as the file has it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from cleanplate.colour.bit_depth import DEEP_SCALE
from cleanplate.pixels.types import Native, Palette

_TIFF_BITS, _TIFF_COLOUR_MAP = 0x102, 0x140
_BLACK_AND_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
_MOST = 256


def indexed(image: ImageFile, *, bits: int | None) -> Native:
    """The indices of a loaded picture of mode "P" or "1".

    Args:
        bits: of an index in the file, where it is known; a TIFF says so itself.

    Raises:
        ValueError: an index has no entry in the palette.
    """
    if image.mode == "1":
        samples = np.asarray(image).astype(np.uint8)
        return Native(samples, "index", palette=Palette(_BLACK_AND_WHITE, bits=1, fixed=True))
    samples = np.asarray(image)
    if isinstance(image, TiffImageFile):
        bits = int(image.tag_v2[_TIFF_BITS][0])
    entries = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    if int(samples.max()) >= len(entries):  # some decoders show black for those
        raise ValueError("indices that have no entry in the palette")
    palette = Palette(
        entries,
        _opacity(image, len(entries)),
        bits=_width(bits or 8, len(entries)),
        map16=_colour_map(image, entries),
    )
    return Native(samples, "index", palette=palette)


def _width(bits: int, count: int) -> int:
    """Bits of an index that can name every entry: in a broken file its own may be too few."""
    return next((width for width in (1, 2, 4, 8) if width >= bits and 1 << width >= count), 8)


def _opacity(image: ImageFile, count: int) -> NDArray[np.uint8] | None:
    clear: Any = image.info.get("transparency")
    table = np.full(_MOST, 255, np.uint8)
    if isinstance(clear, bytes):
        known = np.frombuffer(clear[:_MOST], np.uint8)
        table[: len(known)] = known
    elif isinstance(clear, int) and 0 <= clear < _MOST:
        table[clear] = 0
    else:
        return None
    return table[:count]


def _colour_map(image: ImageFile, entries: NDArray[np.uint8]) -> NDArray[np.uint16] | None:
    """The 16 bits of a TIFF's entries, where they say more than the eight that are shown."""
    values = image.tag_v2.get(_TIFF_COLOUR_MAP) if isinstance(image, TiffImageFile) else None
    if values is None or len(values) != entries.size:
        return None
    deep = np.array(values, np.uint16).reshape(3, -1).T
    return None if (deep == entries.astype(np.uint16) * DEEP_SCALE).all() else np.ascontiguousarray(deep)
