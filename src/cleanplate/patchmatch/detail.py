"""Full-size detail for a hole that was filled at a fraction of its size.

The small fill says what goes where; the fine detail that it cannot hold is copied from the known pixels that
look alike at the small size: `out(p) = low(p) + (photo - low)(p + offset)`. The low band keeps the fill's own
smooth transitions, so a jump in the offsets shows only in the finest detail.
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.types import Hole, Rgb8
from cleanplate.patchmatch import nearest

Shape: TypeAlias = tuple[int, int]
"""(H, W)."""

GUARD_PX = nearest.PATCH_RADIUS_PX - 1
"""Small pixels between a hole and the nearest source: more than rounding an offset can miss by."""


def shrink(rgb: Rgb8, shape: Shape) -> Rgb8:
    """Area average of (H, W, 3) down to `shape`."""
    return np.asarray(cv2.resize(rgb, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def shrink_any(flags: Hole, shape: Shape) -> Hole:
    """(h, w), True where any part of any flagged pixel falls into the small one."""
    share = cv2.resize(flags.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(share > 0, np.bool_)


def enlarge(small: Rgb8, shape: Shape) -> Rgb8:
    """The smooth way back from `shrink`."""
    return np.asarray(cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def add_detail(rgb: Rgb8, filled: Rgb8, hole: Hole, barred: Hole, seed: int) -> Rgb8:
    """Give an enlarged fill the fine detail of the photo round it.

    Args:
        rgb: (H, W, 3) the full-size crop.
        filled: (h, w, 3) the fill of `shrink(rgb, (h, w))`.
        hole, barred: (H, W) full-size.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    shape: Shape = (filled.shape[0], filled.shape[1])
    low = enlarge(filled, hole.shape)
    out = rgb.copy()
    out[hole] = low[hole]
    sources = _sources(hole | barred, shape)
    if not sources.any():
        return out
    features = nearest.describe(filled.astype(np.float32), seed)
    field = nearest.search(features, shrink_any(hole, shape), sources, seed)
    y, x = np.nonzero(hole)
    from_y, from_x = _origins(y, x, field, hole.shape, shape)
    band: NDArray[np.int16] = rgb[from_y, from_x].astype(np.int16) - low[from_y, from_x]
    out[y, x] = np.clip(low[y, x] + band, 0, 255).astype(np.uint8)
    return out


def _sources(closed: Hole, shape: Shape) -> Hole:
    """(h, w), True where detail may be taken from: clear of every closed pixel by the guard."""
    small = shrink_any(closed, shape).astype(np.uint8)
    reach = np.ones((2 * GUARD_PX + 1,) * 2, np.uint8)
    return np.asarray(cv2.dilate(small, reach) == 0, np.bool_)


def _origins(
    y: NDArray[np.intp], x: NDArray[np.intp], field: nearest.Field, full: Shape, small: Shape
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The full-size pixel that each full-size hole pixel takes its detail from.

    Pixels of one small pixel share its offset, so that they copy a piece of the photo as it is.
    """
    found = []
    for axis, (at, here, there) in enumerate(((y, field.y, field.source_y), (x, field.x, field.source_x))):
        shift = np.zeros(small, np.intp)
        shift[field.y, field.x] = np.rint((there - here) * (full[axis] / small[axis]))
        moved = at + shift[y * small[0] // full[0], x * small[1] // full[1]]
        found.append(np.clip(moved, 0, full[axis] - 1))
    return found[0], found[1]
