"""A picture in gold leaf: pressed into it as a relief, and lit."""

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np

from cleanplate.materials.height_field import surface_normals
from cleanplate.materials.shading import FRONTAL_LIGHT, Highlight, lambert_shading, specular_highlight
from cleanplate.materials.texture_mapping import map_pattern
from cleanplate.materials.textures import colour_ramp, draw_texture
from cleanplate.pixels.types import Rgb8


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldLeafParameters:
    """Of a picture in gold leaf.

    Attributes:
        colours: sRGB, from dark to bright.
        drawn_for_px: the longer side that the widths and heights here are for; they grow with it.
        flat_px, flat_levels, flat_sigma_px: diameter, range and width of the bilateral filter at first.
        contrast_limit, contrast_tiles: of the local contrast (Zuiderveld, "Contrast limited
            adaptive histogram equalization", 1994).
        fine_px, broad_px, least_px: blur of fine and of broad forms, and the least of both.
        fine, broad, creased: height in pixels for each level of brightness, of both and of the creases.
        pieces, piece_smooth_px: pieces of the leaf along the longer side, and their blur; displacement:
            pixels that they are pushed aside for each level of broad brightness.
        ground, tone, sunlight, creases: brightness of what is dark, and weights of the picture's brightness,
            the sun and the creases; crease_range: levels of a crease that count as 1.
        percentiles, least_contrast: of brightness that become 0 and 1, and the least levels between them.
    """

    colours: tuple[tuple[int, int, int], ...] = (
        (38, 16, 2),
        (112, 60, 8),
        (190, 122, 22),
        (238, 182, 62),
        (255, 226, 132),
        (255, 248, 214),
    )
    drawn_for_px: int = 1024
    flat_px: int = 7
    flat_levels: float = 22
    flat_sigma_px: float = 3
    contrast_limit: float = 2.2
    contrast_tiles: tuple[int, int] = (6, 6)
    fine_px: float = 1.3
    broad_px: float = 6.0
    least_px: float = 0.8
    fine: float = 0.055
    broad: float = 0.12
    creased: float = 0.02
    pieces: float = 1.2
    piece_smooth_px: float = 1.0
    displacement: float = 0.12
    ground: float = 0.1
    tone: float = 0.62
    sunlight: float = 0.95
    creases: float = 0.16
    crease_range: float = 60
    percentiles: tuple[float, float] = (1, 99)
    least_contrast: float = 32.0
    highlight: Highlight


GOLD_LEAF: Final = GoldLeafParameters(highlight=Highlight(90, 30, 0.55))
"""In the gallery: "gold foil" of docs/gallery/stylize.jpg. No figure bounds it; see `material_parameters`."""


def render_gold_leaf(rgb: Rgb8, seed: int, gold: GoldLeafParameters = GOLD_LEAF) -> Rgb8:
    """Press a picture into gold leaf.

    Args:
        rgb: (H, W, 3) uint8; about a megapixel is what the relief is made for.
        seed: another one, other creases.
        gold: its numbers.

    Returns:
        (H, W, 3) uint8.
    """
    scale = np.float32(max(rgb.shape) / gold.drawn_for_px)
    even = cv2.bilateralFilter(
        cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0], gold.flat_px, gold.flat_levels, gold.flat_sigma_px
    )
    light = cv2.createCLAHE(gold.contrast_limit, gold.contrast_tiles).apply(even).astype(np.float32)
    broad = cv2.GaussianBlur(light, (0, 0), max(gold.broad_px * float(scale), gold.least_px))
    fine = cv2.GaussianBlur(light, (0, 0), max(gold.fine_px * float(scale), gold.least_px))
    leaf = cast(Rgb8, cv2.GaussianBlur(draw_texture("gold foil", seed), (0, 0), gold.piece_smooth_px))
    creases = map_pattern(leaf, broad * (np.float32(gold.displacement) * scale), gold.pieces)
    facets = surface_normals((gold.fine * fine + gold.broad * broad + gold.creased * creases) * scale)
    low, high = np.percentile(light, gold.percentiles)
    tone = (light - low) / max(high - low, gold.least_contrast)
    sun = lambert_shading(facets) - FRONTAL_LIGHT
    level = gold.ground + gold.tone * tone + gold.sunlight * sun + gold.creases / gold.crease_range * creases
    lit = colour_ramp(np.clip(level, 0, 1), gold.colours) + specular_highlight(facets, gold.highlight)
    return cast(Rgb8, np.rint(np.clip(lit, 0, 255)).astype(np.uint8))
