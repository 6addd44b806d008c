"""From the last size of the pyramid to the picture: sharp, in the tone and the grain of its surroundings."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch.grain import add_grain
from cleanplate.fill.patchmatch.pyramid_level import Level
from cleanplate.fill.patchmatch.tone_matching import match_tone
from cleanplate.pixels import geometry
from cleanplate.pixels.types import Box, Hole, Rgb8

LAST_SAY = 3.0
"""Power of the last vote: the better patches decide, which keeps it sharp."""
CRISP = 0.8
CRISP_SIGMA = 1.0
CRISP_FROM_PX = 2.0
"""How much of the finest detail (below this sigma) comes from the best source alone, because a mean has too
little of it; none at the border, all of it two pixels further in."""
CRISP_REACH_PX = 4
"""How far a blur of that sigma looks."""
BAND_ROWS = 128
"""So many rows are worked on at once: floats of a whole picture are four times as large as it is."""
FAST_REACH_PX = 2
"""How far from its centre a patch has a say where there is no time."""
BAND_PX = 3
"""Width of the ring of known pixels on which the fill's own tone is measured."""
SURROUNDINGS_PX = 72
"""How far round the hole grain is measured."""


@dataclass(frozen=True, slots=True)
class Votes:
    """What the patches say at full size, in a part of the picture round the hole.

    Attributes:
        box: that part.
        hole: (h, w) of it, True = made pixel.
        ring: (h, w), True = known pixel beside the hole that `together` predicts.
        together: (h, w, 3), the mean of all patches over a pixel.
        alone: (h, w, 3), what the best source of each pixel has.
    """

    box: Box
    hole: Hole
    ring: Hole
    together: Rgb8
    alone: Rgb8


def cast_votes(level: Level, excluded: Hole, *, fast: bool) -> Votes:
    """The last vote of the full size; nothing else of the level is needed any more. `fast` has no `alone`."""
    box = geometry.grow(level.window, SURROUNDINGS_PX, excluded.shape[1], excluded.shape[0])
    inner = geometry.moved(level.window, -box.left, -box.top).slices
    hole = np.zeros((box.height, box.width), np.bool_)
    hole[inner] = level.hole
    ring = _ring(hole, excluded[box.slices])
    together = _voted(level, (hole | ring)[inner], box, FAST_REACH_PX if fast else level.radius_px)
    alone = together if fast else _voted(level, level.hole, box, 0)
    return Votes(box, hole, ring, together, alone)


def votes_of(made: Rgb8, hole: Hole, excluded: Hole) -> Votes:
    """What somebody else made, sharp, who also predicts the known pixels beside the hole.

    Args:
        made: (H, W, 3), read in the hole and `BAND_PX` round it.
        hole, excluded: (H, W); at least one pixel is a hole.
    """
    tight = geometry.bounds(hole)
    if tight is None:
        raise AssertionError("there is no hole")
    box = geometry.grow(tight, SURROUNDINGS_PX, hole.shape[1], hole.shape[0])
    inside, colours = np.ascontiguousarray(hole[box.slices]), np.ascontiguousarray(made[box.slices])
    return Votes(box, inside, _ring(inside, excluded[box.slices]), colours, colours)


def _ring(hole: Hole, excluded: Hole) -> Hole:
    """(h, w), the known pixels within `BAND_PX` of the hole."""
    near = cv2.dilate(hole.view(np.uint8), np.ones((2 * BAND_PX + 1,) * 2, np.uint8)) > 0
    return np.asarray(near & ~hole & ~excluded, np.bool_)


def _voted(level: Level, wanted: Hole, box: Box, reach_px: int) -> Rgb8:
    planes = level.planes.copy()
    if level.stays:  # then nothing has been voted for yet
        level.vote(LAST_SAY, wanted & _out_of_reach(level, reach_px), planes)
    level.vote(LAST_SAY, wanted, planes, reach_px)
    return np.ascontiguousarray(planes[box.slices][..., :3])


def _out_of_reach(level: Level, reach_px: int) -> Hole:
    """(h, w) of the window, what lies so close to the picture's border that no patch has its centre near."""
    height, width = level.planes.shape[:2]
    edge_px = max(level.radius_px - reach_px, 0)
    inner = geometry.moved(
        Box(edge_px, edge_px, width - edge_px, height - edge_px), -level.window.left, -level.window.top
    )
    flags = np.ones(level.hole.shape, np.bool_)
    flags[max(inner.top, 0) : inner.bottom, max(inner.left, 0) : inner.right] = False
    return flags


def finish(votes: Votes, rgb: Rgb8, excluded: Hole, options: FillOptions) -> Rgb8:
    """The fill in its picture.

    Args:
        votes: of the full size.
        rgb: (H, W, 3), the picture.
        excluded: (H, W), True = no part of the surroundings.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    hole, part = votes.hole, rgb[votes.box.slices]
    toned = match_tone(part, votes.together, hole, votes.ring, options.tone)
    out = rgb.copy()
    if options.fast:
        rounded = cv2.add(toned, np.zeros(4), dtype=cv2.CV_8U)  # the nearest level of 0..255
        cv2.copyTo(rounded, hole.view(np.uint8), out[votes.box.slices])
        return out
    _sharpen(toned, votes)
    known = ~(hole | excluded[votes.box.slices])
    out[votes.box.slices] = add_grain(part, toned, hole, known, options.grain, options.seed)
    return out


def _sharpen(toned: NDArray[np.float32], votes: Votes) -> None:
    """Add the fine detail that each pixel's best source has and a mean of many has not. In place."""
    depth = cv2.distanceTransform(votes.hole.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
    for top in range(0, len(toned), BAND_ROWS):
        above, rows = min(top, CRISP_REACH_PX), slice(top, top + BAND_ROWS)
        wide = slice(top - above, top + BAND_ROWS + CRISP_REACH_PX)
        gap = cv2.subtract(votes.alone[wide], votes.together[wide], dtype=cv2.CV_32F)
        fine = (gap - cv2.GaussianBlur(gap, (0, 0), CRISP_SIGMA))[above:][: len(toned[rows])]
        share = np.clip((depth[rows] - 1) / CRISP_FROM_PX, 0, 1) * np.float32(CRISP)
        toned[rows] += fine * share[..., None]  # at the border it would be a seam
