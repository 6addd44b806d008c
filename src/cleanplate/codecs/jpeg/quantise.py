"""Quantise: the coefficients that come closest to the samples wanted."""

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.jpeg.transform import BASIS, Floats

_MOST = 1023


def nearest(wanted: Floats, steps: Floats) -> NDArray[np.int16]:
    """Plain rounding. wanted (n, 64) samples round 0, steps (64,) in zigzag order -> (n, 64)."""
    rounded: Floats = np.rint(wanted @ BASIS.T / steps)
    return np.clip(rounded, -_MOST, _MOST).astype(np.int16)
