"""From the last size of the pyramid to the picture: sharp, in the tone and the grain of its surroundings."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch.grain import add_grain
from cleanplate.fill.patchmatch.pyramid_level import EVEN_VOTE_POWER, PyramidLevel
from cleanplate.fill.patchmatch.tone_matching import match_tone
from cleanplate.pixels import geometry
from cleanplate.pixels.types import Box, Hole, Rgb8

LAST_VOTE_POWER = 3.0
"""Power of the last vote: the better patches decide, which keeps it sharp."""
BEST_SOURCE_SHARE = 0.8
FINE_DETAIL_SIGMA = 1.0
BEST_SOURCE_FROM_PX = 2.0
"""How much of the finest detail (below this sigma) comes from the best source alone, because a mean has too
little of it; none at the border, all of it two pixels further in."""
FINE_DETAIL_REACH_PX = 4
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
        ring: (h, w), True = known pixel beside the hole that `mean_vote` predicts.
        mean_vote: (h, w, 3), the mean of all patches over a pixel.
        best_source: (h, w, 3), what the best source of each pixel has.
    """

    box: Box
    hole: Hole
    ring: Hole
    mean_vote: Rgb8
    best_source: Rgb8


def cast_votes(level: PyramidLevel, excluded: Hole, *, fast: bool) -> Votes:
    """The last vote of the full size, after which the level is done with. `fast` has no `best_source`."""
    box = geometry.grow(level.window, SURROUNDINGS_PX, excluded.shape[1], excluded.shape[0])
    inner = geometry.translate(level.window, -box.left, -box.top).slices
    hole = np.zeros((box.height, box.width), np.bool_)
    hole[inner] = level.hole
    ring = _ring(hole, excluded[box.slices])
    mean_vote = _vote(level, (hole | ring)[inner], box, FAST_REACH_PX if fast else level.radius_px)
    best_source = mean_vote if fast else _vote(level, level.hole, box, 0)
    return Votes(box, hole, ring, mean_vote, best_source)


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


def _vote(level: PyramidLevel, wanted: Hole, box: Box, reach_px: int) -> Rgb8:
    planes = level.planes.copy()
    if level.stays or not level.voted:
        edge = wanted & _out_of_reach(level, reach_px)
        if edge.any():
            level.vote(LAST_VOTE_POWER if level.stays else EVEN_VOTE_POWER, edge, planes)
    level.vote(LAST_VOTE_POWER, wanted, planes, reach_px)
    return np.ascontiguousarray(planes[box.slices][..., :3])


def _out_of_reach(level: PyramidLevel, reach_px: int) -> Hole:
    """(h, w) of the window, what lies so close to the picture's border that no patch has its centre near."""
    height, width = level.planes.shape[:2]
    edge_px = max(level.radius_px - reach_px, 0)
    inner = geometry.translate(
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
    toned = match_tone(part, votes.mean_vote, hole, votes.ring, options.tone)
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
        above, rows = min(top, FINE_DETAIL_REACH_PX), slice(top, top + BAND_ROWS)
        wide = slice(top - above, top + BAND_ROWS + FINE_DETAIL_REACH_PX)
        gap = cv2.subtract(votes.best_source[wide], votes.mean_vote[wide], dtype=cv2.CV_32F)
        fine = (gap - cv2.GaussianBlur(gap, (0, 0), FINE_DETAIL_SIGMA))[above:][: len(toned[rows])]
        share = np.clip((depth[rows] - 1) / BEST_SOURCE_FROM_PX, 0, 1) * np.float32(BEST_SOURCE_SHARE)
        toned[rows] += fine * share[..., None]  # at the border it would be a seam
