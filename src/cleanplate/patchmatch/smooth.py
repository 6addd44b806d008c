"""The smooth fill: where patches begin, and what is left where no patch fits.

A. Telea: "An image inpainting technique based on the fast marching method", 2004; OpenCV's.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.types import Hole, Rgb8

REACH_PX = 5
FIRST_COLOURS = 3


def smooth(rgb: Rgb8, hole: Hole, barred: Hole) -> Rgb8:
    """No texture, but it needs only one known pixel.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    # A barred pixel is closed like the hole, so that nothing flows out of it, and put back afterwards.
    closed = (hole | barred).astype(np.uint8)
    filled = np.asarray(cv2.inpaint(rgb, closed, REACH_PX, cv2.INPAINT_TELEA), np.uint8)
    filled[~hole] = rgb[~hole]
    return filled


def smooth_planes(planes: NDArray[np.uint8], closed: Hole) -> NDArray[np.uint8]:
    """The same for (H, W, 4): OpenCV takes one plane or three."""
    colours = smooth(np.ascontiguousarray(planes[..., :FIRST_COLOURS]), closed, np.zeros_like(closed))
    last = cv2.inpaint(
        np.ascontiguousarray(planes[..., FIRST_COLOURS]),
        closed.astype(np.uint8),
        REACH_PX,
        cv2.INPAINT_TELEA,
    )
    return np.dstack([colours, last])
