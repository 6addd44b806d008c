"""What an object of a material looks like: its colours, its light and shine, its edge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.materials import material_parameters as values
from cleanplate.materials.fur import render_fur
from cleanplate.materials.height_field import Plane, outline_distance, surface_normals
from cleanplate.materials.material_subject import MaterialSubject, blur, lightness_of
from cleanplate.materials.matting import estimate_background, extrapolate
from cleanplate.materials.shading import (
    BOUNCE_DIRECTION,
    FRONTAL_LIGHT,
    lambert_shading,
    refracted_view,
    smoothstep,
    specular_highlight,
)
from cleanplate.materials.texture_mapping import map_colours, map_texture
from cleanplate.materials.textures import colour_ramp, fractal_noise
from cleanplate.pixels.types import Alpha, Rgb8

_Body = NDArray[np.float32]
"""(H, W, 3), about 0..255."""
_FULL = np.float32(255)
_HALF = 0.5
_NEUTRAL = 128
"""Of a and b in OpenCV's 8-bit Lab."""


@dataclass(frozen=True, slots=True)
class RenderedMaterial:
    """(H, W, 3) uint8 colours, and (H, W) float32: how far they hide what is behind; at most the alpha."""

    rgb: Rgb8
    coverage: Alpha


def _ice(subject: MaterialSubject, ice: values.IceParameters = values.ICE) -> RenderedMaterial:
    """Clear in the middle, where its surroundings shine through bent, and bright at the rim."""
    form = subject.height_field
    relief = ice.parts_relief * form.parts + ice.whole_relief * form.whole
    bumps = blur(lightness_of(subject.stylized), subject.size_px(ice.bump_smooth))
    relief += np.float32(subject.size_px(ice.bump, 0.0)) * bumps / 10
    normals, turned = surface_normals(cast(Plane, relief)), 1 - surface_normals(form.whole)[..., 2]
    level = subject.match_lightness(subject.blend_lightness(ice.photo, ice.stylized), ice.lightness)
    level = level + ice.detail * subject.fine_detail(ice.detail_size)
    level += ice.pattern * subject.pattern()
    sun = lambert_shading(normals) - FRONTAL_LIGHT
    level += ice.rim_light * smoothstep(turned, *ice.bright_rim) + ice.sunlight * sun
    body = _colour_by_texture(subject, level, ice.tint)
    clear = (ice.clear * (1 - smoothstep(turned, *ice.clear_rim)))[..., None]
    seen = refracted_view(
        estimate_background(subject.photo, subject.alpha), normals, subject.size_px(ice.refraction)
    )
    body += (seen * np.array(ice.transmitted, np.float32) + ice.lift - body) * clear
    return _opaque(subject, body + specular_highlight(normals, ice.highlight))


def _cloud(subject: MaterialSubject, cloud: values.CloudParameters = values.CLOUD) -> RenderedMaterial:
    """Heaps that swell on the object's parts, and an edge that dissolves."""
    form = subject.height_field
    random = np.random.default_rng(subject.seed)
    heaps = fractal_noise(random, subject.alpha.shape, subject.size_px(cloud.heap_size, cloud.least_heap_px))
    relief = blur(form.parts, subject.size_px(cloud.parts_smooth)) + cloud.whole_relief * form.whole
    relief += np.float32(subject.size_px(cloud.heap_height)) * heaps
    soft = subject.match_lightness(
        blur(subject.lightness, subject.size_px(cloud.photo_smooth)), cloud.lightness
    )
    sun = lambert_shading(surface_normals(relief)) - cloud.sunlight_middle
    body = _colour_by_texture(subject, soft + cloud.sunlight * sun, cloud.tint)
    grey = body.mean(2, keepdims=True)
    reach = subject.size_px(cloud.edge)
    depth = outline_distance(subject.alpha) + np.float32(cloud.edge_heaps * reach) * heaps
    coverage = cloud.most_coverage * smoothstep(depth, 0.0, cloud.edge_width * reach) * subject.alpha
    return RenderedMaterial(_to_bytes(grey + cloud.saturation * (body - grey)), cast(Alpha, coverage))


