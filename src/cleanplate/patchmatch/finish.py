"""From the last size of the pyramid to the picture: sharp, in the tone and the grain of its surroundings."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging import geometry
from cleanplate.imaging.types import Box, Hole, Rgb8
from cleanplate.patchmatch.grain import add_grain
from cleanplate.patchmatch.level import Level
from cleanplate.patchmatch.manner import Manner
from cleanplate.patchmatch.tone import match_tone

LAST_SAY = 3.0
"""Power of the last vote: the better patches decide, which keeps it sharp."""
CRISP = 0.8
CRISP_SIGMA = 1.0
CRISP_FROM_PX = 2.0
"""How much of the finest detail (below this sigma) comes from the best source alone, because a mean has too
little of it; none at the border, all of it two pixels further in."""
BAND_PX = 3
"""Width of the ring of known pixels on which the fill's own tone is measured."""
SURROUNDINGS_PX = 72
"""How far round the hole grain is measured."""


def finish(level: Level, rgb: Rgb8, barred: Hole, manner: Manner) -> Rgb8:
    """The fill in its picture.

    Args:
        level: the full size, searched.
        rgb: (H, W, 3), the picture.
        barred: (H, W), True = no part of the surroundings.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    box = geometry.grow(level.window, SURROUNDINGS_PX, rgb.shape[1], rgb.shape[0])
    inner = geometry.moved(level.window, -box.left, -box.top).slices
    hole = np.zeros((box.height, box.width), np.bool_)
    hole[inner] = level.hole
    known = ~(hole | barred[box.slices])
    ring = known & (cv2.dilate(hole.view(np.uint8), np.ones((2 * BAND_PX + 1,) * 2, np.uint8)) > 0)
    together = level.planes.copy()
    level.vote(LAST_SAY, (hole | ring)[inner], together)
    made = np.ascontiguousarray(together[box.slices][..., :3])
    toned = match_tone(rgb[box.slices], made, hole, ring, manner.tone)
    out = rgb.copy()
    if manner.fast:
        np.copyto(out[box.slices], np.rint(np.clip(toned, 0, 255)).astype(np.uint8), where=hole[..., None])
        return out
    crisp = toned + _detail(level, made, hole, box)
    out[box.slices] = add_grain(rgb[box.slices], crisp, hole, known, manner.grain, manner.seed)
    return out


def _detail(level: Level, made: Rgb8, hole: Hole, box: Box) -> NDArray[np.float32]:
    """(box.height, box.width, 3): what a pixel's best source has and `made`, a mean of many, has not."""
    alone = level.planes.copy()
    level.vote(LAST_SAY, out=alone, reach_px=0)
    gap = alone[box.slices][..., :3].astype(np.float32) - made
    depth = cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
    share = np.clip((depth - 1) / CRISP_FROM_PX, 0, 1) * CRISP  # at the border it would be a seam
    return np.asarray(share[..., None] * (gap - cv2.GaussianBlur(gap, (0, 0), CRISP_SIGMA)), np.float32)
