"""Enclosed grounds: the inside of a bubble, a box or a label, whose line or edge letters touch.

Where letters and the line round them are of one colour, and the picture beyond it is dark too, nothing in
those pixels says where the letters end. But the inside is of one colour and mostly convex: what is missing of
its hull are letters, and what lies beyond its hull is the line and the picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Rgb8

NEAR_PX = 3, 6
"""The ground is looked at so far from the letters: beyond their soft edges."""
PLAIN, PLAIN_SHARE = 28.0, 0.75
"""Levels from the usual colour there, and share of the pixels, for a ground to be of one colour."""
SMALLEST_PX = 12
"""Pixels that a part of the ground has at least: between a letter and the line there are few."""
STRANGE = 0.02
"""Share of the hull that may be something else than the ground and what lies in the line's rectangle."""
LONG = 1.4
"""Heights of the letters that a line is longer than, to be no letter."""
WITHIN = 0.75
"""Share of the letters that lies within the hull: what was taken for them may reach over the line."""
SOFT_PX = 2
"""Soft edges of letters and lines are this wide."""


@dataclass(frozen=True, slots=True)
class EnclosedGround:
    """The ground of a line; arrays are (h, w) of the window.

    Attributes:
        hull: the ground and all that stands on it; what bounds it is outside.
        strokes: what stands on it in the line's rectangle.
    """

    hull: Hole
    strokes: Hole


def enclosed_ground(
    part: Rgb8, letters: Hole, inside: Hole, other_letters: Hole, passing: Hole, letters_px: float
) -> EnclosedGround | None:
    """Where the plain ground is that the letters stand on, with what stands on it.

    Args:
        part: (h, w, 3) uint8.
        letters: (h, w), those that were told from their ground; of some a part may be missing.
        inside: (h, w), the line's rectangle, in which they lie.
        other_letters: (h, w), those of other lines.
        passing: (h, w), lines of the letters' colour that are none.
        letters_px: height of the letters.

    Returns:
        None where the ground is not of one colour or not convex, and where a line passes through it.
    """
    near, far = (dilate(letters, away) for away in NEAR_PX)
    ring = far & ~near & inside & ~other_letters
    if not ring.any():
        return None
    colours = part[ring].astype(np.float32)
    off = np.abs(part - np.median(colours, axis=0)).max(axis=2)
    if float(np.mean(off[ring] <= PLAIN)) < PLAIN_SHARE:
        return None
    ground = _parts_at(np.asarray(off <= PLAIN), far & inside)
    if not ground.any():
        return None
    hull = _hull(ground)
    core = ~dilate(~hull, SOFT_PX)
    known = ground | dilate(inside | other_letters, SOFT_PX)
    if np.count_nonzero(core & ~known) > STRANGE * np.count_nonzero(hull) or _is_crossed(
        core & passing, ~known, letters_px
    ):
        return None
    if np.count_nonzero(letters & hull) < WITHIN * np.count_nonzero(letters):
        return None
    return EnclosedGround(hull, np.asarray(hull & inside & (off > PLAIN)))


def _is_crossed(lines: Hole, outside: Hole, letters_px: float) -> bool:
    """Whether a line goes on outside that is longer than a letter, which a detector may miss."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lines.astype(np.uint8), connectivity=8)
    sides = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    going_on = np.bincount(labels[outside], minlength=count) > 0
    return bool((going_on & (sides > LONG * letters_px))[1:].any())


def _parts_at(ground: Hole, near: Hole) -> Hole:
    """The connected parts that reach the letters, without specks."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ground.astype(np.uint8), connectivity=4)
    kept = np.bincount(labels[near], minlength=count) > 0
    kept[0] = False
    return np.asarray((kept & (stats[:, cv2.CC_STAT_AREA] >= SMALLEST_PX))[labels])


def _hull(flags: Hole) -> Hole:
    """(h, w): the convex hull."""
    rows, columns = np.nonzero(flags)
    points = cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))
    return np.asarray(cv2.fillConvexPoly(np.zeros(flags.shape, np.uint8), points, 1) > 0)
