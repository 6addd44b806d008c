"""Marks that nobody reads, each in a box or a mask: lifted where the picture shines through, else filled."""

from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.compositing.paste import Patch
from cleanplate.pixels.geometry import grow
from cleanplate.pixels.types import Box, Hole, Pixels
from cleanplate.text.boxed_mark import boxed_mark
from cleanplate.text.watermark import unblend, visible_outline

LARGEST = 0.3
"""Share of the picture that a box round a mark covers at most: a larger one says where to look."""
MOST_LOST = 0.6
"""Share of a mark that may have to be filled all the same; with more nothing is gained by lifting."""
AROUND, AROUND_PX = 0.25, 16
"""Seen round a box: a share of its shorter side, and pixels at least."""
SHOWS = 1.5
"""So many times as rough as its surroundings an edge shows: one picture tells it less well than many."""


@dataclass(frozen=True, slots=True)
class LiftedMarks:
    """What became of the marks.

    Attributes:
        patches: the picture under those that could be lifted.
        hole: (H, W), what is to be filled: of lifted marks what was hidden or still shows, of others all.
        lifted, filled: how many are which.
    """

    patches: list[Patch]
    hole: Hole
    lifted: int
    filled: int


def lift_boxed_marks(pixels: Pixels, where: Hole, editable: Hole) -> LiftedMarks:
    """Compute the marks away whose picture shines through.

    Args:
        where: (H, W), a region round each mark.
        editable: (H, W), True where something may be changed.
    """
    patches, hole, lifted, filled = [], np.zeros_like(where), 0, 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(where.astype(np.uint8))
    for label in range(1, count):
        x, y, width, height, area = (int(number) for number in stats[label])
        if area > LARGEST * where.size:
            continue
        around = max(round(AROUND * min(width, height)), AROUND_PX)
        box = grow(Box(x, y, x + width, y + height), around, pixels.width, pixels.height)
        region = np.asarray(labels[box.slices] == label)
        patch, left = _lift(pixels, box, region, editable[box.slices])
        hole[box.slices] |= left
        if patch is None:
            filled += 1
        else:
            patches.append(patch)
            lifted += 1
    return LiftedMarks(patches, hole & editable, lifted, filled)


def _lift(pixels: Pixels, box: Box, region: Hole, editable: Hole) -> tuple[Patch | None, Hole]:
    rgb = np.ascontiguousarray(pixels.rgb[box.slices])
    found = boxed_mark(rgb, region)
    if found.mark is None:
        return None, found.where
    bare = unblend(rgb, found.mark)
    left = bare.lost | visible_outline(bare.rgb, found.mark, SHOWS) | found.lost
    if np.count_nonzero(left) > MOST_LOST * np.count_nonzero(found.where):
        return None, region
    return Patch(box, bare.rgb, ((found.mark.alpha > 0) & editable).astype(np.float32)), left
