"""What goes with a thing when it goes: the shadow at its feet, and its reflection below it."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.geometry import bounds, grow
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Box, Hole, Rgb8

DARKEST, BRIGHTEST = 0.3, 0.88
"""A shadow has this much of the light round it."""
SAME_HUE = 0.22
"""And takes from all colours alike: shares of the channels differ at most by so much."""
TOUCH = 0.02
"""It begins so near to the thing, in its longer side (and 4 px)."""
LARGEST = 1.5
"""In areas of the thing. What is larger is a wall or a road."""
SMALLEST = 0.01
SOLID = 0.04
"""It is nowhere thinner, in the thing's longer side: the dark parts of a grain are no shadow."""
EDGE_PX = 3
"""A shadow's soft edge goes with it."""
MIRRORED = 0.6
"""Correlation of a thing, upside down, with what lies below it."""
TURNED = 0.2
"""And so much more than the right way up: a mast of which only the upper part is meant goes on, as it is."""
PLAIN = 3.0
"""Levels: what varies less has no likeness to anything."""
LEAST_ROWS = 0.25
"""Of a reflection must be in the picture, in heights of the thing."""
GAP = 0.15
"""Between a thing and its reflection at most, in its heights."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A window round the thing: (h, w) arrays, and the thing's box in it."""

    rgb: Rgb8
    thing: Hole
    box: Box


def with_shadows(rgb: Rgb8, thing: Hole) -> Hole:
    """The thing with the shadow that it casts and its reflection, as far as there are any.

    Args:
        rgb: (H, W, 3) uint8.
        thing: (H, W), True = it.

    Returns:
        (H, W): True for all of it.
    """
    box = bounds(thing)
    if box is None:
        return thing.copy()
    window = grow(box, max(box.width, box.height), rgb.shape[1], rgb.shape[0])
    inner = Box(
        box.left - window.left, box.top - window.top, box.right - window.left, box.bottom - window.top
    )
    scene = _Scene(
        np.ascontiguousarray(rgb[window.slices]), np.ascontiguousarray(thing[window.slices]), inner
    )
    out = thing.copy()
    out[window.slices] |= _shadow(scene) | _reflection(scene)
    return out


def _shadow(scene: _Scene) -> Hole:
    """Darker than the ground by the same share in all colours, and attached to the thing's lower half."""
    side = max(scene.box.width, scene.box.height)
    share = cv2.GaussianBlur(_light(scene, side / 3), (0, 0), 1.5)
    mean = share.mean(axis=2)
    dark = (mean > DARKEST) & (mean < BRIGHTEST) & (np.ptp(share, axis=2) < SAME_HUE) & ~scene.thing
    solid = np.ones((max(3, round(SOLID * side)),) * 2, np.uint8)
    dark = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, solid)
    near = dilate(scene.thing, round(TOUCH * side) + 4)
    near[: (scene.box.top + scene.box.bottom) // 2] = False
    found = _attached(np.asarray(dark > 0), near, int(np.count_nonzero(scene.thing)))
    return dilate(found, EDGE_PX) if found.any() else found


def _light(scene: _Scene, sigma: float) -> NDArray[np.float32]:
    """(h, w, 3): each pixel in shares of the ground round it, the mean of the brighter half."""
    planes = scene.rgb.astype(np.float32) + 1
    known = (~dilate(scene.thing, 3)).astype(np.float32)
    ground = _mean(planes, known, sigma)
    brighter = known * (planes.mean(axis=2) >= 0.97 * ground.mean(axis=2))
    return np.asarray(planes / _mean(planes, brighter, sigma), np.float32)


def _mean(planes: NDArray[np.float32], known: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    weight = cv2.GaussianBlur(known, (0, 0), sigma)[..., None]
    total = cv2.GaussianBlur(planes * known[..., None], (0, 0), sigma)
    return np.asarray((total + 1e-3) / (weight + 1e-5), np.float32)


def _attached(dark: Hole, near: Hole, thing_px: int) -> Hole:
    """Connected parts that begin at the thing, stay in the window, and are no larger than a shadow is."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    found = np.zeros_like(dark)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    for number in set(np.unique(labels[near & dark]).tolist()) - {0}:
        area = int(stats[number, cv2.CC_STAT_AREA])
        leaves = np.count_nonzero(border == number) > 0.25 * border.size / 4
        if SMALLEST * thing_px <= area <= LARGEST * thing_px and not leaves:
            found |= labels == number
    return found if count > 1 else np.zeros_like(dark)


def _reflection(scene: _Scene) -> Hole:
    """The thing upside down below itself, where the picture really looks like that."""
    height, width = scene.thing.shape
    found = np.zeros((height, width), np.bool_)
    fine = _band(scene.rgb)
    best = MIRRORED
    for gap in range(0, max(round(GAP * scene.box.height), 1), 2):
        top = scene.box.bottom + gap
        rows = min(scene.box.height, height - top)
        if rows < LEAST_ROWS * scene.box.height:
            break
        source = slice(scene.box.bottom - rows, scene.box.bottom)
        thing = scene.thing[source]
        mirrored = thing[::-1]
        below = fine[top : top + rows]
        score = _likeness(fine[source][::-1][mirrored], below[mirrored])
        upright = _likeness(fine[source][thing], below[thing])
        if score > best and score > upright + TURNED:
            best = score
            found[:] = False
            found[scene.box.bottom : top] |= mirrored[:1]
            found[top : top + rows] = mirrored
    return dilate(found, EDGE_PX) if found.any() else found


def _band(rgb: Rgb8) -> NDArray[np.float32]:
    """(h, w): brightness without its coarsest part, and without noise."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return cast(NDArray[np.float32], cv2.GaussianBlur(grey, (0, 0), 2) - cv2.GaussianBlur(grey, (0, 0), 16))


def _likeness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Correlation, -1..1; 0 where one of them is plain."""
    if first.size == 0 or min(float(first.std()), float(second.std())) < PLAIN:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
