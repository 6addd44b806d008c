"""Boxes: where the holes lie, and how much round them an engine should see."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Box, Hole

MIN_CONTEXT_PX = 64
"""Known pixels round a small hole; a large one gets half its own side."""
CELL_PX = 8
"""Side of one cell of the coarse map on which holes are grouped."""

_Boxes = NDArray[np.int64]
"""(N, 4): left, top, right, bottom, half-open, in pixels."""


def bounds(hole: Hole) -> Box | None:
    """The tight box round every True pixel, or None when there is none."""
    left, top, width, height = cv2.boundingRect(hole.view(np.uint8)) if hole.size else (0, 0, 0, 0)
    return Box(left, top, left + width, top + height) if width else None


def grow(box: Box, margin_px: int, width: int, height: int) -> Box:
    """`box` with `margin_px` more on every side, cut off at a `width` x `height` picture."""
    return Box(
        max(box.left - margin_px, 0),
        max(box.top - margin_px, 0),
        min(box.right + margin_px, width),
        min(box.bottom + margin_px, height),
    )


def at_least(box: Box, side_px: int, width: int, height: int) -> Box:
    """`box` with both sides grown to `side_px`, or as far as the `width` x `height` picture goes; round its
    middle where the edges leave room."""
    left, right = _widen(box.left, box.right, side_px, width)
    top, bottom = _widen(box.top, box.bottom, side_px, height)
    return Box(left, top, right, bottom)


def _widen(first: int, last: int, side_px: int, length: int) -> tuple[int, int]:
    side_px = min(max(side_px, last - first), length)
    start = min(max(first - (side_px - (last - first)) // 2, 0), length - side_px)
    return start, start + side_px


def translate(box: Box, right_px: int, down_px: int) -> Box:
    """The same size at another place."""
    return Box(box.left + right_px, box.top + down_px, box.right + right_px, box.bottom + down_px)


def clip(box: Box, width: int, height: int) -> Box:
    """The part of `box` inside a `width` x `height` picture; of no area when there is none."""
    left, right = (min(max(edge, 0), width) for edge in (box.left, box.right))
    top, bottom = (min(max(edge, 0), height) for edge in (box.top, box.bottom))
    return Box(left, top, right, bottom)


def regions(hole: Hole, margin_px: int = 0) -> list[Box]:
    """One crop for each group of holes, with context; the crops don't overlap.

    A crop holds its holes, `margin_px` round them (what growing and softening will touch), and context on
    every side: half the longer side of all that, at least `MIN_CONTEXT_PX`. Holes whose crops meet are
    one group. Holes are told apart on a map of `CELL_PX` cells, so a mask of a million specks costs the
    same as one of ten.

    Args:
        hole: (H, W), True = make this pixel.
        margin_px: how far beyond the hole pixels will change.

    Returns:
        Boxes from top to bottom; none when the hole is empty.
    """
    size = (hole.shape[1], hole.shape[0])
    boxes = _holes(hole)
    while len(boxes):
        merged = _merge(boxes, _crops(boxes, margin_px, size), size)
        if len(merged) == len(boxes):
            break
        boxes = merged
    tight = np.array([_tighten(hole, box) for box in boxes], np.int64).reshape(-1, 4)
    crops = [Box(*(int(edge) for edge in crop)) for crop in _crops(tight, margin_px, size)]
    return sorted(crops, key=lambda box: (box.top, box.left))


def _holes(hole: Hole) -> _Boxes:
    """One box for each set of touching cells that hold a True pixel, rounded out to whole cells."""
    bottom, right = (-side % CELL_PX for side in hole.shape)
    flags = cv2.copyMakeBorder(hole.view(np.uint8), 0, bottom, 0, right, cv2.BORDER_CONSTANT)
    cells = flags.reshape(flags.shape[0], -1, CELL_PX).view(np.uint64)[..., 0]  # eight flags in one number
    cells = (cells.reshape(-1, CELL_PX, cells.shape[1]).max(axis=1) > 0).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(cells, connectivity=8)
    found = stats[1:].astype(np.int64)  # the first is the background
    left, top = found[:, cv2.CC_STAT_LEFT], found[:, cv2.CC_STAT_TOP]
    right, bottom = left + found[:, cv2.CC_STAT_WIDTH], top + found[:, cv2.CC_STAT_HEIGHT]
    return np.stack([left, top, right, bottom], axis=1) * CELL_PX


def _crops(boxes: _Boxes, margin_px: int, size: tuple[int, int]) -> _Boxes:
    """Each box with margin and context, cut off at the picture. `size` is (width, height)."""
    sides = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) + 2 * margin_px
    margins = (margin_px + np.maximum(sides // 2, MIN_CONTEXT_PX))[:, None]
    grown = np.concatenate([boxes[:, :2] - margins, boxes[:, 2:] + margins], axis=1)
    clipped: _Boxes = np.clip(grown, 0, np.array([*size, *size]))
    return clipped


def _merge(boxes: _Boxes, crops: _Boxes, size: tuple[int, int]) -> _Boxes:
    """Unite the boxes whose crops meet. Every crop is painted on the coarse map at once, by its corners."""
    width, height = (-(-side // CELL_PX) for side in size)
    left, top = crops[:, 0] // CELL_PX, crops[:, 1] // CELL_PX
    right, bottom = -(-crops[:, 2] // CELL_PX), -(-crops[:, 3] // CELL_PX)
    edges = np.zeros((height + 1, width + 1), np.int32)
    for rows, columns, sign in ((top, left, 1), (bottom, right, 1), (top, right, -1), (bottom, left, -1)):
        np.add.at(edges, (rows, columns), sign)
    covered = edges.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
    count, labels = cv2.connectedComponents(covered.view(np.uint8), connectivity=4)
    group = cast(NDArray[np.int32], labels)[top, left]
    merged = np.empty((count, 4), np.int64)
    merged[:, :2], merged[:, 2:] = max(size), 0
    np.minimum.at(merged[:, :2], group, boxes[:, :2])
    np.maximum.at(merged[:, 2:], group, boxes[:, 2:])
    return merged[1:]


def _tighten(hole: Hole, box: NDArray[np.int64]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (int(edge) for edge in box)
    inner = bounds(hole[top:bottom, left:right])
    if inner is None:
        raise AssertionError("a group without a hole")
    return left + inner.left, top + inner.top, left + inner.right, top + inner.bottom
