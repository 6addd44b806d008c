"""What an object of a material looks like: its colours, its light and shine, its edge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.materials.fur import render_fur
from cleanplate.materials.height_field import (
    HeightField,
    Plane,
    estimate_height_field,
    outline_distance,
    surface_normals,
)
from cleanplate.materials.matting import estimate_background, extrapolate
from cleanplate.materials.shading import (
    BELOW,
    TOWARDS,
    lambert_shading,
    refracted_view,
    smoothstep,
    specular_highlight,
)
from cleanplate.materials.texture_mapping import map_colours, map_pattern, map_texture
from cleanplate.materials.textures import colour_ramp, draw_texture, fractal_noise
from cleanplate.pixels.masks import painted
from cleanplate.pixels.types import Alpha, Rgb8

_Body = NDArray[np.float32]
"""(H, W, 3), about 0..255."""
_FULL = np.float32(255)
_HALF = 0.5
_BALLOONS: Final = (
    (238, 36, 52),
    (240, 60, 130),
    (40, 110, 230),
    (250, 130, 30),
    (120, 60, 200),
    (30, 160, 90),
)
_SILK: Final = ((70, 0, 6), (165, 10, 16), (224, 30, 22), (250, 96, 34), (255, 196, 100))
_WIRE: Final = (255, 212, 96)
_COBALT: Final = (38, 66, 156)
_GLAZE: Final = (250, 252, 253)


@dataclass(frozen=True)
class MaterialSubject:
    """An object that is to be of another material.

    Attributes:
        photo: (H, W, 3) uint8, the object and a little round it.
        alpha: (H, W) float32, 1 = the object.
        material: one of `NAMES`.
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
        return _lightness(self.photo)

    def size_px(self, share: float, least: float = 0.8) -> float:
        """A share of the object's side."""
        return max(self.height_field.side_px * share, least)

    def match_lightness(self, light: Plane, mean: float, most_spread: float) -> Plane:
        """Lightness with that mean inside of the object, its spread lowered or a little raised."""
        average, spread = (float(value[0, 0]) for value in cv2.meanStdDev(light, mask=self._inside()))
        return (light - average) * np.float32(min(most_spread / (spread + 8), 1.4)) + np.float32(mean)

    def fine_detail(self, share: float) -> Plane:
        """The photo's detail that is smaller than that share of the object's side."""
        return self.lightness - _blur(self.lightness, self.size_px(share))

    def remove_texture(self, share: float) -> Rgb8:
        """The photo without texture smaller than that share of the object's side."""
        return cast(Rgb8, cv2.medianBlur(self.photo, max(3, round(self.size_px(share)) * 2 + 1)))

    def _inside(self) -> NDArray[np.uint8]:
        return painted(self.alpha).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class RenderedMaterial:
    """(H, W, 3) uint8 colours, and (H, W) float32: how far they hide what is behind; at most the alpha."""

    rgb: Rgb8
    coverage: Alpha


def _ice(subject: MaterialSubject) -> RenderedMaterial:
    """Clear in the middle, where its surroundings shine through bent, and bright at the rim."""
    light, made = subject.lightness, _lightness(subject.stylized)
    relief = 0.8 * subject.height_field.parts + 0.5 * subject.height_field.whole
    relief += np.float32(subject.size_px(1 / 600, 0.0)) * _blur(made, subject.size_px(1 / 250)) / 10
    normals, whole = surface_normals(cast(Plane, relief)), surface_normals(subject.height_field.whole)
    edge = smoothstep(1 - whole[..., 2], 0.3, 0.8)
    level = subject.match_lightness(0.45 * light + 0.55 * made, 168, 44) + 0.9 * subject.fine_detail(1 / 40)
    level += 0.35 * _pattern(subject)
    level += 70 * smoothstep(1 - whole[..., 2], 0.25, 0.8) + 60 * (lambert_shading(normals) - TOWARDS)
    body = _colour_by_texture(subject, level, 0.6)
    clear = (0.34 * (1 - edge))[..., None]
    seen = refracted_view(estimate_background(subject.photo, subject.alpha), normals, subject.size_px(0.25))
    body += (seen * np.array((0.8, 0.95, 1.0), np.float32) + 20 - body) * clear
    return _opaque(subject, body + 200 * specular_highlight(normals, 40, 0.4))


