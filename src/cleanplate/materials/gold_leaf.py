"""A picture in gold leaf: pressed into it as a relief, and lit."""

from typing import cast

import cv2
import numpy as np

from cleanplate.materials.height_field import lean
from cleanplate.materials.shading import TOWARDS, facing, shine
from cleanplate.materials.texture_mapping import patterned
from cleanplate.materials.textures import draw, ramp
from cleanplate.pixels.types import Rgb8

_GOLD = ((38, 16, 2), (112, 60, 8), (190, 122, 22), (238, 182, 62), (255, 226, 132), (255, 248, 214))
_DRAWN_FOR_PX = 1024
_CLIP, _TILES = 2.2, (6, 6)
"""Of the local contrast: Zuiderveld, "Contrast limited adaptive histogram equalization", 1994."""
_FINE_PX, _BROAD_PX = 1.3, 6.0
_FINE, _BROAD, _LEAF = 0.055, 0.12, 0.02
"""Height in pixels for each level of brightness, of fine and of broad forms and of the creases."""
_PIECES, _SOFT_PX = 1.2, 1.0
_TONE, _LIGHT, _CREASES = 0.62, 0.95, 0.16
_LEAST_CONTRAST = 32.0


def gilded(rgb: Rgb8, seed: int) -> Rgb8:
    """Press a picture into gold leaf.

    Args:
        rgb: (H, W, 3) uint8; about a megapixel is what the relief is made for.
        seed: another one, other creases.

    Returns:
        (H, W, 3) uint8.
    """
    scale = np.float32(max(rgb.shape) / _DRAWN_FOR_PX)
    even = cv2.bilateralFilter(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0], 7, 22, 3)
    light = cv2.createCLAHE(_CLIP, _TILES).apply(even).astype(np.float32)
    broad = cv2.GaussianBlur(light, (0, 0), max(_BROAD_PX * float(scale), 0.8))
    fine = cv2.GaussianBlur(light, (0, 0), max(_FINE_PX * float(scale), 0.8))
    leaf = cast(Rgb8, cv2.GaussianBlur(draw("gold foil", seed), (0, 0), _SOFT_PX))
    creases = patterned(leaf, broad * (np.float32(0.12) * scale), _PIECES)
    facets = lean((_FINE * fine + _BROAD * broad + _LEAF * creases) * scale)
    low, high = np.percentile(light, (1, 99))
    tone = (light - low) / max(high - low, _LEAST_CONTRAST)
    level = 0.1 + _TONE * tone + _LIGHT * (facing(facets) - TOWARDS) + _CREASES / 60 * creases
    lit = ramp(np.clip(level, 0, 1), _GOLD) + 90 * shine(facets, 30, 0.55)
    return cast(Rgb8, np.rint(np.clip(lit, 0, 255)).astype(np.uint8))
