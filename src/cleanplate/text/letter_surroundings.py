"""What letters have round them: outlines, drop shadows and glows, which go with them.

Each is the letters' shape again, grown, moved or blurred. So a pixel beside a letter is looked at by the way
that leads to it from the letter's edge: over all edges of a line that look one way, a photo's own light and
shade is now this and now that, and an outline or a shadow is the same everywhere. How far that goes is
measured for each direction, to the pixel.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.types import Hole, Rgb8

DIRECTIONS = 16
REACH, LEAST_REACH_PX, MOST_REACH_PX = 0.5, 8, 48
"""How far it may go, in heights of the letters."""
SEEN_PERCENT = 85
"""Per cent of the pixels beside the letters that may lie within that reach."""
ROUNDS = 2
"""Of measuring: the ground is better known when it is known what is none."""
FAINTEST = 4.0
"""Levels from the ground below which nothing is seen."""
SURE = 3.0
"""And so many times what chance would bring."""
ALIKE_PX = 4.0
"""Pixels so near to each other along an edge tell the same of a photo's ground."""
STRAY = 0.3
"""Share of the spread of the ground's own values that a difference must have."""
GAP_PX = 2
"""Between a black and a white outline there may be a ring that differs from nothing."""
POOLED = 1
"""Neighbouring directions to both sides that speak for one."""
AGREED = 0.5
"""Share of what all directions show together, for one of them to show it too."""
FEWEST = 12
"""Pixels in one direction and distance that say something."""
USUAL_PERCENT = 25
"""In so many per cent of the directions it goes less far: an outline is as wide everywhere."""
SHADOW, SHADOW_PX = 0.14, 4
"""A shadow lies further off to one side by so many heights of the letters; further off is a sign."""
FAR = 0.75
"""Share of the reach beyond which a slope is the photo's."""
LAG_PX = 3
"""An edge or a slope is seen from so far to either side of it."""
STEP_FAINTEST = 3.0
"""Levels from one side to the other below which none is seen."""
BLUR_PX = 3.0
"""Sigma of the widest blur that is made at full size."""
SAFE_PX = 1
"""Beyond what is seen: a soft edge ends unseen."""
OUTLINE = 0.3
"""Width of an outline at most, in heights of the letters."""
BESIDE_PX = 6
"""A ring of pixels, as far from the letters everywhere, is compared with so many that lie round it."""
RING_SPREAD, RING_FLOOR = 0.2, 3.0
"""Its spread is another by this share where it is drawn, for an outline is of one colour, its soft edge of
two; spreads of some levels are noise."""
RING_STEP, RING_STRAY = 8.0, 0.35
"""Or its colour is another by so many levels, and by this share of the spread."""
RING_POOLED = 2
"""Neighbouring directions to both sides that make a part of a ring."""
FEWEST_OF_RING, MOST_OF_RING = 60, 4000
"""Pixels of it that say something, and that are enough."""

_Planes = NDArray[np.float32]
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Ways:
    """The way from the letters' edge to each pixel; arrays are (h, w).

    Attributes:
        step: whole pixels, from 1; 0 on the letters.
        direction: 0 to `DIRECTIONS` - 1.
        offset: (2, h, w), pixels down and to the right.
        far: pixels, as the crow flies.
    """

    step: NDArray[np.int32]
    direction: NDArray[np.int32]
    offset: NDArray[np.int32]
    far: NDArray[np.float32]


