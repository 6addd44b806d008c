"""What speaks for a dark region being a thing's shadow: the step in light at its edge, ground, and shape."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.analysis.surroundings import Planes, Surroundings, known_mean
from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Hole

LEAST_DEPTH, DEEPEST = 0.08, 1.6
"""How much darker than the ground, in natural logarithms of the samples."""
DARKER = 0.8
"""So much of its edge is a step down."""
SPREAD = 0.4
"""The step is as deep all along it, up to this share."""
HUE = 0.22
"""And takes from all colours alike, up to this share of it."""
BLUER = 0.12
"""The sky's light stays: a shadow does not get redder, up to this share."""
HUE_SPREAD = 0.14
"""That, too, is the same all along it."""
FEWEST = 12
"""Places on the edge where the step can be seen."""
FARTHEST, STEPS = 2.4, 17
"""To the left and to the right, in heights of the thing; and in how many steps."""
DEPTHS = (-1.2, -0.9, -0.65, -0.45, -0.3, -0.18, -0.08, 0.05, 0.15, 0.3, 0.5, 0.75, 1.0)
"""Down the picture, in heights of the thing; what is behind it is above its foot."""
FLAT = (0.06, 0.12, 0.2, 0.3)
"""How far the shadow of something flat is from it, in its longer side; never up the picture."""
SHAPE_PX = 40
"""Shapes are compared with the thing's longer side at this size."""
PAD_PX = 48
"""So much of what falls outside the picture is counted, at that size."""
LEAST_TEXTURE, MOST_TEXTURE = 0.4, 6.0
"""Contrast of the texture within, in shares of that outside: a shadow keeps it. Less is another material, or
a gap between bright blades; more may be, for noise is more in the dark."""
FLOOR = 0.006
"""Of texture, in natural logarithms: noise."""

WEIGHTS: Mapping[str, float] = {
    "shape": 11.6,
    "alike": -5.5,
    "material": -19.2,
    "hue_spread": -2.8,
    "spread": -3.0,
    "both_sides": -9.6,
    "depth": -4.0,
    "above": -2.2,
}
INTERCEPT = -0.9
"""Of a logistic regression over regions of made scenes: things cut out and put on photographs of ground, with
shadows and without, beside dark patches, other things and their shadows."""


