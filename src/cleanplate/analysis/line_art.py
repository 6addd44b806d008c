"""The lines of a picture, as a pencil would draw them: dark on white.

Source: Winnemöller, Kyprianidis, Olsen, "XDoG: an extended difference-of-Gaussians compendium", 2012.
"""

from typing import cast

import cv2
import numpy as np

from cleanplate.pixels.types import Rgb8

_CALM_PX = 7
_CALM_CONTRAST = 40.0
_FINEST_PX = 1.0
_SHARE = 1 / 800
"""Width of a line as a share of the longer side."""
_SPREAD = 1.6
_SHARPNESS = 9.0
_LEVEL = 0.085
"""How much darker than its surroundings a line is, 0..1."""
_STEEPNESS = 9.0


def line_art(rgb: Rgb8) -> Rgb8:
    """Draw the lines.

    Args:
        rgb: (H, W, 3) uint8, sRGB.

    Returns:
        (H, W, 3) uint8, grey: 0 on a line, 255 on paper.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    # Grain and fine texture are no lines.
    even = cv2.bilateralFilter(grey, _CALM_PX, _CALM_CONTRAST, _CALM_PX / 2).astype(np.float32) / 255
    width_px = max(_FINEST_PX, max(grey.shape) * _SHARE)
    near, far = cv2.GaussianBlur(even, (0, 0), width_px), cv2.GaussianBlur(even, (0, 0), width_px * _SPREAD)
    edge = near + _SHARPNESS * (near - far)
    # Dark areas are paper too: what counts is how much darker a pixel is than what surrounds it.
    around = cv2.GaussianBlur(even, (0, 0), width_px * 8)
    drawn = 1 + np.tanh(np.minimum(_STEEPNESS * (edge - around + _LEVEL), 0))
    return cast(Rgb8, cv2.merge([np.rint(np.clip(drawn, 0, 1) * 255).astype(np.uint8)] * 3))