def _cloud(subject: MaterialSubject) -> RenderedMaterial:
    """Heaps that swell on the object's parts, and an edge that dissolves."""
    random = np.random.default_rng(subject.seed)
    heaps = fractal_noise(random, subject.alpha.shape, subject.size_px(1 / 7, 4.0))
    relief = _blur(subject.height_field.parts, subject.size_px(1 / 60)) + 0.5 * subject.height_field.whole
    relief += np.float32(subject.size_px(0.012)) * heaps
    soft = subject.match_lightness(_blur(subject.lightness, subject.size_px(1 / 90)), 224, 24)
    body = _colour_by_texture(subject, soft + 90 * (lambert_shading(surface_normals(relief)) - 0.7), 0.7)
    grey = body.mean(2, keepdims=True)
    reach = subject.size_px(0.045)
    depth = outline_distance(subject.alpha) + np.float32(0.35 * reach) * heaps
    cover = 0.97 * smoothstep(depth, 0.0, 1.1 * reach) * subject.alpha
    return RenderedMaterial(_to_bytes(grey + 0.6 * (body - grey)), cast(Alpha, cover))


def _lantern(subject: MaterialSubject) -> RenderedMaterial:
    """Silk on a gilded frame of wire, lit from within: bright where a part is widest."""
    form = subject.height_field
    turn = float(np.random.default_rng(subject.seed).random())
    down = np.arange(len(subject.alpha), dtype=np.float32)[:, None] + 0.55 * form.whole
    rib = np.abs((down / subject.size_px(1 / 9) + turn) % 1 - 0.5) * 2
    glow = smoothstep(0.6 * _relative_height(form.parts) + 0.4 * _relative_height(form.whole), 0.25, 1.0)
    shade = subject.match_lightness(_blur(subject.lightness, subject.size_px(1 / 150)), 0, 36)
    level = (
        0.18 + 0.55 * glow + 0.16 * np.sqrt(1 - rib * rib) + shade / 212 + subject.fine_detail(1 / 40) / 220
    )
    body = colour_ramp(np.clip(level / 1.15, 0, 1), _SILK).astype(np.float32)
    hoop = (0.5 * smoothstep(rib, 0.86, 0.98))[..., None]
    body += (np.array(_WIRE, np.float32) * (0.31 + 0.62 * level[..., None]) - body) * hoop
    return _opaque(subject, _add_wire(subject, body))


def _add_wire(subject: MaterialSubject, body: _Body) -> _Body:
    """The same with round wire along every edge."""
    thick = np.float32(subject.size_px(1 / 190, 1.2))
    away = subject.height_field.edge_distance
    round_ = _blur(np.sqrt(np.maximum(thick**2 - away**2, 0)), 0.7)
    there = _blur(np.clip(thick - away + np.float32(0.5), 0, 1), 0.6)[..., None]
    bright = (
        0.95
        + 0.9 * (lambert_shading(surface_normals(round_)) - TOWARDS)
        + 0.3 * (subject.lightness / _FULL - _HALF)
    )
    return cast(_Body, body + (np.clip(np.array(_WIRE) * bright[..., None], 0, 255) - body) * there)


def _wood(subject: MaterialSubject) -> RenderedMaterial:
    """Boards whose grain runs over the form."""
    level = subject.match_lightness(0.6 * subject.lightness + 0.4 * _lightness(subject.stylized), 138, 40)
    level += 0.55 * _pattern(subject) + 46 * (lambert_shading(surface_normals(_relief(subject))) - TOWARDS)
    return _opaque(subject, _colour_by_texture(subject, level, 0.6))


def _porcelain(subject: MaterialSubject) -> RenderedMaterial:
    """White glaze that shines; figures in blue on it, and the dark lines of the photo."""
    calm = _lightness(subject.remove_texture(1 / 80))
    normals = surface_normals(_relief(subject))
    level = (
        np.clip(subject.match_lightness(calm, 214, 30) + 40 * (lambert_shading(normals) - TOWARDS), 0, 255)
        / _FULL
    )
    lines = _lightness(subject.remove_texture(1 / 140))
    dark = _blur(lines, subject.size_px(1 / 25)) - lines
    ink = (0.85 * smoothstep(dark / np.float32(36), 0.15, 0.65))[..., None]
    figures = map_texture(subject.texture, _displacement(subject), 2.4) / _FULL
    body = np.array(_GLAZE, np.float32) * level[..., None] * figures
    body += (np.array(_COBALT, np.float32) * (0.45 + 0.55 * level[..., None]) - body) * ink
    return _opaque(subject, body + 190 * specular_highlight(normals, 50, 0.45))


