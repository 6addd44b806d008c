"""The picture and the hole that every case of one size shares."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

PHOTO = Path(__file__).parent.parent / "examples" / "meadow.jpg"
GRAIN = 4.0
"""Standard deviation of the added noise: enlarging smooths away the grain that a real photo has."""


def photo(side_px: int) -> NDArray[np.uint8]:
    """The example photograph as (side, side, 3) BGR with seeded grain."""
    read = cv2.imread(str(PHOTO))
    assert read is not None
    big = cv2.resize(read, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(1).standard_normal(big.shape, np.float32)
    return np.asarray(np.clip(big + GRAIN * noise, 0, 255), np.uint8)


def mask(side_px: int, share: float) -> NDArray[np.uint8]:
    """(side, side) 0/255 with one ellipse, off centre, of `share` of the area."""
    flags = np.zeros((side_px, side_px), np.uint8)
    radius = (share * side_px**2 / np.pi) ** 0.5
    axes = (round(radius * 1.25), round(radius / 1.25))
    cv2.ellipse(flags, (round(side_px * 0.45), round(side_px * 0.55)), axes, 20, 0, 360, 255, -1)
    return flags
