"""Indices as a file has them, with the palette as the file has it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile

from cleanplate.pixels.types import Native, Palette

_BLACK_AND_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
_MOST = 256


def palette_samples(image: ImageFile, *, bits: int | None) -> Native:
    """The indices of a loaded picture of mode "P" or "1".

    Args:
        bits: of an index in the file, where it is known.

    Raises:
        ValueError: an index has no entry in the palette.
    """
    if image.mode == "1":
        samples = np.asarray(image).astype(np.uint8)
        return Native(samples, "index", palette=Palette(_BLACK_AND_WHITE, bits=1, fixed=True))
    samples = np.asarray(image)
    entries = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    if int(samples.max()) >= len(entries):  # some decoders show black for those
        raise ValueError("indices that have no entry in the palette")
    palette = Palette(entries, _opacity(image, len(entries)), bits=_width(bits or 8, len(entries)))
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
