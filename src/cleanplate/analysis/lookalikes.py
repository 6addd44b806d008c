"""Other things in a picture that look like the one which is taken out of it: the second dog, the next boat.

Colours of the thing are held against those of what is round it, after M. Swain, D. Ballard: "Color indexing",
1991 (ratio histograms, projected back). What also lies at the rim goes on there, and is not barred.
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Hole, Rgb8

SIDE_PX = 128
"""Longer side of the picture that is looked at."""
WHOLLY = 0.99
"""Share of a pixel at that size that the hole covers where it covers all of it, but for rounding."""
RING_SHARE = 0.12
"""How far round the thing its ground is looked at, in that side."""
LEAST_RING_PX = 4
LEAST_PX = 30
"""A thing, or a ground, of fewer pixels at that size says nothing."""
FLAT = 4.0
"""Levels that a thing's colours spread at least: a hole that was painted over has none of its own."""
LIGHTNESS_STEP, COLOUR_STEP = 12.5, 8.0
"""Of the histogram, in CIELAB."""
BINS = (9, 25, 25)
NEUTRAL = 100.0
"""What is added to a and b before they are counted."""
NEVER_SEEN = 1e-4
"""Share that a colour has at least of either; one that neither has is no likeness."""
SOFT_SIGMA = 1.2
ALIKE = 0.75
"""Chance that a pixel is of a thing like this one, from which it is taken for that."""
SMALLEST_SHARE = 0.002
"""Of the picture; what is smaller is a speck."""
RIM_PX = 2
RIM_SHARE = 0.08
"""What takes more of the thing's rim lies behind it or beside it, and goes on in the hole."""

_F32: TypeAlias = NDArray[np.float32]


def lookalikes(rgb: Rgb8, hole: Hole) -> Hole:
    """Where something stands that looks like what lies under the hole, and does not reach into it.

    Args:
        rgb: (H, W, 3) uint8 with the thing in it.
        hole: (H, W), True = the thing, or close to it.

    Returns:
        (H, W), True = there; never in the hole. Its outlines are those of a picture of `SIDE_PX`. Nothing is
        found where the thing looks like its ground, where under the hole is nothing but paint, and where it
        is thin.
    """
    height, width = hole.shape
    scale = min(1.0, SIDE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    share = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    inside = cv2.erode((share > WHOLLY).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    covered = np.asarray(share > 1 - WHOLLY, np.bool_)
    ring = thicken(covered, max(LEAST_RING_PX, round(RING_SHARE * max(size)))) & ~covered
    none = np.zeros_like(hole)
    if min(np.count_nonzero(inside), np.count_nonzero(ring)) < LEAST_PX:
        return none
    if small[inside].std(axis=0).max() < FLAT:
        return none
    alike = (_likeness(small, inside, ring) > ALIKE) & ~covered
    closed = cv2.morphologyEx(alike.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    found = _apart(np.asarray(closed, np.uint8), covered)
    if not found.any():
        return none
    large = cv2.resize(found.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(large > 0, np.bool_) & ~hole


def _likeness(small: Rgb8, inside: Hole, ring: Hole) -> _F32:
    """(h, w), 0..1: how much likelier each colour is in the thing than in its ground."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    steps = (lab + np.array([0, NEUTRAL, NEUTRAL])) / (LIGHTNESS_STEP, COLOUR_STEP, COLOUR_STEP)
    places = np.clip(steps.astype(np.intp), 0, np.array(BINS) - 1)
    numbers = np.ravel_multi_index(tuple(np.moveaxis(places, 2, 0)), BINS)
    thing, ground = (_shares(numbers[part]) for part in (inside, ring))
    ratio = (thing / (thing + ground + NEVER_SEEN))[numbers]
    return np.asarray(cv2.GaussianBlur(ratio.astype(np.float32), (0, 0), SOFT_SIGMA), np.float32)


def _shares(numbers: NDArray[np.intp]) -> _F32:
    """Of each colour, in one row; neighbours in the histogram count for each other."""
    flat = np.bincount(numbers, minlength=int(np.prod(BINS)))
    counts: NDArray[np.float64] = flat.reshape(BINS).astype(np.float64)
    for axis in range(counts.ndim):
        framed = np.pad(counts, [(1, 1) if one == axis else (0, 0) for one in range(counts.ndim)])
        before, after = (np.take(framed, np.arange(counts.shape[axis]) + step, axis) for step in (0, 2))
        counts = (before + 2 * counts + after) / 4
    return np.asarray(counts.reshape(-1) / max(len(numbers), 1), np.float32)


def _apart(flags: NDArray[np.uint8], covered: Hole) -> Hole:
    """The connected parts that are large enough, and have little of the rim."""
    rim = thicken(covered, RIM_PX) & ~covered
    count, labels, figures, _ = cv2.connectedComponentsWithStats(flags)
    at_rim = np.bincount(labels[rim], minlength=count)
    kept = figures[:, cv2.CC_STAT_AREA] >= SMALLEST_SHARE * flags.size
    kept &= at_rim <= RIM_SHARE * np.count_nonzero(rim)
    kept[0] = False
    return np.asarray(kept[labels] & ~covered, np.bool_)
