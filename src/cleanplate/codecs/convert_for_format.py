"""What of a picture a format can hold."""

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.codec import Capacity
from cleanplate.colour.bit_depth import to_8_bit
from cleanplate.compositing.paste import flatten
from cleanplate.pixels.types import Native, Pixels, Samples


def convert_for_format(pixels: Pixels, capacity: Capacity) -> Pixels:
    """The same picture with only what a file of some format can hold.

    `native` is there when its samples are to be written, and then opacity has their depth; without it `rgb`
    is to be written, which is sRGB, or what `origin.icc` says.
    """
    if not capacity.opacity:
        pixels = flatten(pixels)
    own = pixels.native
    if own is not None and own.samples.dtype == np.uint16 and not holds_deep(pixels, capacity):
        samples = to_8_bit(cast(NDArray[np.uint16], own.samples))
        own = replace(own, samples=samples) if own.icc else None  # without a profile `rgb` is just that
    elif _is_deep_grey_with_opacity(pixels) and not capacity.deep_grey_opacity:
        grey = cast(Native, own).samples[..., None]
        own = Native(cast(Samples, np.repeat(grey, 3, axis=2)), "rgb")
        pixels = replace(pixels, origin=replace(pixels.origin, grey=False))
    if own is not None and not _can_hold(capacity, own, opaque=pixels.alpha is None):
        own = None
    alpha = pixels.alpha
    if alpha is not None and alpha.dtype == np.uint16 and (own is None or own.samples.dtype == np.uint8):
        alpha = to_8_bit(cast(NDArray[np.uint16], alpha))
    return replace(pixels, alpha=alpha, native=own)


def holds_deep(pixels: Pixels, capacity: Capacity) -> bool:
    """Whether the samples, if they have 16 bits, keep them."""
    if not capacity.deep or capacity.deep_grey_opacity or not _is_deep_grey_with_opacity(pixels):
        return capacity.deep
    return cast(Native, pixels.native).icc is None  # a profile of grey means nothing for colours


def _is_deep_grey_with_opacity(pixels: Pixels) -> bool:
    own = pixels.native
    deep_grey = own is not None and own.space == "grey" and own.samples.dtype == np.uint16
    return deep_grey and pixels.alpha is not None


def _can_hold(capacity: Capacity, own: Native, *, opaque: bool) -> bool:
    if own.icc and own.space not in capacity.profiles:
        return False
    if own.space == "cmyk":
        return capacity.cmyk
    if own.space == "index":
        return capacity.palettes and (opaque or capacity.palette_opacity)
    return True
