"""The smooth fill: where patches begin, and what is left where no patch fits.

A. Telea: "An image inpainting technique based on the fast marching method", 2004; OpenCV's.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.types import Hole, Rgb8

REACH_PX = 5


def smooth(rgb: Rgb8, hole: Hole, barred: Hole) -> Rgb8:
    """No texture, but it needs only one known pixel.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    # A barred pixel is closed like the hole, so that nothing flows out of it, and put back afterwards.
    closed = hole | barred
    out = rgb.copy()
    out[hole] = _filled(rgb, closed)[hole]
    return out


def smooth_planes(planes: NDArray[np.uint8], closed: Hole) -> NDArray[np.uint8]:
    """The same for (H, W, 4), all that is `closed` made: OpenCV takes one plane or three."""
    return np.dstack([_filled(planes[..., :3], closed), _filled(planes[..., 3], closed)])


def _filled(planes: NDArray[np.uint8], closed: Hole) -> NDArray[np.uint8]:
    emptied = planes.copy()
    if not closed.all():  # at the picture's border OpenCV looks under the mask
        emptied[closed] = np.rint(planes[~closed].mean(axis=0))
    if len(planes) > 1:
        return _inpainted(emptied, closed)
    # OpenCV reads beyond a picture of one row: what it finds there changes from call to call
    return _inpainted(np.repeat(emptied, 3, axis=0), np.repeat(closed, 3, axis=0))[1:2]


def _inpainted(planes: NDArray[np.uint8], closed: Hole) -> NDArray[np.uint8]:
    return np.asarray(cv2.inpaint(planes, closed.view(np.uint8), REACH_PX, cv2.INPAINT_TELEA), np.uint8)
