"""What an object of a material looks like: its colours, its light and shine, its edge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.materials.fur import furry
from cleanplate.materials.height_field import Form, Plane, depth_px, form_of, lean
from cleanplate.materials.matting import behind, extended
from cleanplate.materials.shading import BELOW, TOWARDS, bent, facing, shine, step
from cleanplate.materials.texture_mapping import coloured, laid, patterned
from cleanplate.materials.textures import draw, fractal, ramp
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
class Scene:
    """An object that is to be of another material.

    Attributes:
        photo: (H, W, 3) uint8, the object and a little round it.
        alpha: (H, W) float32, 1 = the object.
        material: one of `NAMES`.
        made: (H, W, 3) uint8, the photo in the style of `piece`, where it has one.
        seed: another one, another piece, other strands, another colour.
    """

    photo: Rgb8
    alpha: Alpha
    material: str
    made: Rgb8
    seed: int = 0

    @cached_property
    def piece(self) -> Rgb8:
        """(s, s, 3) uint8, the material; not every material has one."""
        return draw(self.material, self.seed)

    @cached_property
    def form(self) -> Form:
        """Of the object."""
        return form_of(self.photo, self.alpha)

    @cached_property
    def light(self) -> Plane:
        """(H, W) lightness of the photo, 0..255."""
        return _light(self.photo)

    def size_px(self, share: float, least: float = 0.8) -> float:
        """A share of the object's side."""
        return max(self.form.side_px * share, least)

    def levelled(self, light: Plane, mean: float, most_spread: float) -> Plane:
        """Lightness with that mean inside of the object, its spread lowered or a little raised."""
        average, spread = (float(value[0, 0]) for value in cv2.meanStdDev(light, mask=self._inside()))
        return (light - average) * np.float32(min(most_spread / (spread + 8), 1.4)) + np.float32(mean)

    def fine(self, share: float) -> Plane:
        """The photo's detail that is smaller than that share of the object's side."""
        return self.light - _blurred(self.light, self.size_px(share))

    def calm(self, share: float) -> Rgb8:
        """The photo without texture smaller than that share of the object's side."""
        return cast(Rgb8, cv2.medianBlur(self.photo, max(3, round(self.size_px(share)) * 2 + 1)))

    def _inside(self) -> NDArray[np.uint8]:
        return painted(self.alpha).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Worn:
    """(H, W, 3) uint8 colours, and (H, W) float32: how far they hide what is behind; at most the alpha."""

    rgb: Rgb8
    cover: Alpha


def _ice(scene: Scene) -> Worn:
    """Clear in the middle, where its surroundings shine through bent, and bright at the rim."""
    light, made = scene.light, _light(scene.made)
    relief = 0.8 * scene.form.parts + 0.5 * scene.form.body
    relief += np.float32(scene.size_px(1 / 600, 0.0)) * _blurred(made, scene.size_px(1 / 250)) / 10
    leant, whole = lean(cast(Plane, relief)), lean(scene.form.body)
    edge = step(1 - whole[..., 2], 0.3, 0.8)
    level = scene.levelled(0.45 * light + 0.55 * made, 168, 44) + 0.9 * scene.fine(1 / 40)
    level += 0.35 * _pattern(scene)
    level += 70 * step(1 - whole[..., 2], 0.25, 0.8) + 60 * (facing(leant) - TOWARDS)
    body = _tinted(scene, level, 0.6)
    clear = (0.34 * (1 - edge))[..., None]
    seen = bent(behind(scene.photo, scene.alpha), leant, scene.size_px(0.25))
    body += (seen * np.array((0.8, 0.95, 1.0), np.float32) + 20 - body) * clear
    return _worn(scene, body + 200 * shine(leant, 40, 0.4))