def _lantern(
    subject: MaterialSubject,
    silk: values.LanternParameters = values.LANTERN,
    wire: values.WireParameters = values.WIRE,
) -> RenderedMaterial:
    """Silk on a gilded frame of wire, lit from within: bright where a part is widest."""
    form = subject.height_field
    turn = float(np.random.default_rng(subject.seed).random())
    down = np.arange(len(subject.alpha), dtype=np.float32)[:, None] + silk.hoop_bend * form.whole
    rib = np.abs((down / subject.size_px(silk.hoop_distance) + turn) % 1 - 0.5) * 2
    level = _silk_brightness(subject, rib, silk)
    body = colour_ramp(np.clip(level / silk.brightest, 0, 1), silk.silk).astype(np.float32)
    hoop = (silk.hoop_share * smoothstep(rib, *silk.hoop))[..., None]
    hoop_light = silk.hoop_ground + silk.hoop_light * level[..., None]
    body += (np.array(wire.colour, np.float32) * hoop_light - body) * hoop
    return _opaque(subject, _add_wire(subject, body, wire))


def _silk_brightness(subject: MaterialSubject, rib: Plane, silk: values.LanternParameters) -> Plane:
    """(H, W), about 0..1: its glow, and the light and shade of the photo on it."""
    form = subject.height_field
    height = silk.parts_glow * _relative_height(form.parts) + silk.whole_glow * _relative_height(form.whole)
    shade = subject.match_lightness(
        blur(subject.lightness, subject.size_px(silk.shade_smooth)), silk.lightness
    )
    level = silk.ground + silk.glow_light * smoothstep(cast(Plane, height), *silk.glow)
    level = level + silk.rib_light * np.sqrt(1 - rib * rib) + shade / silk.shade_range
    return cast(Plane, level + subject.fine_detail(silk.detail_size) / silk.detail_range)


def _add_wire(subject: MaterialSubject, body: _Body, wire: values.WireParameters) -> _Body:
    """The same with round wire along every edge."""
    radius = np.float32(subject.size_px(wire.radius, wire.least_radius_px))
    away = subject.height_field.edge_distance
    height = blur(np.sqrt(np.maximum(radius**2 - away**2, 0)), wire.round_smooth_px)
    there = blur(np.clip(radius - away + np.float32(0.5), 0, 1), wire.edge_smooth_px)[..., None]
    sun = lambert_shading(surface_normals(height)) - FRONTAL_LIGHT
    bright = wire.ground + wire.sunlight * sun + wire.photo * (subject.lightness / _FULL - _HALF)
    return cast(_Body, body + (np.clip(np.array(wire.colour) * bright[..., None], 0, 255) - body) * there)


def _wood(subject: MaterialSubject, wood: values.WoodParameters = values.WOOD) -> RenderedMaterial:
    """Boards whose grain runs over the form."""
    level = subject.match_lightness(subject.blend_lightness(wood.photo, wood.stylized), wood.lightness)
    sun = lambert_shading(surface_normals(subject.relief())) - FRONTAL_LIGHT
    level += wood.pattern * subject.pattern() + wood.sunlight * sun
    return _opaque(subject, _colour_by_texture(subject, level, wood.tint))


def _porcelain(
    subject: MaterialSubject, china: values.PorcelainParameters = values.PORCELAIN
) -> RenderedMaterial:
    """White glaze that shines; figures in blue on it, and the dark lines of the photo."""
    normals = surface_normals(subject.relief())
    plain = lightness_of(subject.remove_texture(china.texture_size))
    sun = lambert_shading(normals) - FRONTAL_LIGHT
    level = subject.match_lightness(plain, china.lightness) + china.sunlight * sun
    light = np.clip(level, 0, 255) / _FULL
    lines = lightness_of(subject.remove_texture(china.line_size))
    dark = blur(lines, subject.size_px(china.line_surroundings)) - lines
    ink = (china.line_share * smoothstep(dark / np.float32(china.line_range), *china.line))[..., None]
    figures = map_texture(subject.texture, subject.displacement(), china.figures) / _FULL
    body = np.array(china.glaze, np.float32) * light[..., None] * figures
    ink_light = china.ink_ground + china.ink_light * light[..., None]
    body += (np.array(china.ink, np.float32) * ink_light - body) * ink
    return _opaque(subject, body + specular_highlight(normals, china.highlight))


