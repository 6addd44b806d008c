"""Lifting: caption bars and large translucent letters are taken off where the picture shines through them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cleanplate.compositing.paste import Patch
from cleanplate.pixels.geometry import grow
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Box, Hole, Rgb8
from cleanplate.text.caption_bar import caption_bars
from cleanplate.text.flat_layer import SOFT_PX, edge_of, layer_of
from cleanplate.text.layer_extent import layer_extent
from cleanplate.text.rotated_box import RotatedBox
from cleanplate.text.text_segmentation import LETTERS, segment_lines

WIDE = 3
"""Strokes must be so many times as wide as their soft edge for anything to be lifted inside it."""
LARGE_PX = 48
"""Height of letters from which on more of them is inside than is soft edge."""
WINDOW_PX = 16
"""Seen round what is lifted."""
INSIDE = 0.5
"""Share of a line's rectangle in a bar, for it to be written on that."""


@dataclass(frozen=True, slots=True)
class LiftResult:
    """What was done.

    Attributes:
        patches: the picture under the layers.
        hole: (H, W), what is still to be filled.
        bars, marks: how many of each were lifted.
    """

    patches: list[Patch]
    hole: Hole
    bars: int = 0
    marks: int = 0


def lift_bars(rgb: Rgb8, hole: Hole, editable: Hole, places: Sequence[RotatedBox]) -> LiftResult:
    """Take the bars off that lie under these lines, and find the lines' strokes anew within them.

    Args:
        rgb: (H, W, 3) uint8.
        hole: (H, W), strokes of all that is to go.
        editable: (H, W), where something may be changed.
        places: the lines that are to go.
    """
    hole, patches = hole.copy(), []
    for bar in caption_bars(rgb, places):
        flags = np.zeros_like(hole)
        flags[bar.box.slices] = True
        box = grow(bar.box, WINDOW_PX, rgb.shape[1], rgb.shape[0])
        part = rgb[box.slices]
        clear = np.where(flags[box.slices][..., None], bar.layer.lifted(part), part)
        patches.append(Patch(box, clear, (flags & editable)[box.slices].astype(np.float32)))
        hole[box.slices] &= ~flags[box.slices]
        on_it = [place for place in places if _lies_on(place, bar.box, rgb)]
        for ink in segment_lines(bar.layer.laid(rgb, ~flags), on_it):
            hole[ink.box.slices] |= ink.ink & flags[ink.box.slices]
        hole |= edge_of(flags)
    return LiftResult(patches, hole & editable, bars=len(patches))


def lift_marks(
    rgb: Rgb8, hole: Hole, letters: Hole, editable: Hole, places: Sequence[RotatedBox]
) -> LiftResult:
    """Take large translucent letters off; only their soft edges are filled.

    Args:
        rgb: (H, W, 3) uint8, without the bars.
        letters: (H, W), of all lines that are to go, without what is round them.
        hole, editable, places: as in `lift_bars`.
    """
    hole, patches = hole.copy(), []
    for place in places:
        wide = place.grown(LETTERS * place.height, LETTERS * place.height)
        box = wide.bounds(rgb.shape[1], rgb.shape[0])
        if min(box.width, box.height) <= 0 or LETTERS * place.height < LARGE_PX:
            continue
        here = wide.moved(-box.left, -box.top).inside(Box(0, 0, box.width, box.height))
        flags = letters[box.slices] & here
        inner = ~dilate(~flags, WIDE * SOFT_PX)
        if not inner.any():
            continue
        own = flags & dilate(inner, (WIDE + 1) * SOFT_PX)
        others = dilate(letters[box.slices] & ~own, SOFT_PX)
        part = np.ascontiguousarray(rgb[box.slices])
        layer = layer_of(part, own, others)
        if layer is None:
            continue
        own = layer_extent(part, own, others, layer, LETTERS * place.height) & here
        kept = own & editable[box.slices]
        patches.append(Patch(box, layer.lifted(part), kept.astype(np.float32)))
        hole[box.slices] &= ~here | others
        hole[box.slices] |= edge_of(own)
    return LiftResult(patches, hole & editable, marks=len(patches))


def both(first: LiftResult, second: LiftResult) -> LiftResult:
    """The second was done on what the first had made."""
    return replace(second, patches=[*first.patches, *second.patches], bars=first.bars)


def _lies_on(place: RotatedBox, box: Box, rgb: Rgb8) -> bool:
    bounds = place.bounds(rgb.shape[1], rgb.shape[0])
    width = min(bounds.right, box.right) - max(bounds.left, box.left)
    height = min(bounds.bottom, box.bottom) - max(bounds.top, box.top)
    return min(width, height) > 0 and width * height > INSIDE * bounds.width * bounds.height