def with_surroundings(part: Rgb8, bodies: Hole, letters_px: float, barred: Hole) -> Hole:
    """The letters, and all that was drawn round them.

    Args:
        part: (h, w, 3) uint8.
        bodies: (h, w), the letters.
        barred: (h, w), other writing and lines that pass: what is there says nothing of the ground.

    Returns:
        (h, w), with what is round the letters, one pixel more than can be seen of it.
    """
    reach_px = int(np.clip(round(REACH * letters_px), LEAST_REACH_PX, MOST_REACH_PX))
    ways = _ways(bodies)
    slopes = _slopes(part, ways, barred)
    free = ways.step[~(bodies | barred)]
    if free.size:  # some of the ground must be left to see
        reach_px = min(reach_px, max(int(np.percentile(free, SEEN_PERCENT)), 1))
    extent = np.full(DIRECTIONS, reach_px)
    for number in range(ROUNDS):
        reached = ways.step <= _smooth(extent)[ways.direction] + SAFE_PX
        seen = ~(reached | barred)
        if not seen.any():
            break
        differs = part.astype(np.float32) - ground_round(part, seen)
        now = _extent(differs, slopes, ways, barred, seen, reach_px)
        extent = now if number == 0 else np.maximum(extent, now)
    extent = np.maximum(extent, _rings(part, ways, barred, letters_px))
    extent = _outline_and_shadow(extent, max(round(SHADOW * letters_px), SHADOW_PX))
    return np.asarray(ways.step <= _smooth(extent)[ways.direction] + SAFE_PX)


def outline_px(part: Rgb8, bodies: Hole, letters_px: float, barred: Hole) -> int:
    """Width of what was drawn round the letters, as wide everywhere; 0 without any.

    Args: as for `with_surroundings`.
    """
    return int(_rings(part, _ways(bodies), barred, letters_px).min())


def _rings(part: Rgb8, ways: _Ways, barred: Hole, letters_px: float) -> NDArray[np.int64]:
    """(DIRECTIONS,): how many pixels away from the letters the photo begins.

    It is now this and now that in every ring of pixels round the letters, and much alike from one ring to the
    next. What was drawn is not like what is beyond it. An outline is as wide everywhere.
    """
    most = max(round(OUTLINE * letters_px), SHADOW_PX)
    free = ~barred & (ways.step > 0) & (ways.step <= most + BESIDE_PX)
    order = np.argsort(ways.step[free], kind="stable")
    step, direction = ways.step[free][order], ways.direction[free][order]
    colours = part[free][order].astype(np.float32)
    begins = np.arange(2, most + BESIDE_PX + 1)
    everywhere = _photo_begins(np.split(colours, np.searchsorted(step, begins)), most) or 0
    extent = np.zeros(DIRECTIONS, np.int64)
    for number in range(DIRECTIONS):
        own = _apart(direction, number) <= RING_POOLED
        found = _photo_begins(np.split(colours[own], np.searchsorted(step[own], begins)), most)
        extent[number] = everywhere if found is None else found
    return np.asarray(np.maximum(extent, int(np.percentile(extent, USUAL_PERCENT))))