@dataclass(frozen=True, slots=True)
class Step:
    """The step in light along the edge of a region.

    Attributes:
        depth: median, in natural logarithms of the samples, all channels.
        spread: half the distance of the quartiles.
        shift: (3,) of each channel, against all of them.
        hue_spread: median difference to that, of the channel with most.
        reach_px: how far from the edge it was measured, on both sides.
    """

    depth: float
    spread: float
    shift: NDArray[np.float32]
    hue_spread: float
    reach_px: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the odds are made of.

    Attributes:
        shape: overlap (intersection over union) with the thing's silhouette as it best falls on the ground.
        alike: share of the ground about that has parts as dark and as large.
        material: difference of the ground's hue within and outside, after the step.
        hue_spread: of the step, in shares of its depth.
        spread: of the step, in shares of its depth.
        both_sides: how far it goes beyond the foot on the side where it goes less far, in the longer side.
        depth: of the step.
        above: how far it goes up from the foot, in heights of the thing.
    """

    shape: float
    alike: float
    material: float
    hue_spread: float
    spread: float
    both_sides: float
    depth: float
    above: float


@dataclass(frozen=True, slots=True)
class Reference:
    """What every region round a thing is held against.

    Attributes:
        silhouettes: (directions, pixels) 0 or 1: the thing's, as it would fall on level ground in many
            directions, where it doesn't hide them.
        areas: (directions,) of each, with what lies outside the picture.
        size: (width, height) that they are drawn at.
        visible: (pixels,) ground.
        texture: (h, w) the finest detail, in natural logarithms of the samples.
        from_foot: (h, w) pixels to the foot.
    """

    silhouettes: NDArray[np.float32]
    areas: NDArray[np.float32]
    size: tuple[int, int]
    visible: Hole
    texture: Planes
    from_foot: Planes


def reference(scene: Surroundings) -> Reference:
    """The thing's silhouettes, sheared about its foot, or moved a little for what is flat; its ground."""
    scale = SHAPE_PX / scene.side
    height, width = scene.thing.shape
    size = (max(int(width * scale), 8), max(int(height * scale), 8))
    small = cv2.resize(scene.thing.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    thing = _padded(np.asarray(small, np.float32))
    hidden = cv2.resize(scene.covered.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    visible = np.asarray(hidden <= 0.5)  # noqa: PLR2004 - half of it
    seen = _padded(visible.astype(np.float32), outside=1) > 0
    foot = PAD_PX + (float(np.nonzero(scene.foot)[0].mean()) + 1) * scale
    shapes, areas = [], []
    for motion in _motions(foot):
        fallen = cv2.warpAffine(thing, motion, (thing.shape[1], thing.shape[0])) > 0.4  # noqa: PLR2004
        areas.append(np.count_nonzero(fallen & seen))
        inside = fallen[PAD_PX:-PAD_PX, PAD_PX:-PAD_PX]
        shapes.append((inside & visible).ravel())
    logs, ground = np.log(scene.rgb.astype(np.float32) + 4), scene.ground
    texture = (known_mean(logs, ground, 0.8) - known_mean(logs, ground, 3)).mean(axis=-1)
    from_foot = cv2.distanceTransform((~scene.foot).astype(np.uint8), cv2.DIST_L2, 3).astype(np.float32)
    silhouettes = np.array(shapes, np.float32)
    return Reference(silhouettes, np.array(areas, np.float32), size, visible.ravel(), texture, from_foot)


def _padded(planes: Planes, outside: float = 0) -> Planes:
    return np.pad(planes, PAD_PX, constant_values=outside)


def _motions(foot: float) -> list[Planes]:
    """(2, 3) each. `foot`: the row that a shear leaves where it is."""
    sheared = [
        [[1, -right, right * foot], [0, -down, foot * (1 + down)]]
        for down in DEPTHS
        for right in np.linspace(-FARTHEST, FARTHEST, STEPS)
    ]
    moved = [
        [[1, 0, SHAPE_PX * far * np.cos(angle)], [0, 1, SHAPE_PX * far * np.sin(angle)]]
        for far in FLAT
        for angle in np.radians(np.arange(0, 181, 22.5))
    ]
    return [np.array(motion, np.float32) for motion in [*sheared, *moved]]


def step_at(scene: Surroundings, logs: Planes, region: Hole) -> Step | None:
    """The step along the region's edge, where that is ground on both sides; None when it is no shadow's.

    Args:
        logs: (h, w, 3) natural logarithms of the samples.
        region: (h, w), True = it.
    """
    thickest = float(cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 3).max())
    reach = int(np.clip(0.5 * thickest, 2, 0.05 * scene.side + 2))
    differences = _differences(scene, logs, region, reach)
    if differences.shape[0] < FEWEST:
        return None
    light = differences.mean(axis=1)
    depth = float(np.median(light))
    if not LEAST_DEPTH <= depth <= DEEPEST or np.mean(light > 0.35 * depth) < DARKER:
        return None
    spread = float(np.subtract(*np.percentile(light, [75, 25]))) / 2
    hues = differences - light[:, None]
    shift = np.median(hues, axis=0).astype(np.float32)
    hue_spread = float(np.median(np.abs(hues - shift), axis=0).max())
    # a little is allowed whatever the depth: levels are whole numbers
    fits = (
        spread <= SPREAD * depth + 0.01
        and float(np.abs(shift).max()) <= HUE * depth + 0.03
        and float(shift[2] - shift[0]) <= BLUER * depth + 0.03
        and hue_spread <= HUE_SPREAD * depth + 0.025
    )
    return Step(depth, spread, shift, hue_spread, reach) if fits else None


def _differences(scene: Surroundings, logs: Planes, region: Hole, reach: int) -> Planes:
    """(n, 3): outside less inside, `reach` pixels to both sides of the edge."""
    height, width = region.shape
    soft = cv2.GaussianBlur(region.astype(np.float32), (0, 0), 2)
    slope = np.stack([cv2.Sobel(soft, cv2.CV_32F, 0, 1), cv2.Sobel(soft, cv2.CV_32F, 1, 0)])
    across = slope.astype(np.float32) / (np.hypot(slope[0], slope[1]) + 1e-6)
    edge = region & (cv2.erode(region.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    edge &= ~thicken(scene.covered, 2)
    edge[:3], edge[-3:], edge[:, :3], edge[:, -3:] = False, False, False, False
    at = np.stack(np.nonzero(edge))
    away = reach * across[:, edge]
    inside, outside = np.rint(at + away).astype(np.int64), np.rint(at - away).astype(np.int64)
    limits = np.array([[height], [width]])
    whole = np.all([(ends >= 0) & (ends < limits) for ends in (inside, outside)], axis=(0, 1))
    inside, outside = inside[:, whole], outside[:, whole]
    ground = scene.ground
    good = region[tuple(inside)] & ground[tuple(inside)] & ~region[tuple(outside)] & ground[tuple(outside)]
    return np.asarray(logs[tuple(outside[:, good])] - logs[tuple(inside[:, good])], np.float32)


def evidence(
    scene: Surroundings, held: Reference, logs: Planes, region: Hole, step: Step, alike: Hole
) -> Evidence | None:
    """What speaks for the region; None when too little of it can be seen, or its ground is another.

    Args:
        alike: (h, w): parts elsewhere that are as dark, and not much smaller.
    """
    reach = step.reach_px
    away = cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 3)
    ring = (away > reach) & (away < reach + 0.15 * scene.side + 3) & ~thicken(scene.covered, 2)
    inner = cv2.erode(region.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if np.count_nonzero(inner) < 20 or np.count_nonzero(ring) < 40:  # noqa: PLR2004 - too few to say anything
        return None
    hue = np.stack([logs[..., 0] - logs[..., 1], logs[..., 2] - logs[..., 1]], axis=-1)
    shift = np.array([step.shift[0] - step.shift[1], step.shift[2] - step.shift[1]])
    material = float(np.abs(hue[inner].mean(axis=0) + shift - hue[ring].mean(axis=0)).max())
    varies, varies_inside = hue[ring].std(axis=0).max(), hue[inner].std(axis=0).max()
    light = logs.mean(axis=-1)
    uneven = float(light[inner].std()) > SPREAD * step.depth + 1.2 * float(light[ring].std())
    if material > 0.8 * varies + 0.04 or varies_inside > 1.6 * varies + 0.03 or uneven:
        return None
    if not LEAST_TEXTURE <= _texture_kept(held, inner, ring) <= MOST_TEXTURE:
        return None
    return Evidence(
        shape=_overlap(held, region),
        alike=_share_alike(scene, held, alike & ~region),
        material=min(material, 0.3),
        hue_spread=step.hue_spread / step.depth,
        spread=step.spread / step.depth,
        both_sides=_both_sides(scene, held, region),
        depth=step.depth,
        above=_above(scene, region),
    )


def log_odds(seen: Evidence) -> float:
    """Natural logarithm of the odds that it is the thing's shadow."""
    return INTERCEPT + sum(weight * float(getattr(seen, name)) for name, weight in WEIGHTS.items())


def _overlap(held: Reference, region: Hole) -> float:
    small = cv2.resize(region.astype(np.float32), held.size, interpolation=cv2.INTER_AREA)
    flags = ((small > 0.5).ravel() & held.visible).astype(np.float32)  # noqa: PLR2004 - half of it
    both = held.silhouettes @ flags
    either = held.areas + flags.sum() - both
    return float((both / np.maximum(either, 1)).max())


def _texture_kept(held: Reference, inner: Hole, ring: Hole) -> float:
    return (float(held.texture[inner].std()) + FLOOR) / (float(held.texture[ring].std()) + FLOOR)


def _share_alike(scene: Surroundings, held: Reference, alike: Hole) -> float:
    """Over the ground from a little above the foot on, as far as shadows reach."""
    ground = scene.ground & (held.from_foot < 1.5 * scene.side)
    ground[: max(int(np.median(np.nonzero(scene.foot)[0]) - 0.5 * scene.side), 0)] = False
    return float(alike[ground].mean()) if ground.any() else 0.0


def _both_sides(scene: Surroundings, held: Reference, region: Hole) -> float:
    feet = np.nonzero(scene.foot)[1]
    columns = np.nonzero(region & (held.from_foot < 0.35 * scene.side))[1]
    if not columns.size:
        return 0.0
    left = int(feet.min()) - int(columns.min())
    right = int(columns.max()) - int(feet.max())
    return max(min(left, right), 0) / scene.side


def _above(scene: Surroundings, region: Hole) -> float:
    feet = np.nonzero(scene.foot)[0]
    top = int(np.flatnonzero(region.any(axis=1))[0])
    return float((np.median(feet) - top) / scene.box.height)
