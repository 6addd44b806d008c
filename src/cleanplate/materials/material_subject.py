"""An object that is to be of another material, and what is measured of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.materials.height_field import HeightField, Plane, estimate_height_field
from cleanplate.materials.material_parameters import LightnessTarget
from cleanplate.materials.texture_mapping import map_pattern
from cleanplate.materials.textures import draw_texture
from cleanplate.pixels.masks import is_painted
from cleanplate.pixels.types import Alpha, Rgb8

_LEAST_BLUR_PX = 0.8
"""Below it a Gaussian changes next to nothing."""
_SPREAD_FLOOR, _MOST_GAIN = 8.0, 1.4
"""Levels that are added to a spread, so that what is flat stays so, and the most that contrast is raised."""


@dataclass(frozen=True, slots=True)
class SurfaceParameters:
    """Of the surface that wood, porcelain, wool and latex share, and of how patterns follow it.

    Attributes:
        whole_relief: weight of the whole's height beside its parts'.
        displacement: how far a pattern is pushed aside, in heights; displacement_smooth: its blur, as a share
            of the object's side.
    """

    whole_relief: float = 0.6
    displacement: float = 0.22
    displacement_smooth: float = 1 / 16


SURFACE: Final = SurfaceParameters()
"""In the gallery: all that has a pattern or shines. No figure bounds it; see `material_parameters`."""


@dataclass(frozen=True)
class MaterialSubject:
    """An object that is to be of another material.

    Attributes:
        photo: (H, W, 3) uint8, the object and a little round it.
        alpha: (H, W) float32, 1 = the object.
        material: one of `material_renderer.NAMES`.
        stylized: (H, W, 3) uint8, the photo in the style of `texture`, where it has one.
        seed: another one, another piece, other strands, another colour.
    """

    photo: Rgb8
    alpha: Alpha
    material: str
    stylized: Rgb8
    seed: int = 0

    @cached_property
    def texture(self) -> Rgb8:
        """(s, s, 3) uint8, the material; not every material has one."""
        return draw_texture(self.material, self.seed)

    @cached_property
    def height_field(self) -> HeightField:
        """Of the object."""
        return estimate_height_field(self.photo, self.alpha)

    @cached_property
    def lightness(self) -> Plane:
        """(H, W) lightness of the photo, 0..255."""
        return lightness_of(self.photo)

    def relief(self) -> Plane:
        """(H, W) height of its surface, pixels."""
        return cast(
            Plane, self.height_field.parts + np.float32(SURFACE.whole_relief) * self.height_field.whole
        )

    def displacement(self) -> Plane:
        """(H, W): how far a pattern is pushed aside by the form, pixels."""
        height = SURFACE.displacement * (self.height_field.parts + self.height_field.whole)
        return blur(height, self.size_px(SURFACE.displacement_smooth))

    def pattern(self) -> Plane:
        """(H, W): the texture's pattern in grey values, its mean 0."""
        return map_pattern(self.texture, self.displacement())

    def size_px(self, share: float, least: float = _LEAST_BLUR_PX) -> float:
        """A share of the object's side."""
        return max(self.height_field.side_px * share, least)

    def match_lightness(self, light: Plane, target: LightnessTarget) -> Plane:
        """Lightness with that mean inside of the object, its spread lowered or a little raised."""
        inside = is_painted(self.alpha).astype(np.uint8)
        average, spread = (float(value[0, 0]) for value in cv2.meanStdDev(light, mask=inside))
        gain = min(target.most_spread / (spread + _SPREAD_FLOOR), _MOST_GAIN)
        return (light - average) * np.float32(gain) + np.float32(target.mean)

    def fine_detail(self, share: float) -> Plane:
        """The photo's detail that is smaller than that share of the object's side."""
        return self.lightness - blur(self.lightness, self.size_px(share))

    def remove_texture(self, share: float) -> Rgb8:
        """The photo without texture smaller than that share of the object's side."""
        return cast(Rgb8, cv2.medianBlur(self.photo, max(3, round(self.size_px(share)) * 2 + 1)))

    def blend_lightness(self, photo: float, stylized: float) -> NDArray[np.float32]:
        """(H, W): the lightness of the photo and of the stylized one, with these weights."""
        return photo * self.lightness + stylized * lightness_of(self.stylized)


def lightness_of(rgb: Rgb8) -> Plane:
    """(H, W), 0..255."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)


def blur(plane: Plane, sigma_px: float) -> Plane:
    """Gaussian."""
    return cast(Plane, cv2.GaussianBlur(plane, (0, 0), sigma_px))
