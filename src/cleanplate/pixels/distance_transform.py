"""The Euclidean distance transform, the same to the last bit on every machine."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Hole


def distance_transform(inside: Hole | NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far each pixel that is inside is from those that are not.

    OpenCV hands pictures below 128 x 128, and all pictures when it has one thread, to Intel's IPP, whose last
    bit depends on where the memory lies. Without IPP every distance is the exact one, rounded once. The
    switch is the calling thread's own, so other threads keep theirs.

    Args:
        inside: (H, W), True or not 0 = inside. The frame is no border.

    Returns:
        (H, W) float32, Euclidean pixels to the nearest pixel that is not inside, 0 for those; 65536
        everywhere if all are inside.
    """
    had_ipp = cv2.ipp.useIPP()
    cv2.ipp.setUseIPP(False)
    try:
        found = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    finally:
        cv2.ipp.setUseIPP(had_ipp)
    return cast(NDArray[np.float32], found)
