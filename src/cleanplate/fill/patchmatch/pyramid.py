"""The picture and its hole at full size, half, a quarter and so on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels import geometry
from cleanplate.pixels.types import Hole, Rgb8

Planes: TypeAlias = NDArray[np.uint8]
"""(H, W, 4): red, green, blue, and how much texture there is round the pixel."""

TEXTURE_PX = 7
"""Side of the square over which texture is averaged."""
RADIUS_PX = 4
"""Patches are 9 x 9. Smaller ones break lines, larger ones cost more and gain nothing."""
COARSEST_DEPTH_PX = 4.8
"""Shrinking ends when no hole pixel is deeper: every patch then sees known pixels."""
FEWEST_SOURCES = 256
"""A size with fewer is too small to find anything in."""

_OPEN = np.uint8(252)
"""A multiple of 4, so that the means of 2 x 2 pixels are exact."""
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class PyramidImage:
    """One size of the picture.

    Attributes:
        planes: (H, W, 4) uint8; 0 under `hole` and `excluded`.
        hole: (H, W), True = make this pixel.
        excluded: (H, W), True = neither make it nor look at it; never in `hole`.
    """

    planes: Planes
    hole: Hole
    excluded: Hole


def build(rgb: Rgb8, hole: Hole, excluded: Hole) -> list[PyramidImage]:
    """All sizes, the full one first."""
    steps = [_full(rgb, hole, excluded)]
    while _depth(steps[-1].hole) > COARSEST_DEPTH_PX:
        half = _half(steps[-1])
        if np.count_nonzero(sources(half, RADIUS_PX)) < FEWEST_SOURCES:
            break
        steps.append(half)
    return steps


def shrunk(rgb: Rgb8, excluded: Hole, count: int) -> Iterator[PyramidImage]:
    """`count` sizes of a picture without a hole, the full one first."""
    step = _full(rgb, np.zeros_like(excluded), excluded)
    yield step
    for _ in range(count - 1):
        step = _half(step)
        yield step


def sources(step: PyramidImage, radius_px: int) -> Hole:
    """(H, W), True at the centre of each whole patch without a hole or excluded pixel."""
    open_ = np.logical_not(step.hole | step.excluded).view(np.uint8)
    side = 2 * radius_px + 1
    # outside the picture nothing is open: a patch lies within it
    found = cv2.erode(open_, np.ones((side, side), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(found).view(np.bool_)


def _full(rgb: Rgb8, hole: Hole, excluded: Hole) -> PyramidImage:
    closed = hole | excluded
    planes = cv2.merge([*cv2.split(rgb), _texture(rgb, closed)])
    return PyramidImage(np.asarray(cv2.copyTo(planes, (~closed).view(np.uint8)), np.uint8), hole, excluded)


def _texture(rgb: Rgb8, closed: Hole) -> NDArray[np.uint8]:
    """(H, W), mean size of the gradient of luma round each pixel, from open pixels alone.

    A. Newson et al.: "Video inpainting of complex scenes", 2014: without it, coarse sizes forget texture.
    """
    luma = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    framed = cv2.copyMakeBorder(luma, 1, 0, 1, 0, cv2.BORDER_REPLICATE)
    gradient = cv2.add(cv2.absdiff(luma, framed[1:, :-1]), cv2.absdiff(luma, framed[:-1, 1:]))
    untouched = cv2.erode((~closed).view(np.uint8), np.ones((3, 3), np.uint8))
    size = (TEXTURE_PX, TEXTURE_PX)
    total = cv2.boxFilter(gradient * untouched, cv2.CV_16U, size, normalize=False)
    counted = cv2.boxFilter(untouched, cv2.CV_16U, size, normalize=False)
    return np.asarray(cv2.divide(total, counted, scale=2, dtype=cv2.CV_8U), np.uint8)  # by 0 gives 0


def _depth(hole: Hole) -> float:
    """Pixels from the deepest hole pixel to the nearest other one."""
    box = geometry.bounds(hole)
    if box is None:
        return 0.0
    hole = hole[
        geometry.grow(box, 1, hole.shape[1], hole.shape[0]).slices
    ]  # where the nearest other ones are
    return float(cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3).max())


def _half(step: PyramidImage) -> PyramidImage:
    """Half the size; a pixel's colour is the mean of the open pixels in it, and it is open when half are."""
    bottom, right = (side % 2 for side in step.hole.shape)

    def even(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
        grown = cv2.copyMakeBorder(array, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
        return np.asarray(grown, np.uint8)

    size = ((step.hole.shape[1] + right) // 2, (step.hole.shape[0] + bottom) // 2)
    closed = (step.hole | step.excluded).astype(np.uint8)
    share = cv2.resize(even(_OPEN * (1 - closed)), size, interpolation=cv2.INTER_AREA) / np.float32(_OPEN)
    holes = cv2.resize(even(_OPEN * step.hole.astype(np.uint8)), size, interpolation=cv2.INTER_AREA)
    planes = np.asarray(cv2.resize(even(step.planes), size, interpolation=cv2.INTER_AREA), np.uint8)
    closed_half = share < _HALF
    planes[closed_half] = 0
    mixed = ~closed_half & (share < 1)  # closed pixels are 0 in the sum: only its divisor was wrong
    planes[mixed] = np.minimum(planes[mixed] / share[mixed][:, None] + _HALF, 255)
    hole = closed_half & (holes > 0)
    return PyramidImage(planes, hole, closed_half & ~hole)
