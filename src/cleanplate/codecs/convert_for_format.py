"""What of a picture a format can hold."""

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.codec import Capacity
from cleanplate.colour.bit_depth import to_8_bit
from cleanplate.compositing.paste import flatten
from cleanplate.pixels.types import Native, Pixels


def convert_for_format(pixels: Pixels, capacity: Capacity) -> Pixels:
    """The same picture with only what a file of some format can hold.

    `native` is there when its samples are to be written, and then opacity has their depth; without it `rgb`
    is to be written, which is sRGB, or what `origin.icc` says.
    """
    if not capacity.opacity:
        pixels = flatten(pixels)
    own = pixels.native
    if own is not None and own.samples.dtype == np.uint16 and not capacity.deep:
        samples = to_8_bit(cast(NDArray[np.uint16], own.samples))
        own = replace(own, samples=samples) if own.icc else None  # without a profile `rgb` is just that
    if own is not None and not _can_hold(capacity, own, opaque=pixels.alpha is None):
        own = None
    alpha = pixels.alpha
    if alpha is not None and alpha.dtype == np.uint16 and (own is None or own.samples.dtype == np.uint8):
        alpha = to_8_bit(cast(NDArray[np.uint16], alpha))
    return replace(pixels, alpha=alpha, native=own)


def _can_hold(capacity: Capacity, own: Native, *, opaque: bool) -> bool:
    if own.icc and own.space not in capacity.profiles:
        return False
    if own.space == "cmyk":
        return capacity.cmyk
    if own.space == "index":
        return capacity.palettes and (opaque or capacity.palette_opacity)
    return True