def _cloud(scene: Scene) -> Worn:
    """Heaps that swell on the object's parts, and an edge that dissolves."""
    random = np.random.default_rng(scene.seed)
    heaps = fractal(random, scene.alpha.shape, scene.size_px(1 / 7, 4.0))
    relief = _blurred(scene.form.parts, scene.size_px(1 / 60)) + 0.5 * scene.form.body
    relief += np.float32(scene.size_px(0.012)) * heaps
    soft = scene.levelled(_blurred(scene.light, scene.size_px(1 / 90)), 224, 24)
    body = _tinted(scene, soft + 90 * (facing(lean(relief)) - 0.7), 0.7)
    grey = body.mean(2, keepdims=True)
    reach = scene.size_px(0.045)
    depth = depth_px(scene.alpha) + np.float32(0.35 * reach) * heaps
    cover = 0.97 * step(depth, 0.0, 1.1 * reach) * scene.alpha
    return Worn(_bytes(grey + 0.6 * (body - grey)), cast(Alpha, cover))


def _lantern(scene: Scene) -> Worn:
    """Silk on a gilded frame of wire, lit from within: bright where a part is widest."""
    form = scene.form
    turn = float(np.random.default_rng(scene.seed).random())
    down = np.arange(len(scene.alpha), dtype=np.float32)[:, None] + 0.55 * form.body
    rib = np.abs((down / scene.size_px(1 / 9) + turn) % 1 - 0.5) * 2
    glow = step(0.6 * _share(form.parts) + 0.4 * _share(form.body), 0.25, 1.0)
    shade = scene.levelled(_blurred(scene.light, scene.size_px(1 / 150)), 0, 36)
    level = 0.18 + 0.55 * glow + 0.16 * np.sqrt(1 - rib * rib) + shade / 212 + scene.fine(1 / 40) / 220
    body = ramp(np.clip(level / 1.15, 0, 1), _SILK).astype(np.float32)
    hoop = (0.5 * step(rib, 0.86, 0.98))[..., None]
    body += (np.array(_WIRE, np.float32) * (0.31 + 0.62 * level[..., None]) - body) * hoop
    return _worn(scene, _wired(scene, body))


def _wired(scene: Scene, body: _Body) -> _Body:
    """The same with round wire along every edge."""
    thick = np.float32(scene.size_px(1 / 190, 1.2))
    away = scene.form.from_edge
    round_ = _blurred(np.sqrt(np.maximum(thick**2 - away**2, 0)), 0.7)
    there = _blurred(np.clip(thick - away + np.float32(0.5), 0, 1), 0.6)[..., None]
    bright = 0.95 + 0.9 * (facing(lean(round_)) - TOWARDS) + 0.3 * (scene.light / _FULL - _HALF)
    return cast(_Body, body + (np.clip(np.array(_WIRE) * bright[..., None], 0, 255) - body) * there)


def _wood(scene: Scene) -> Worn:
    """Boards whose grain runs over the form."""
    level = scene.levelled(0.6 * scene.light + 0.4 * _light(scene.made), 138, 40)
    level += 0.55 * _pattern(scene) + 46 * (facing(lean(_relief(scene))) - TOWARDS)
    return _worn(scene, _tinted(scene, level, 0.6))


def _porcelain(scene: Scene) -> Worn:
    """White glaze that shines; figures in blue on it, and the dark lines of the photo."""
    calm = _light(scene.calm(1 / 80))
    leant = lean(_relief(scene))
    level = np.clip(scene.levelled(calm, 214, 30) + 40 * (facing(leant) - TOWARDS), 0, 255) / _FULL
    lines = _light(scene.calm(1 / 140))
    dark = _blurred(lines, scene.size_px(1 / 25)) - lines
    ink = (0.85 * step(dark / np.float32(36), 0.15, 0.65))[..., None]
    figures = laid(scene.piece, _bulge(scene), 2.4) / _FULL
    body = np.array(_GLAZE, np.float32) * level[..., None] * figures
    body += (np.array(_COBALT, np.float32) * (0.45 + 0.55 * level[..., None]) - body) * ink
    return _worn(scene, body + 190 * shine(leant, 50, 0.45))


