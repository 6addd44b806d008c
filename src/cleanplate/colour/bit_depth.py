"""8 bits a channel and 16: how one becomes the other."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

DEEP_SCALE = 257
"""8 bits to 16: 255 * 257 = 65535."""


def to_8_bit(values: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """The rounded 8-bit view of 16-bit values, any shape. The inverse of a multiplication by 257."""
    return cast(NDArray[np.uint8], cv2.convertScaleAbs(values, alpha=1 / DEEP_SCALE)).reshape(values.shape)
