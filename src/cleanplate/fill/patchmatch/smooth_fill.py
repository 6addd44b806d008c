"""The smooth fill: where patches begin, and what is left where no patch fits.

A. Telea: "An image inpainting technique based on the fast marching method", 2004; OpenCV's.
"""

from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Hole, Rgb8

REACH_PX = 5


def smooth(rgb: Rgb8, hole: Hole, excluded: Hole) -> Rgb8:
    """No texture, but it needs only one known pixel.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole. In each hole nothing is darker or brighter than all
        known pixels beside it: what is flat goes on flat.
    """
    # An excluded pixel is closed like the hole, so that nothing flows out of it, and put back afterwards.
    closed = hole | excluded
    out = rgb.copy()
    out[hole] = _clamp(_fill(rgb, closed), rgb, closed)[hole]
    return out


def smooth_planes(planes: NDArray[np.uint8], closed: Hole) -> NDArray[np.uint8]:
    """The same for (H, W, 4), all that is `closed` made: OpenCV takes one plane or three."""
    return np.dstack([_fill(planes[..., :3], closed), _fill(planes[..., 3], closed)])


def _fill(planes: NDArray[np.uint8], closed: Hole) -> NDArray[np.uint8]:
    emptied = planes.copy()
    if not closed.all():  # at the picture's border OpenCV looks under the mask
        emptied[closed] = np.rint(planes[~closed].mean(axis=0))
    if len(planes) > 1:
        return _inpaint(emptied, closed)
    # OpenCV reads beyond a picture of one row: what it finds there changes from call to call
    return _inpaint(np.repeat(emptied, 3, axis=0), np.repeat(closed, 3, axis=0))[1:2]


def _clamp(made: Rgb8, rgb: Rgb8, closed: Hole) -> Rgb8:
    """`made` within what lies beside each part of `closed`: on flat ground OpenCV strays by five levels."""
    count, parts = cv2.connectedComponents(closed.view(np.uint8), connectivity=8)
    framed = np.pad(parts.astype(np.int32), 1)
    low, high = np.full((count, 3), 255, np.uint8), np.zeros((count, 3), np.uint8)
    height, width = closed.shape
    for down, right in product(range(3), repeat=2):
        beside = framed[down : down + height, right : right + width]
        places = np.nonzero(~closed & (beside > 0))
        np.minimum.at(low, beside[places], rgb[places])
        np.maximum.at(high, beside[places], rgb[places])
    inside = low[parts] <= high[parts]  # a part that is the whole picture has nothing beside it
    return np.where(inside, np.clip(made, low[parts], high[parts]), made)


def _inpaint(planes: NDArray[np.uint8], closed: Hole) -> NDArray[np.uint8]:
    return np.asarray(cv2.inpaint(planes, closed.view(np.uint8), REACH_PX, cv2.INPAINT_TELEA), np.uint8)
