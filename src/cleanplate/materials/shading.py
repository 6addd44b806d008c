"""Light on a surface, and through it."""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.materials.height_field import Lean, Plane
from cleanplate.pixels.types import Rgb8

SUN: Final = (-0.45, -0.6, 0.66)
BELOW: Final = (0.5, 0.75, 0.43)
"""Where light comes from: right, down, towards the viewer; unit vectors."""
TOWARDS: Final = SUN[2]
"""How much of the sun falls on what faces the viewer."""
_FIRM = 0.4


def facing(leant: Lean, light: tuple[float, float, float] = SUN) -> Plane:
    """How much light falls on it, 0..1 (Lambert)."""
    return cast(Plane, np.clip(leant @ np.array(light, np.float32), 0, 1))


def shine(leant: Lean, sharpness: int, least: float) -> NDArray[np.float32]:
    """(H, W, 1): the sun's reflection, 0..1, with the firm edge that it has on what is smooth.

    Source: Blinn, "Models of light reflection for computer synthesized pictures", 1977.
    """
    half = np.array(SUN) + np.array((0, 0, 1))
    direction = half / np.linalg.norm(half)
    lit = facing(leant, (float(direction[0]), float(direction[1]), float(direction[2])))
    return step(lit**sharpness, least, least + _FIRM)[..., None]


def bent(rgb: Rgb8, leant: Lean, depth_px: float) -> NDArray[np.float32]:
    """What is seen through a body that bends light."""
    y, x = np.mgrid[0 : rgb.shape[0], 0 : rgb.shape[1]].astype(np.float32)
    right, down = (leant[..., axis] * np.float32(depth_px) for axis in (0, 1))
    bent = cv2.remap(rgb, x + right, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return cast(NDArray[np.float32], bent.astype(np.float32))


def step(value: Plane, low: float, high: float) -> Plane:
    """0 below `low`, 1 above `high`, smooth between."""
    share = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return cast(Plane, share * share * (3 - 2 * share))
