"""Writing for tests: drawn by OpenCV, so that the truth is known to the pixel."""

import cv2
import numpy as np

from cleanplate.pixels.types import Rgb8


def written(
    rgb: Rgb8, text: str, place: tuple[int, int], colour: tuple[int, int, int], scale: float = 1.0
) -> Rgb8:
    """A copy with the text, its lower left corner at (x, y)."""
    out = rgb.copy()
    cv2.putText(
        out, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, max(round(2 * scale), 1), cv2.LINE_AA
    )
    return out


def ground(height: int, width: int, seed: int = 0) -> Rgb8:
    """A smooth picture with some grain, mid grey to bright."""
    random = np.random.default_rng(seed)
    coarse = random.integers(90, 200, (4, 6, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    noisy = np.asarray(smooth, np.float32) + random.normal(0, 2, smooth.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
