"""The shadow that a thing casts: dark, begun at its foot, and the ground in all but the light."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.analysis.shadow_evidence import Reference, Step, evidence, log_odds, reference, step_at
from cleanplate.analysis.surroundings import Planes, Surroundings, known_mean
from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Hole

SMOOTH_PX = (1.2, 3.0)
"""Blurs that candidates are sought at: for plain ground, and for coarse."""
LEVELS = 20
"""Brightnesses below which a candidate lies, between the darkest at the foot and the lit ground."""
LEAST_STEP = 0.07
"""Between those two, in natural logarithms of the samples: below it all is one brightness."""
SMALLEST, LARGEST = 0.01, 1.5
"""Of a shadow, in areas of the thing."""
GRAIN = 0.012
"""What is thinner goes, in the thing's longer side: the dark parts of a grain are no shadow."""
SEED = 0.05
"""A shadow begins so near to the rim of the foot, in the thing's longer side: what is behind it is hidden."""
BEGINS = 0.03
"""And along so much of it, in the longer side."""
LEAVES, CUT_OFF = 0.1, 0.15
"""So much of it may lie at the edge of the window, and of the picture, in the longer side: else too
little of its shape is seen."""
SURE = 1.0
"""Log odds from which on it is one."""
SECOND = 0.35
"""How far the darkness of a second leg's shadow may differ from the first's, as a share of that."""
ASIDE = 0.5
"""Cosine of the angle between the two: one sun casts both."""
SHORT = 0.06
"""What is shorter has no direction, in the longer side."""
REGAINED = 0.2
"""A soft edge belongs to it while so much of its darkness is left."""
LIT = 85
"""Per cent of the ground that are darker than what is taken as lit."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A dark region at the foot: (h, w) flags, the picture that it was found in, its edge, its odds."""

    region: Hole
    logs: Planes
    step: Step
    odds: float


@dataclass(frozen=True, slots=True)
class _Level:
    """The parts of the ground that are darker than a brightness: their numbers, their areas by number."""

    labels: NDArray[np.int32]
    areas: NDArray[np.int64]
    logs: Planes


def find_cast_shadow(scene: Surroundings) -> Hole:
    """Where the thing's shadow lies on the ground.

    Returns:
        (h, w) of the window: True = shadow. None is True where the picture does not say so clearly.
    """
    none = np.zeros_like(scene.thing)
    if not scene.foot.any():
        return none
    held = reference(scene)
    best: _Candidate | None = None
    for level in _levels(scene):
        for one in _candidates(scene, held, level):
            if one.odds >= SURE and (best is None or one.odds > best.odds):
                best = one
    if best is None:
        return none
    return _with_soft_edge(scene, best, _with_other_legs(scene, best))


def _levels(scene: Surroundings) -> Iterator[_Level]:
    rgb, ground = scene.rgb.astype(np.float32), scene.ground
    seeds = _seeds(scene)
    if not seeds.any():
        return
    grain = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(GRAIN * scene.side)) + 1,) * 2)
    for smooth in SMOOTH_PX:
        logs = np.log(known_mean(rgb, ground, smooth) + 4)
        light = logs.mean(axis=-1)
        darkest, lit = np.percentile(light[seeds], 5), np.percentile(light[ground], LIT)
        if lit - darkest < LEAST_STEP:
            continue
        for level in np.linspace(darkest, lit, LEVELS + 1)[1:]:
            dark = (light < level) & ground
            opened = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, grain)
            yield _parts(np.asarray(opened > 0), logs)


def _parts(dark: Hole, logs: Planes) -> _Level:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=4)
    return _Level(cast(NDArray[np.int32], labels), stats[:, cv2.CC_STAT_AREA].astype(np.int64), logs)


def _seeds(scene: Surroundings) -> Hole:
    """Ground right at the foot."""
    return scene.ground & thicken(scene.foot, scene.rim_px + max(2, round(SEED * scene.side)))