def _fluff(subject: MaterialSubject) -> RenderedMaterial:
    """Fur in the object's own colours."""
    calm = cv2.GaussianBlur(subject.remove_texture(1 / 110), (0, 0), subject.size_px(1 / 200))
    lab = cv2.cvtColor(calm, cv2.COLOR_RGB2LAB).astype(np.float32)
    level = subject.match_lightness(lab[..., 0], 150, 46) + 40 * (
        lambert_shading(surface_normals(subject.height_field.whole)) - TOWARDS
    )
    lab[..., 0] = np.clip(level, 20, 245)
    lab[..., 1:] += (128 - lab[..., 1:]) * np.float32(0.15)
    colours = cv2.cvtColor(_to_bytes(lab), cv2.COLOR_LAB2RGB)
    # Towards its edge the object is mixed with what is behind it.
    inner = subject.alpha > 0.97  # noqa: PLR2004
    own = np.where(inner[..., None], colours, _to_bytes(extrapolate(cast(Rgb8, colours), inner)))
    return RenderedMaterial(*render_fur(own, subject.alpha, subject.height_field, subject.seed))


def _knit(subject: MaterialSubject) -> RenderedMaterial:
    """Stitches that run over the form, darker where it turns away."""
    level = subject.match_lightness(0.45 * subject.lightness + 0.55 * _lightness(subject.stylized), 118, 34)
    level = (level + _pattern(subject)) * (
        0.62 + 0.55 * lambert_shading(surface_normals(subject.height_field.whole))
    ) + 10
    return _opaque(subject, _colour_by_texture(subject, level, 0.75))


def _balloon(subject: MaterialSubject) -> RenderedMaterial:
    """Latex of one colour, blown up part by part: a hard highlight, and light from below at the rim."""
    colour = np.array(_BALLOONS[subject.seed % len(_BALLOONS)], np.float32)
    calm = cv2.bilateralFilter(subject.remove_texture(1 / 60), 9, 40, 5)
    shade = subject.match_lightness(_blur(_lightness(cast(Rgb8, calm)), subject.size_px(1 / 200)), 0, 34)
    normals = surface_normals(_relief(subject))
    lit, edge = lambert_shading(normals), (1 - normals[..., 2]) ** 2
    body = colour * np.clip(0.84 + 0.6 * (lit - TOWARDS) + shade / 196, 0.15, 1.3)[..., None]
    body += (255 - body) * (0.3 * smoothstep(lit, 0.75, 1.0))[..., None]
    body *= (1 - 0.25 * edge)[..., None]
    body += (60 * edge * lambert_shading(normals, BELOW))[..., None]
    return _opaque(subject, body + 235 * specular_highlight(normals, 46, 0.35))


_RENDERERS: Final[Mapping[str, Callable[[MaterialSubject], RenderedMaterial]]] = {
    "ice": _ice,
    "cloud": _cloud,
    "lantern": _lantern,
    "wood": _wood,
    "porcelain": _porcelain,
    "fluff": _fluff,
    "knit": _knit,
    "balloon": _balloon,
}
NAMES: Final = tuple(_RENDERERS)


def render_material(subject: MaterialSubject) -> RenderedMaterial:
    """The object as if it were of its new material.

    What lies outside of the object means nothing. The same scene gives the same result.
    """
    return _RENDERERS[subject.material](subject)


def _opaque(subject: MaterialSubject, body: NDArray[np.floating[Any]]) -> RenderedMaterial:
    return RenderedMaterial(_to_bytes(body), subject.alpha)


def _to_bytes(body: NDArray[np.floating[Any]]) -> Rgb8:
    return cast(Rgb8, np.rint(np.clip(body, 0, 255)).astype(np.uint8))


def _displacement(subject: MaterialSubject) -> Plane:
    """How far a pattern is pushed aside by the form, pixels."""
    return _blur(0.22 * (subject.height_field.parts + subject.height_field.whole), subject.size_px(1 / 16))


def _pattern(subject: MaterialSubject) -> Plane:
    """The material's pattern in lightness, round 0."""
    return map_pattern(subject.texture, _displacement(subject))


def _relief(subject: MaterialSubject) -> Plane:
    return cast(Plane, subject.height_field.parts + np.float32(0.6) * subject.height_field.whole)


def _lightness(rgb: Rgb8) -> Plane:
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)


def _blur(plane: Plane, width_px: float) -> Plane:
    return cast(Plane, cv2.GaussianBlur(plane, (0, 0), width_px))


def _colour_by_texture(subject: MaterialSubject, level: Plane, tint: float) -> _Body:
    return map_colours(subject.stylized, level, subject.alpha, subject.texture, tint).astype(np.float32)


def _relative_height(height: Plane) -> Plane:
    """Of its greatest value, 0..1."""
    return cast(Plane, np.clip(height / max(float(height.max()), 1.0), 0, 1))
