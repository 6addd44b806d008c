"""Composite: put what was made back into the picture, and change nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.types import Alpha, Box, Pixels, Rgb8

DEEP_SCALE = 257
"""8 bits to 16: 255 * 257 = 65535."""
_ROWS = 256

Depth = TypeVar("Depth", np.uint8, np.uint16)


@dataclass(frozen=True, slots=True)
class Patch:
    """A crop to write back.

    Attributes:
        box: where it goes, inside the picture.
        fill: (box.height, box.width, 3) uint8.
        alpha: (box.height, box.width) float32: 0 keeps the picture, 1 takes the fill.
    """

    box: Box
    fill: Rgb8
    alpha: Alpha


def paste(pixels: Pixels, patches: Sequence[Patch]) -> Pixels:
    """Write patches into a copy of the picture, later ones over earlier ones.

    Where every alpha is 0 all values stay bit-identical, in `rgb` and `deep` alike; where alpha is 1 they
    are the fill (times 257 in `deep`); between, the rounded blend. `Pixels.alpha` stays. In a grey picture
    the fill's luminance is taken, so that red, green and blue stay equal.
    """
    if not patches:
        return pixels
    rgb = pixels.rgb.copy()
    deep = None if pixels.deep is None else pixels.deep.copy()
    for patch in patches:
        fill = _greyed(patch.fill) if pixels.origin.grey else patch.fill
        if deep is None:
            _blend(rgb[patch.box.slices], fill, patch.alpha)
        else:
            window = deep[patch.box.slices]
            _blend(window, fill.astype(np.uint16) * DEEP_SCALE, patch.alpha)
            np.copyto(rgb[patch.box.slices], shallow(window), where=(patch.alpha > 0)[..., None])
    return replace(pixels, rgb=rgb, deep=deep)


def changed_outside(before: Pixels, after: Pixels, patches: Sequence[Patch]) -> int:
    """How many colour values differ where no patch had a say: 0, or `paste` is broken."""
    differs = before.rgb != after.rgb
    if before.deep is not None and after.deep is not None:
        differs |= before.deep != after.deep
    for patch in patches:
        differs[patch.box.slices][patch.alpha > 0] = False
    return int(np.count_nonzero(differs))


def shallow(values: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """The rounded 8-bit view of 16-bit values, any shape. The inverse of a multiplication by 257."""
    return cast(NDArray[np.uint8], cv2.convertScaleAbs(values, alpha=1 / DEEP_SCALE))


def flatten(pixels: Pixels) -> Pixels:
    """Composite transparency on white and drop it. An opaque picture keeps its arrays."""
    if pixels.alpha is None:
        return pixels
    deep, rgb = pixels.deep, pixels.rgb
    if pixels.alpha.min() < np.iinfo(pixels.alpha.dtype).max:
        if deep is not None:
            deep = _on_white(deep, cast(NDArray[np.uint16], pixels.alpha))
            rgb = shallow(deep)
        else:
            rgb = _on_white(rgb, cast(NDArray[np.uint8], pixels.alpha))
    return replace(pixels, rgb=rgb, deep=deep, alpha=None)


def _on_white(values: NDArray[Depth], opacity: NDArray[Depth]) -> NDArray[Depth]:
    top = np.iinfo(values.dtype).max
    out = np.empty_like(values)
    for row in range(0, values.shape[0], _ROWS):  # in bands: the temporaries are four times as deep
        rows = slice(row, row + _ROWS)
        share = opacity[rows, :, None].astype(np.float32) / top
        out[rows] = np.rint(top - (top - values[rows]) * share)
    return out


def _greyed(fill: Rgb8) -> Rgb8:
    return cast(Rgb8, cv2.cvtColor(cv2.cvtColor(fill, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def _blend(known: NDArray[Depth], fill: NDArray[Depth], alpha: Alpha) -> None:
    """Write into `known` where `alpha` says so."""
    np.copyto(known, fill, where=(alpha >= 1)[..., None])
    ramp = (alpha > 0) & (alpha < 1)
    old = known[ramp].astype(np.float32)
    known[ramp] = np.rint(old + (fill[ramp] - old) * alpha[ramp][:, None])