def _photo_begins(rings: list[_Planes], most: int) -> int | None:
    """How many rings, (N, 3) each, are drawn; None where too little is seen of them."""
    known = next((number for number, ring in enumerate(rings) if len(ring) < FEWEST_OF_RING), len(rings))
    if known <= BESIDE_PX:
        return None
    rings = [ring[:: max(len(ring) // MOST_OF_RING, 1)] for ring in rings[:known]]
    middles = np.array([np.median(ring, axis=0) for ring in rings])
    spreads = np.array(
        [np.median(np.abs(ring - middle).mean(axis=1)) for ring, middle in zip(rings, middles, strict=True)]
    )
    width = 0
    for number in range(min(most, known - BESIDE_PX)):
        beyond = slice(number + 1, number + 1 + BESIDE_PX)
        usual = float(np.median(spreads[beyond])) + RING_FLOOR
        spread_off = abs(spreads[number] + RING_FLOOR - usual) / usual
        step_off = _step(middles[number], middles[beyond])
        chance = SURE / np.sqrt(len(rings[number]) / ALIKE_PX)
        if spread_off > max(RING_SPREAD, chance) or step_off > max(
            RING_STEP, max(RING_STRAY, chance) * usual
        ):
            width = number + 1
        elif number + 1 - width >= GAP_PX:
            break
    return width


def _step(ring: _Planes, beyond: _Planes) -> float:
    """Levels from a ring's colour, (3,), to those beyond it, (N, 3), which may rise or fall evenly."""
    away = np.arange(1, len(beyond) + 1)
    begins = np.polynomial.polynomial.polyfit(away, beyond, 1)[0]
    even, sloping = ring - np.median(beyond, axis=0), ring - begins
    return float(min(np.abs(even).max(), np.abs(sloping).max()))


def _apart(direction: NDArray[np.int32], number: int) -> NDArray[np.int32]:
    """How many directions lie between each of them and this one."""
    return np.asarray(np.abs((direction - number + DIRECTIONS // 2) % DIRECTIONS - DIRECTIONS // 2))


def _outline_and_shadow(extent: NDArray[np.int64], shadow_px: int) -> NDArray[np.int64]:
    """As far as an outline and a shadow can go: one is as wide everywhere, the other lies on one side.

    What is further off on two opposite sides is the edge of a sign, or the next line's.
    """
    usual = int(np.percentile(extent, USUAL_PERCENT))
    most = np.where(np.roll(extent, DIRECTIONS // 2) > usual + GAP_PX, usual + GAP_PX, usual + shadow_px)
    return np.minimum(extent, most)


def ground_round(part: Rgb8, seen: Hole) -> _Planes:
    """(h, w, 3): the picture where it is seen, elsewhere means over ever larger windows of that."""
    weight = seen.astype(np.float32)
    known = part.astype(np.float32) * weight[..., None]
    out = np.zeros_like(known)
    open_ = np.ones(seen.shape, np.bool_)
    sigma = 2.0
    while open_.any() and sigma < 4 * max(seen.shape):
        near, total = (_blurred(it, sigma) for it in (weight, known))
        ready = open_ & (near > 0.04)  # noqa: PLR2004 - fewer known pixels than that are chance
        out[ready] = total[ready] / near[ready][:, None]
        open_ &= ~ready
        sigma *= 1.6
    return out


def _blurred(planes: _Planes, sigma: float) -> _Planes:
    """Blurred; a wide blur has no detail, so it is made in a smaller picture."""
    height, width = planes.shape[:2]
    scale = min(BLUR_PX / sigma, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(planes, size, interpolation=cv2.INTER_AREA) if scale < 1 else planes
    small = cv2.GaussianBlur(small, (0, 0), sigma * scale)
    return np.asarray(cv2.resize(small, (width, height)) if scale < 1 else small, np.float32)


def _ways(bodies: Hole) -> _Ways:
    """From each pixel's nearest letter pixel to it."""
    far = distance_transform(~bodies)
    _, labels = cv2.distanceTransformWithLabels(
        (~bodies).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(bodies)
    at = np.zeros((int(labels.max()) + 1, 2), np.int32)
    at[labels[rows, columns]] = np.stack([rows, columns], axis=1)
    grid = np.indices(bodies.shape, np.int32)
    down, right = grid[0] - at[labels][..., 0], grid[1] - at[labels][..., 1]
    turn = np.arctan2(down, right) / (2 * np.pi) * DIRECTIONS
    direction = np.rint(turn).astype(np.int32) % DIRECTIONS
    return _Ways(np.ceil(far - 0.5).astype(np.int32), direction, np.stack([down, right]), far)


def _slopes(part: Rgb8, ways: _Ways, barred: Hole) -> _Planes:
    """(h, w, 3): how much a pixel differs from the one that lies `LAG_PX` further from the letters.

    NaN where that one is nearer to another letter, or not to be looked at. A photo's own light and shade is
    nearly the same at both, so this sees what the difference from a ground that lies further off does not.
    """
    height, width = barred.shape
    grid = np.indices(barred.shape, np.int32)
    share = LAG_PX / np.maximum(ways.far, 1)
    rows = np.clip(grid[0] + np.rint(ways.offset[0] * share).astype(np.int32), 0, height - 1)
    columns = np.clip(grid[1] + np.rint(ways.offset[1] * share).astype(np.int32), 0, width - 1)
    beyond = (ways.far[rows, columns] > ways.far + LAG_PX - 1) & ~barred[rows, columns]
    planes = part.astype(np.float32)
    return np.where(beyond[..., None], planes - planes[rows, columns], np.float32(np.nan))


def _extent(
    differs: _Planes, slopes: _Planes, ways: _Ways, barred: Hole, seen: Hole, reach_px: int
) -> NDArray[np.int64]:
    """(DIRECTIONS,): how many pixels away from the letters something is drawn."""
    near = (ways.step <= 2 * reach_px) & seen
    far = differs[near] if near.any() else differs[seen]
    usual = np.median(far, axis=0)
    spread = 1.4826 * np.median(np.abs(far - usual), axis=0)
    least = np.maximum(STRAY * spread, FAINTEST)
    use = (ways.step > 0) & (ways.step <= reach_px) & ~barred
    step, direction = ways.step[use], ways.direction[use]
    values = differs[use] - usual
    slope = slopes[use]
    known = ~np.isnan(slope[:, 0])
    slope -= _usual_slopes(slope, step, direction, reach_px)[direction]
    extent = np.zeros(DIRECTIONS, np.int64)
    covered = np.zeros(DIRECTIONS, np.int64)
    open_ = np.ones(DIRECTIONS, np.bool_)
    for away in range(1, reach_px + 1):
        here = step == away
        of_value = _stand_out(values[here], direction[here], least)
        rising = here & known
        of_slope = _stand_out(slope[rising], direction[rising], np.full(3, STEP_FAINTEST))
        covered[open_ & (of_value | of_slope)] = away
        extent[open_ & of_slope] = away
        open_ &= away - covered < GAP_PX
        if not open_.any():
            break
    return extent


def _usual_slopes(
    slope: _Planes, step: NDArray[np.int32], direction: NDArray[np.int32], reach_px: int
) -> _Planes:
    """(DIRECTIONS, 3): what the photo itself does in each direction, where nothing is drawn any more."""
    far = (step > FAR * reach_px) & ~np.isnan(slope[:, 0])
    out = np.zeros((DIRECTIONS, 3), np.float32)
    for number in range(DIRECTIONS):
        own = slope[far & (direction == number)]
        if len(own) >= FEWEST:
            out[number] = np.median(own, axis=0)
    return out


def _stand_out(values: _Planes, direction: NDArray[np.int32], least: NDArray[np.floating[Any]]) -> _Flags:
    """(DIRECTIONS,): whether pixels that are as far from an edge, and look one way, differ together.

    What too few of one direction can say is said by those of all, where those of that direction agree.
    """
    out = np.zeros(DIRECTIONS, np.bool_)
    if len(values) < FEWEST:
        return out
    every = max(len(values) // MOST_OF_RING, 1)
    values, direction = values[::every], direction[::every]
    middle, sure = _middle(values)
    all_stand = (np.abs(middle) > np.maximum(SURE * sure, least)).any()
    for number in range(DIRECTIONS):
        own = values[_apart(direction, number) <= POOLED]
        if len(own) < FEWEST:
            continue
        mine, chance = _middle(own)
        out[number] = (np.abs(mine) > np.maximum(SURE * chance, least)).any()
        if all_stand and not out[number]:
            strongest = int(np.abs(middle).argmax())
            out[number] = mine[strongest] / middle[strongest] > AGREED
    return out


def _middle(values: _Planes) -> tuple[_Planes, _Planes]:
    """The median of the pixels, and how far chance leads it astray."""
    middle = np.median(values, axis=0)
    own = 1.4826 * np.median(np.abs(values - middle), axis=0)
    return middle, 1.25 * own / np.sqrt(max(len(values) / ALIKE_PX, 1.0))


def _smooth(extent: NDArray[np.int64]) -> NDArray[np.int64]:
    """With the neighbours' where they are more: edges look everywhere between two directions."""
    return np.asarray(np.maximum(extent, (np.roll(extent, 1) + np.roll(extent, -1) + 1) // 2))
