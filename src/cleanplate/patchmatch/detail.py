"""Full-size detail for a hole that was filled at a fraction of its size.

The small fill says what goes where; the fine detail that it cannot hold is copied from the known pixels that
look alike at the small size: `out(p) = low(p) + (photo - low)(p + offset)`. The low band keeps the fill's own
smooth transitions, so a jump in the offsets shows only in the finest detail.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.types import Hole, Rgb8
from cleanplate.patchmatch import nearest


def shrink(rgb: Rgb8, factor: int) -> Rgb8:
    """Area average over `factor` x `factor` blocks; the right and bottom rest is padded by its own edge."""
    padded = _pad(rgb, factor)
    size = (padded.shape[1] // factor, padded.shape[0] // factor)
    return np.asarray(cv2.resize(padded, size, interpolation=cv2.INTER_AREA), np.uint8)


def shrink_any(flags: Hole, factor: int) -> Hole:
    """True where any pixel of the block is True."""
    padded = _pad(flags.astype(np.uint8), factor)
    height, width = padded.shape
    blocks = padded.reshape(height // factor, factor, width // factor, factor)
    return np.asarray(blocks.any(axis=(1, 3)), np.bool_)


def enlarge(small: Rgb8, shape: tuple[int, int], factor: int) -> Rgb8:
    """The inverse of `shrink`, smooth, cut to `shape` (H, W)."""
    size = (small.shape[1] * factor, small.shape[0] * factor)
    return np.asarray(
        cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)[: shape[0], : shape[1]], np.uint8
    )


def add_detail(rgb: Rgb8, filled: Rgb8, hole: Hole, barred: Hole, factor: int, seed: int) -> Rgb8:
    """Give an enlarged fill the fine detail of the photo round it.

    Args:
        rgb: (H, W, 3) the full-size crop.
        filled: the fill of `shrink(rgb, factor)`.
        hole, barred: (H, W) full-size.
        factor: full size over small size.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    small_hole = shrink_any(hole, factor)
    closed = shrink_any(hole | barred, factor)
    reach = np.ones((2 * nearest.PATCH_RADIUS_PX - 1,) * 2, np.uint8)
    sources = ~cv2.dilate(closed.astype(np.uint8), reach).astype(bool)
    sources[rgb.shape[0] // factor :] = False  # padded blocks hold no photo
    sources[:, rgb.shape[1] // factor :] = False
    low = enlarge(filled, rgb.shape[:2], factor)
    out = rgb.copy()
    out[hole] = low[hole]
    if not sources.any():
        return out
    features = nearest.describe(filled.astype(np.float32), seed)
    field = nearest.search(features, small_hole, sources, seed)
    return _copy_band(out, rgb, low, hole, field, factor)


def _copy_band(out: Rgb8, rgb: Rgb8, low: Rgb8, hole: Hole, field: nearest.Field, factor: int) -> Rgb8:
    """Add the band `rgb - low` of each block's source to the block."""
    shift = np.zeros((2, -(-rgb.shape[0] // factor), -(-rgb.shape[1] // factor)), np.int32)
    shift[0, field.y, field.x] = (field.source_y - field.y) * factor
    shift[1, field.y, field.x] = (field.source_x - field.x) * factor
    y, x = np.nonzero(hole)
    from_y = y + shift[0, y // factor, x // factor]
    from_x = x + shift[1, y // factor, x // factor]
    band: NDArray[np.int16] = rgb[from_y, from_x].astype(np.int16) - low[from_y, from_x]
    out[y, x] = np.clip(low[y, x] + band, 0, 255).astype(np.uint8)
    return out


def _pad(array: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    down, right = -array.shape[0] % factor, -array.shape[1] % factor
    if not (down or right):
        return array
    return np.asarray(cv2.copyMakeBorder(array, 0, down, 0, right, cv2.BORDER_REPLICATE), np.uint8)
