"""Light on a surface, and through it."""

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.materials.height_field import Normals, Plane
from cleanplate.pixels.types import Rgb8

SUN_DIRECTION: Final = (-0.45, -0.6, 0.66)
BOUNCE_DIRECTION: Final = (0.5, 0.75, 0.43)
"""Where light comes from: right, down, towards the viewer; unit vectors to two places. The sun stands at the
upper left, as drawings are lit by custom; the other is thrown back from the ground, opposite to it."""
FRONTAL_LIGHT: Final = SUN_DIRECTION[2]
"""How much of the sun falls on what faces the viewer."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """The sun's reflection in a surface.

    Attributes:
        strength: levels that it adds where it is whole.
        sharpness: exponent; the higher, the smaller.
        least: share of the reflection below which none is seen, 0..1.
        edge: shares from there to where it is whole.
    """

    strength: float
    sharpness: int
    least: float
    edge: float = 0.4


def lambert_shading(normals: Normals, light: tuple[float, float, float] = SUN_DIRECTION) -> Plane:
    """How much light falls on it, 0..1 (Lambert)."""
    return cast(Plane, np.clip(normals @ np.array(light, np.float32), 0, 1))


def specular_highlight(normals: Normals, highlight: Highlight) -> NDArray[np.float32]:
    """(H, W, 1): levels, with the firm edge that the sun's reflection has on what is smooth.

    Source: Blinn, "Models of light reflection for computer synthesized pictures", 1977.
    """
    half = np.array(SUN_DIRECTION) + np.array((0, 0, 1))
    direction = half / np.linalg.norm(half)
    lit = lambert_shading(normals, (float(direction[0]), float(direction[1]), float(direction[2])))
    seen = smoothstep(lit**highlight.sharpness, highlight.least, highlight.least + highlight.edge)
    return cast(NDArray[np.float32], highlight.strength * seen[..., None])


def refracted_view(rgb: Rgb8, normals: Normals, depth_px: float) -> NDArray[np.float32]:
    """(H, W, 3): what is seen through a body that bends light.

    Args:
        depth_px: how far a surface that faces sideways moves what is behind it.
    """
    y, x = np.mgrid[0 : rgb.shape[0], 0 : rgb.shape[1]].astype(np.float32)
    right, down = (normals[..., axis] * np.float32(depth_px) for axis in (0, 1))
    seen = cv2.remap(rgb, x + right, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return cast(NDArray[np.float32], seen.astype(np.float32))


def smoothstep(value: Plane, low: float, high: float) -> Plane:
    """0 below `low`, 1 above `high`, smooth between."""
    share = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return cast(Plane, share * share * (3 - 2 * share))
