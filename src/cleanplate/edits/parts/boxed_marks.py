"""Marks that nobody reads, each in a box or a mask: lifted where the picture shines through, else filled."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.compositing.paste import Patch
from cleanplate.pixels.geometry import grow
from cleanplate.pixels.types import Box, Hole, Pixels
from cleanplate.text.boxed_mark import boxed_mark
from cleanplate.text.flat_layer import FEWEST
from cleanplate.text.watermark import unblend, visible_outline

LARGEST = 0.3
"""Share of the picture that a box round a mark covers at most: a larger one says where to look."""
MOST_LOST = 0.6
"""Share of a mark that may have to be filled all the same; with more nothing is gained by lifting."""
AROUND, AROUND_PX = 0.25, 16
"""Seen round a box: a share of its shorter side, and pixels at least."""
SHOWS = 1.5
"""So many times as rough as its surroundings an edge shows: one picture tells it less well than many."""
MOST = 16
"""Places that are looked at, the largest first: each takes a second or some."""


@dataclass(frozen=True, slots=True)
class LiftedMarks:
    """What became of the marks.

    Attributes:
        patches: the picture under those that could be lifted.
        hole: (H, W), what is to be filled: of lifted marks what was hidden or still shows, of others all.
        lifted, filled: how many are which.
        unseen: how many of the filled ones nobody has looked at, for there are more than `MOST`.
    """

    patches: list[Patch]
    hole: Hole
    lifted: int
    filled: int
    unseen: int = 0


def lift_boxed_marks(
    pixels: Pixels, where: Hole, editable: Hole, progress: Callable[[float], None]
) -> LiftedMarks:
    """Compute the marks away whose picture shines through.

    Args:
        where: (H, W), a region round each mark; one of fewer than `FEWEST` pixels is filled, for in it no
            layer can be told.
        editable: (H, W), True where something may be changed.
        progress: called with the share done, 0..1.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(where.astype(np.uint8))
    small = [
        label for label in range(1, len(stats)) if stats[label, cv2.CC_STAT_AREA] <= LARGEST * where.size
    ]
    small.sort(key=lambda label: -int(stats[label, cv2.CC_STAT_AREA]))
    told = [label for label in small if stats[label, cv2.CC_STAT_AREA] >= FEWEST]
    seen, unseen = told[:MOST], told[MOST:]
    patches, hole = [], np.isin(labels, [*unseen, *small[len(told) :]])
    for number, label in enumerate(seen):
        progress(number / len(seen))
        x, y, width, height = (int(number) for number in stats[label, :4])
        around = max(round(AROUND * min(width, height)), AROUND_PX)
        box = grow(Box(x, y, x + width, y + height), around, pixels.width, pixels.height)
        region = np.asarray(labels[box.slices] == label)
        patch, left = _lift(pixels, box, region, editable[box.slices])
        hole[box.slices] |= left
        patches += [] if patch is None else [patch]
    return LiftedMarks(patches, hole & editable, len(patches), len(small) - len(patches), len(unseen))


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
