"""What of a picture a format can hold."""

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.colour.bit_depth import shallow
from cleanplate.compositing.paste import flatten
from cleanplate.pixels.types import Format, Native, Pixels

_DEEP: frozenset[Format] = frozenset({"png", "tiff"})
_TRANSPARENT: frozenset[Format] = frozenset({"png", "tiff", "webp", "bmp"})
_INDEXED: frozenset[Format] = frozenset({"png", "tiff", "bmp"})
_CMYK: frozenset[Format] = frozenset({"tiff", "jpeg"})


def suited(pixels: Pixels, target: Format) -> Pixels:
    """The same picture with only what `target` can hold.

    `native` is there when its samples are to be written, and then opacity has their depth; without it `rgb`
    is to be written, which is sRGB, or what `origin.icc` says.
    """
    if target not in _TRANSPARENT:
        pixels = flatten(pixels)
    own = pixels.native
    if own is not None and own.samples.dtype == np.uint16 and target not in _DEEP:
        samples = shallow(cast(NDArray[np.uint16], own.samples))
        own = replace(own, samples=samples) if own.icc else None  # without a profile `rgb` is just that
    if own is not None and not _holds(target, own, opaque=pixels.alpha is None):
        own = None
    alpha = pixels.alpha
    if alpha is not None and alpha.dtype == np.uint16 and (own is None or own.samples.dtype == np.uint8):
        alpha = shallow(cast(NDArray[np.uint16], alpha))
    return replace(pixels, alpha=alpha, native=own)


def _holds(target: Format, own: Native, *, opaque: bool) -> bool:
    if own.icc and (target == "bmp" or (target == "webp" and own.space == "grey")):
        return False  # no profiles there at all; and only such for colour
    if own.space == "cmyk":
        return target in _CMYK
    if own.space == "index":
        return target in _INDEXED and (opaque or target == "png")
    return True