def _fluff(scene: Scene) -> Worn:
    """Fur in the object's own colours."""
    calm = cv2.GaussianBlur(scene.calm(1 / 110), (0, 0), scene.size_px(1 / 200))
    lab = cv2.cvtColor(calm, cv2.COLOR_RGB2LAB).astype(np.float32)
    level = scene.levelled(lab[..., 0], 150, 46) + 40 * (facing(lean(scene.form.body)) - TOWARDS)
    lab[..., 0] = np.clip(level, 20, 245)
    lab[..., 1:] += (128 - lab[..., 1:]) * np.float32(0.15)
    colours = cv2.cvtColor(_bytes(lab), cv2.COLOR_LAB2RGB)
    # Towards its edge the object is mixed with what is behind it.
    inner = scene.alpha > 0.97  # noqa: PLR2004
    own = np.where(inner[..., None], colours, _bytes(extended(cast(Rgb8, colours), inner)))
    return Worn(*furry(own, scene.alpha, scene.form, scene.seed))


def _knit(scene: Scene) -> Worn:
    """Stitches that run over the form, darker where it turns away."""
    level = scene.levelled(0.45 * scene.light + 0.55 * _light(scene.made), 118, 34)
    level = (level + _pattern(scene)) * (0.62 + 0.55 * facing(lean(scene.form.body))) + 10
    return _worn(scene, _tinted(scene, level, 0.75))


def _balloon(scene: Scene) -> Worn:
    """Latex of one colour, blown up part by part: a hard highlight, and light from below at the rim."""
    colour = np.array(_BALLOONS[scene.seed % len(_BALLOONS)], np.float32)
    calm = cv2.bilateralFilter(scene.calm(1 / 60), 9, 40, 5)
    shade = scene.levelled(_blurred(_light(cast(Rgb8, calm)), scene.size_px(1 / 200)), 0, 34)
    leant = lean(_relief(scene))
    lit, edge = facing(leant), (1 - leant[..., 2]) ** 2
    body = colour * np.clip(0.84 + 0.6 * (lit - TOWARDS) + shade / 196, 0.15, 1.3)[..., None]
    body += (255 - body) * (0.3 * step(lit, 0.75, 1.0))[..., None]
    body *= (1 - 0.25 * edge)[..., None]
    body += (60 * edge * facing(leant, BELOW))[..., None]
    return _worn(scene, body + 235 * shine(leant, 46, 0.35))


_WEAR: Final[Mapping[str, Callable[[Scene], Worn]]] = {
    "ice": _ice,
    "cloud": _cloud,
    "lantern": _lantern,
    "wood": _wood,
    "porcelain": _porcelain,
    "fluff": _fluff,
    "knit": _knit,
    "balloon": _balloon,
}
NAMES: Final = tuple(_WEAR)


def worn(scene: Scene) -> Worn:
    """The object as if it were of its new material.

    What lies outside of the object means nothing. The same scene gives the same result.
    """
    return _WEAR[scene.material](scene)


def _worn(scene: Scene, body: NDArray[np.floating[Any]]) -> Worn:
    return Worn(_bytes(body), scene.alpha)


def _bytes(body: NDArray[np.floating[Any]]) -> Rgb8:
    return cast(Rgb8, np.rint(np.clip(body, 0, 255)).astype(np.uint8))


def _bulge(scene: Scene) -> Plane:
    """How far a pattern is pushed aside by the form, pixels."""
    return _blurred(0.22 * (scene.form.parts + scene.form.body), scene.size_px(1 / 16))


def _pattern(scene: Scene) -> Plane:
    """The material's pattern in lightness, round 0."""
    return patterned(scene.piece, _bulge(scene))


def _relief(scene: Scene) -> Plane:
    return cast(Plane, scene.form.parts + np.float32(0.6) * scene.form.body)


def _light(rgb: Rgb8) -> Plane:
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)


def _blurred(plane: Plane, width_px: float) -> Plane:
    return cast(Plane, cv2.GaussianBlur(plane, (0, 0), width_px))


def _tinted(scene: Scene, level: Plane, tint: float) -> _Body:
    return coloured(scene.made, level, scene.alpha, scene.piece, tint).astype(np.float32)


def _share(height: Plane) -> Plane:
    """Of its greatest value, 0..1."""
    return cast(Plane, np.clip(height / max(float(height.max()), 1.0), 0, 1))