def _candidates(scene: Surroundings, held: Reference, level: _Level) -> Iterator[_Candidate]:
    """The parts at the foot that could be a shadow, with what speaks for them."""
    for number in _at_foot(scene, level):
        region = np.asarray(level.labels == number)
        step = step_at(scene, level.logs, region)
        if step is None:
            continue
        others = np.flatnonzero(level.areas >= 0.4 * level.areas[number])
        alike = np.isin(level.labels, others[(others != 0) & (others != number)])
        seen = evidence(scene, held, level.logs, region, step, alike)
        if seen is not None:
            yield _Candidate(region, level.logs, step, log_odds(seen))


def _at_foot(scene: Surroundings, level: _Level) -> list[int]:
    """Numbers of the parts at the foot that have the size of a shadow and end in the window."""
    thing_px = np.count_nonzero(scene.thing)
    begun = np.bincount(level.labels[_seeds(scene)], minlength=1)
    begun[0] = 0  # the lit ground
    return [
        number
        for number in np.flatnonzero(begun >= BEGINS * scene.side).tolist()
        if SMALLEST * thing_px <= level.areas[number] <= LARGEST * thing_px
        and _ends_in_window(scene, np.asarray(level.labels == number))
    ]


def _ends_in_window(scene: Surroundings, region: Hole) -> bool:
    edges = (region[0], region[-1], region[:, 0], region[:, -1])
    return all(
        np.count_nonzero(edge) <= (LEAVES if cut else CUT_OFF) * scene.side
        for edge, cut in zip(edges, scene.cut, strict=True)
    )


def _with_other_legs(scene: Surroundings, best: _Candidate) -> Hole:
    """The region, and smaller ones at other feet that are as dark and as clearly one."""
    found = best.region.copy()
    level = float(best.logs.mean(axis=-1)[best.region].max())
    dark = (best.logs.mean(axis=-1) <= level) & scene.ground
    parts = _parts(dark, best.logs)
    for number in _at_foot(scene, parts):
        region = np.asarray(parts.labels == number)
        if (region & found).any() or np.count_nonzero(region) > np.count_nonzero(best.region):
            continue
        step = step_at(scene, best.logs, region)
        as_dark = step is not None and abs(step.depth - best.step.depth) <= SECOND * best.step.depth
        if as_dark and _same_way(scene, best.region, region):
            found |= region
    return found


def _same_way(scene: Surroundings, first: Hole, second: Hole) -> bool:
    """Whether both lie to the same side of the feet that they begin at."""
    one, other = _way(scene, first), _way(scene, second)
    lengths = float(np.hypot(*one)), float(np.hypot(*other))
    return min(lengths) < SHORT * scene.side or float(one @ other) >= ASIDE * lengths[0] * lengths[1]


def _way(scene: Surroundings, region: Hole) -> NDArray[np.float64]:
    """(right, down) in pixels, from the foot that it begins at to its middle."""
    rows, columns = np.nonzero(region)
    begins = scene.foot & thicken(region, scene.rim_px + max(2, round(SEED * scene.side)) + 1)
    feet_rows, feet_columns = np.nonzero(begins if begins.any() else scene.foot)
    return np.array([columns.mean() - feet_columns.mean(), rows.mean() - feet_rows.mean()])


def _with_soft_edge(scene: Surroundings, best: _Candidate, region: Hole) -> Hole:
    """The region with the half-light round it, told by what the ground is farther out."""
    reach = best.step.reach_px
    lit = scene.ground & ~thicken(region, reach + 2)
    left = (known_mean(best.logs, lit, max(4.0, 2.0 * reach)) - best.logs).mean(axis=-1)
    soft = (left > REGAINED * best.step.depth) & thicken(region, reach + 3) & scene.ground
    _, labels = cv2.connectedComponents((region | soft).astype(np.uint8))
    own = np.unique(labels[region])
    return np.asarray(np.isin(labels, own[own > 0]))