def _fluff(subject: MaterialSubject, fluff: values.FluffParameters = values.FLUFF) -> RenderedMaterial:
    """Fur in the object's own colours."""
    plain = subject.remove_texture(fluff.texture_size)
    plain = cast(Rgb8, cv2.GaussianBlur(plain, (0, 0), subject.size_px(fluff.smooth)))
    lab = cv2.cvtColor(plain, cv2.COLOR_RGB2LAB).astype(np.float32)
    sun = lambert_shading(surface_normals(subject.height_field.whole)) - FRONTAL_LIGHT
    level = subject.match_lightness(lab[..., 0], fluff.lightness) + fluff.sunlight * sun
    lab[..., 0] = np.clip(level, *fluff.lightness_range)
    lab[..., 1:] += (_NEUTRAL - lab[..., 1:]) * np.float32(fluff.greyed)
    colours = cv2.cvtColor(_to_bytes(lab), cv2.COLOR_LAB2RGB)
    # Towards its edge the object is mixed with what is behind it.
    inner = subject.alpha > fluff.pure
    own = np.where(inner[..., None], colours, _to_bytes(extrapolate(cast(Rgb8, colours), inner)))
    return RenderedMaterial(*render_fur(own, subject.alpha, subject.height_field, subject.seed))


def _knit(subject: MaterialSubject, knit: values.KnitParameters = values.KNIT) -> RenderedMaterial:
    """Stitches that run over the form, darker where it turns away."""
    level = subject.match_lightness(subject.blend_lightness(knit.photo, knit.stylized), knit.lightness)
    sun = lambert_shading(surface_normals(subject.height_field.whole))
    lit = (level + subject.pattern()) * (knit.ground + knit.sunlight * sun) + knit.lift
    return _opaque(subject, _colour_by_texture(subject, cast(Plane, lit), knit.tint))


def _balloon(subject: MaterialSubject, latex: values.BalloonParameters = values.BALLOON) -> RenderedMaterial:
    """Latex of one colour, blown up part by part: a hard highlight, and light from below at the rim."""
    colour = np.array(latex.colours[subject.seed % len(latex.colours)], np.float32)
    plain = cv2.bilateralFilter(
        subject.remove_texture(latex.texture_size), latex.flat_px, latex.flat_levels, latex.flat_sigma_px
    )
    shade = blur(lightness_of(cast(Rgb8, plain)), subject.size_px(latex.shade_smooth))
    shade = subject.match_lightness(shade, latex.lightness)
    normals = surface_normals(subject.relief())
    sun, rim = lambert_shading(normals), (1 - normals[..., 2]) ** 2
    bright = latex.ground + latex.sunlight * (sun - FRONTAL_LIGHT) + shade / latex.shade_range
    body = colour * np.clip(bright, *latex.brightness)[..., None]
    body += (255 - body) * (latex.gloss_share * smoothstep(sun, *latex.gloss))[..., None]
    body *= (1 - latex.dark_rim * rim)[..., None]
    body += (latex.bounce * rim * lambert_shading(normals, BOUNCE_DIRECTION))[..., None]
    return _opaque(subject, body + specular_highlight(normals, latex.highlight))


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

    What lies outside of the object means nothing. The same subject gives the same result.
    """
    return _RENDERERS[subject.material](subject)


def _opaque(subject: MaterialSubject, body: NDArray[np.floating[Any]]) -> RenderedMaterial:
    return RenderedMaterial(_to_bytes(body), subject.alpha)


def _to_bytes(body: NDArray[np.floating[Any]]) -> Rgb8:
    return cast(Rgb8, np.rint(np.clip(body, 0, 255)).astype(np.uint8))


def _colour_by_texture(subject: MaterialSubject, level: Plane, tint: float) -> _Body:
    return map_colours(subject.stylized, level, subject.alpha, subject.texture, tint).astype(np.float32)


def _relative_height(height: Plane) -> Plane:
    """Of its greatest value, 0..1."""
    return cast(Plane, np.clip(height / max(float(height.max()), 1.0), 0, 1))
