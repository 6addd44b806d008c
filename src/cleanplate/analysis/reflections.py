"""The reflection of a thing: itself upside down below its foot, dimmed, over the ground or the water."""

from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.analysis.surroundings import Planes, Surroundings, known_mean
from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Alpha, Hole

ABOVE, BELOW = 0.06, 0.1
"""Where the mirror may lie round the thing's lowest row, in its heights."""
LEAST_ROWS = 0.25
"""Of a reflection must be in the picture, in heights of the thing."""
RIM = 0.12
"""So much round the reflection is looked at too, in the thing's longer side: it ends where the thing does."""
SOFT_PX = 1.5
"""What is compared is blurred by this: waves and rough floors."""
FAINTEST, STRONGEST = 0.12, 0.95
"""Share of its light that a mirror returns at the thing's foot: what returns all is more of the thing."""
EXPLAINED = 0.45
"""Share of what differs from the ground below the thing that its reflection accounts for."""
EXPLAINED_DETAIL = 0.15
"""The same on coarse ground, where the detail agrees."""
CLEARLY = 0.08
"""By so much more than the thing upside down a little to the side, or lower."""
TURNED = 0.04
"""And than the right way up: a mast of which only the upper part is meant goes on, as it is."""
WHOLE = 0.75
"""From this share on a thing that is the same upside down may be reflected, if its far end is seen."""
ALIKE, SAME = 0.45, 0.6
"""Correlation of the detail of the two; and such as leaves no doubt."""
PLAIN = 2.0
"""Levels: what varies less has no detail."""
VISIBLE = 0.06
"""Share of the thing's light below which a reflection has faded."""
ELSEWHERE = ((0.25, 0.0), (-0.25, 0.0), (0.0, 0.25), (0.0, 0.4))
"""Where the reflection is not: to the right and down, in the thing's longer side."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reflection may be: (h, w[, 3]).

    Attributes:
        zone: what is looked at.
        seen: the picture without the thing, blurred.
        under: what the picture would be there without a reflection, from beside it.
        colours: the thing's, carried on over its edge.
    """

    zone: Hole
    seen: Planes
    under: Planes
    colours: Planes


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a placed copy of the thing explains what is seen.

    Attributes:
        explained: share of the variance, at most 1.
        strength: share of the thing's light at its foot.
        fading: what is added to that one height of the thing further down.
        axis: row of the mirror.
        copy: (h, w) how much of a pixel is the copy.
        colours: (h, w, 3) of the copy.
    """

    explained: float
    strength: float
    fading: float
    axis: int
    copy: Alpha
    colours: Planes


def find_reflection(scene: Surroundings) -> Hole:
    """Where the thing is reflected below itself.

    Returns:
        (h, w) of the window: True = reflection. None is True where the picture does not say so clearly.
    """
    none = np.zeros_like(scene.thing)
    place = _place(scene)
    if place is None:
        return none
    height = scene.box.height
    lowest = scene.box.bottom - 1
    axes = range(lowest - int(ABOVE * height), lowest + int(BELOW * height) + 1)
    best = max((_fit(scene, place, axis) for axis in axes), key=lambda fit: fit.explained)
    if not _is_clear(scene, place, best):
        return none
    strength = best.strength + best.fading * _depth(scene, best.axis)
    found = np.asarray((best.copy > 0.3) & (strength > VISIBLE))  # noqa: PLR2004 - its soft edge too
    found[: lowest - 1] = False
    return found


def _place(scene: Surroundings) -> _Place | None:
    """None where there is no room for one, or no foot."""
    lowest = scene.box.bottom - 1
    rows = scene.thing.shape[0] - lowest - 2
    if not scene.foot.any() or rows < LEAST_ROWS * scene.box.height:
        return None
    thing = scene.thing.astype(np.float32)
    mirrored = np.asarray(_moved(thing, _mirror(lowest)) > 0.5)  # noqa: PLR2004 - half of it
    wide = thicken(mirrored, max(1, round(RIM * scene.side)))
    zone = wide & ~thicken(scene.thing, max(2, round(0.015 * scene.side)))
    zone[: lowest - int(0.05 * scene.box.height)] = False
    beside = ~wide & ~thicken(scene.thing, 3)
    beside[:lowest] = False
    if min(np.count_nonzero(zone), np.count_nonzero(beside)) < 50:  # noqa: PLR2004 - too few to say anything
        return None
    planes = scene.rgb.astype(np.float32)
    return _Place(
        zone,
        known_mean(planes, ~thicken(scene.thing, 2), SOFT_PX),
        known_mean(planes, beside, RIM * scene.side + 2),
        known_mean(planes, thing, 1.0),
    )


def _mirror(axis: int, right: float = 0, down: float = 0) -> Planes:
    """Upside down below the row `axis`, moved by so much."""
    return np.array([[1, 0, right], [0, -1, 2 * axis + 1 + down]], np.float32)


def _moved(planes: Planes, motion: Planes) -> Planes:
    size = (planes.shape[1], planes.shape[0])
    # a colour is carried on beyond the frame, the thing is not
    border = cv2.BORDER_REPLICATE if planes.ndim > 2 else cv2.BORDER_CONSTANT  # noqa: PLR2004 - (h, w, 3)
    return np.asarray(cv2.warpAffine(planes, motion, size, borderMode=border), np.float32)


def _depth(scene: Surroundings, axis: int) -> Planes:
    """(h, w): rows below the mirror, in heights of the thing."""
    rows = np.arange(scene.thing.shape[0], dtype=np.float32)
    depth = np.clip((rows - axis) / scene.box.height, 0, 1.2)
    return np.repeat(depth[:, None], scene.thing.shape[1], axis=1)


def _fit(scene: Surroundings, place: _Place, axis: int, motion: Planes | None = None) -> _Fit:
    """The share of a mirrored copy, and how it fades, by least squares.

    Args:
        motion: where the copy lies instead.
    """
    motion = _mirror(axis) if motion is None else motion
    copy = cv2.GaussianBlur(_moved(scene.thing.astype(np.float32), motion), (0, 0), SOFT_PX)
    colours = cv2.GaussianBlur(_moved(place.colours, motion), (0, 0), SOFT_PX)
    zone = place.zone
    seen = (place.seen - place.under)[zone]
    made = copy[zone][:, None] * (colours - place.under)[zone]
    parts = np.stack([made.ravel(), (made * _depth(scene, axis)[zone][:, None]).ravel()], axis=1)
    square = parts.T @ parts + np.eye(2, dtype=np.float32)
    share = np.linalg.solve(square, parts.T @ seen.ravel())
    left = float(np.square(seen.ravel() - parts @ share).sum())
    explained = 1 - left / (float(np.square(seen).sum()) + 1)
    return _Fit(
        explained, float(share[0]), float(share[1]), axis, np.asarray(copy), np.asarray(colours, np.float32)
    )


def _is_clear(scene: Surroundings, place: _Place, fit: _Fit) -> bool:
    """Whether the copy explains what is seen, and no copy elsewhere or the right way up does as well."""
    if not FAINTEST <= fit.strength <= STRONGEST:
        return False
    detail = _detail(place, fit)
    if fit.explained < (EXPLAINED_DETAIL if detail >= SAME else EXPLAINED):
        return False
    side, height = scene.side, scene.box.height
    moved = [_mirror(fit.axis, right * side, down * height) for right, down in ELSEWHERE]
    if fit.explained < CLEARLY + max(_fit(scene, place, fit.axis, one).explained for one in moved):
        return False
    far_end = fit.axis + 0.9 * height < scene.thing.shape[0]
    whole = fit.explained >= WHOLE and far_end
    down = np.array([[1, 0, 0], [0, 1, fit.axis + 1 - scene.box.top]], np.float32)
    upright = _fit(scene, place, fit.axis, down).explained
    return whole or (detail >= ALIKE and fit.explained >= upright + TURNED)


def _detail(place: _Place, fit: _Fit) -> float:
    """Correlation of what varies within the copy, -1..1; 0 where nothing does."""
    inside = np.asarray(place.zone & (fit.copy > 0.5))  # noqa: PLR2004 - half of it
    if np.count_nonzero(inside) < 20:  # noqa: PLR2004 - too few to say anything
        return 0.0
    copy = (fit.colours - known_mean(fit.colours, inside, 8))[inside].ravel()
    seen = (place.seen - known_mean(place.seen, inside, 8))[inside].ravel()
    if copy.std() < PLAIN or seen.std() < PLAIN / 4:
        return 0.0
    return float(np.corrcoef(copy, seen)[0, 1])
