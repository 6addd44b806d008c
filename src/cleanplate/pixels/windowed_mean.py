"""Means over the pixels of a window that are flagged."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Hole


def mean_where(
    planes: NDArray[np.uint8] | NDArray[np.float32], flags: Hole, side_px: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean of what is flagged in a square round each pixel.

    Args:
        planes: (H, W) or (H, W, C).
        flags: (H, W).
        side_px: of the square; odd.

    Returns:
        The means, as `planes` in shape, 0 where nothing is flagged; and (H, W) how many are.
    """
    weight = flags.astype(np.float32)
    side = (side_px, side_px)
    each = weight if planes.ndim == weight.ndim else weight[..., None]
    count = np.asarray(cv2.boxFilter(weight, -1, side, normalize=False), np.float32)
    total = np.asarray(cv2.boxFilter(planes * each, -1, side, normalize=False), np.float32)
    least = np.maximum(count, 1)
    mean = total / (least if planes.ndim == count.ndim else least[..., None])
    return np.asarray(mean, np.float32), count
