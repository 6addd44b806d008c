"""Where an object ends: its own edge in the picture, and what would be seen behind it."""

from dataclasses import dataclass
from typing import Any, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.guided_filter import refine_to_edges, scale_to_fit
from cleanplate.pixels.masks import is_painted
from cleanplate.pixels.types import Alpha, Hole, Rgb8

_HALF = 0.5
_ROWS = 256
"""Rows at a time: it bounds the memory."""


@dataclass(frozen=True, slots=True)
class MattingParameters:
    """Of edges, and of what is behind them.

    Attributes:
        steepness: of the guided filter's edge: 2 halves its width.
        neighbourhood_px: width and height in which colours are known.
        least_difference: levels from which object and surroundings differ; variance_weight: what their own
            variances count beside it.
        background_margin_px: the background is taken from beyond it; odd.
        full_weight: a pyramid's level with more than that everywhere needs no coarser one.
        working_px: pixels of the picture in which colours are gathered, at most.
    """

    steepness: float = 2.0
    neighbourhood_px: tuple[int, int] = (9, 9)
    least_difference: float = 24.0
    variance_weight: float = 2.0
    background_margin_px: int = 5
    full_weight: float = 0.99
    working_px: int = 1_000_000


MATTING: Final = MattingParameters()
"""In the gallery: every outline of docs/stylize_local.md. `working_px` bounds the time. No figure bounds the
rest; see `material_parameters`."""


def estimate_alpha(rgb: Rgb8, alpha: Alpha, reach_px: int) -> Alpha:
    """The mask with its edge where the object's is, a pixel or two soft.

    Near its edge a pixel is of the object as far as its colour lies on the way from the surroundings' to the
    object's, where the two differ by more than each does in itself; elsewhere the mask is drawn closer.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) float32, 1 = the object, perhaps a little more than it.
        reach_px: how far inwards its edge may be.

    Returns:
        (H, W) float32 in [0, 1]: 0 where `alpha` is, and 1 farther inside than `reach_px`.
    """
    inner = cv2.erode(
        is_painted(alpha).astype(np.uint8),
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach_px + 1,) * 2),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=1,
    )
    if not inner.any():
        return alpha
    close = _alpha_from_colours(rgb, refine_to_edges(rgb, alpha, reach_px), inner > 0, alpha <= 0)
    close = (close - _HALF) * MATTING.steepness + _HALF
    return np.where(alpha > 0, np.clip(close, inner, 1), 0).astype(np.float32)


def _alpha_from_colours(rgb: Rgb8, close: Alpha, inner: Hole, outer: Hole) -> Alpha:
    """`close`, corrected by what the colours say: those of the object inside, and those outside of it."""
    small = scale_to_fit(rgb, MATTING.working_px, 1.0)
    own, own_variance = _local_statistics(small, inner)
    other, other_variance = _local_statistics(small, outer)
    difference = own - other
    distance = (difference * difference).sum(2)
    noise = MATTING.variance_weight * (own_variance + other_variance)
    noise += np.float32(MATTING.least_difference**2)
    line = np.dstack([difference / np.maximum(distance, 1)[..., None], distance / (distance + noise)])
    line, far = (cv2.resize(plane, close.shape[1::-1]) for plane in (line, other))
    for row in range(0, len(rgb), _ROWS):
        rows = slice(row, row + _ROWS)
        share = np.clip(((rgb[rows] - far[rows]) * line[rows, :, :3]).sum(2), 0, 1)
        close[rows] += (share - close[rows]) * line[rows, :, 3]
    return close


def _local_statistics(small: Rgb8, known: Hole) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(h, w, 3): the mean colour round about of where it is known, carried on; (h, w): its variance."""
    size = small.shape[1::-1]
    there = cv2.resize(known.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.float32)
    colours = small.astype(np.float32)
    moments = np.dstack([colours, (colours**2).sum(2)]) * there[..., None]
    weight = cv2.blur(there, MATTING.neighbourhood_px, borderType=cv2.BORDER_CONSTANT)
    sums = cv2.blur(moments, MATTING.neighbourhood_px, borderType=cv2.BORDER_CONSTANT)
    moments = extrapolate(sums / np.maximum(weight, 1e-3)[..., None], there > 0)
    mean = moments[..., :3]
    return mean, np.maximum(moments[..., 3] - (mean**2).sum(2), 0)


def estimate_background(rgb: Rgb8, alpha: Alpha) -> Rgb8:
    """(H, W, 3) uint8: the surroundings of an object, carried on smoothly to where it is."""
    height, width = alpha.shape
    near = cv2.dilate(alpha, np.ones((MATTING.background_margin_px,) * 2, np.uint8))
    small = scale_to_fit(rgb, MATTING.working_px, 1.0)
    known = cv2.resize(near, small.shape[1::-1], interpolation=cv2.INTER_AREA) <= 0
    there = np.rint(extrapolate(small, known)).astype(np.uint8)
    return cast(Rgb8, cv2.resize(there, (width, height), interpolation=cv2.INTER_LINEAR))


def extrapolate(values: NDArray[Any], known: Hole) -> NDArray[np.float32]:
    """(H, W, channels): the picture where it is known, smoothly carried on over the rest.

    Source: the pull-push pyramid of Gortler et al., "The lumigraph", 1996, section 3.2. Where nothing is
    known it is 0.
    """
    weight = known.astype(np.float32)
    return _pull_push(values.astype(np.float32) * weight[..., None], weight)


def _pull_push(colour: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """`colour` is weighted by `weight`; the gaps are filled from half the size."""
    own = colour / np.maximum(weight, 1e-6)[..., None]
    height, width = weight.shape
    if max(height, width) == 1 or weight.min() > MATTING.full_weight:
        return cast(NDArray[np.float32], own)
    size = ((width + 1) // 2, (height + 1) // 2)
    pulled = cv2.resize(weight, size, interpolation=cv2.INTER_AREA).reshape(size[::-1])
    summed = cv2.resize(colour, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], -1)
    fuller = np.minimum(pulled * 2, 1)
    below = _pull_push(summed * (fuller / np.maximum(pulled, 1e-6))[..., None], fuller)
    wide = cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)
    return cast(NDArray[np.float32], wide + (own - wide) * weight[..., None])


def composite_over_background(rgb: Rgb8, made: Rgb8, cover: Alpha, alpha: Alpha) -> Rgb8:
    """Lay what was made over what is behind the object, so that nothing of its old colour is left.

    Args:
        rgb: (H, W, 3) uint8, the picture.
        made: (H, W, 3) uint8.
        cover: (H, W) float32, 1 = only `made` is seen; it may be less than `alpha`, but no more.
        alpha: (H, W) float32, where the object was.

    Returns:
        (H, W, 3) uint8, `rgb` itself where `alpha` is 0.
    """
    out, there = rgb.copy(), estimate_background(rgb, alpha)
    for row in range(0, len(rgb), _ROWS):
        rows = slice(row, row + _ROWS)
        own = rgb[rows].astype(np.float32)
        # Where hardly anything of the object is seen, the picture knows best what is behind it.
        back = own + (there[rows] - own) * np.minimum(2 * alpha[rows, :, None], 1)
        mixed = np.rint(back + (made[rows] - back) * cover[rows, :, None])
        np.copyto(out[rows], mixed.astype(np.uint8), where=alpha[rows, :, None] > 0)
    return out
