"""Caption bars: the shaded strip that is laid under a caption, so that it can be read over any picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Box, Rgb8
from cleanplate.text.flat_layer import FlatLayer, fit_layer, likeness
from cleanplate.text.rotated_box import RotatedBox

LEVEL_DEG = 2.0
"""A bar, and the writing on it, lies level."""
ROOM = 1.6
"""Heights of a line within which the bar ends, above, below and at its ends."""
APART_PX, FAR_PX = 3, 3
"""From its edge so many pixels to either side are compared: to find it, and to measure the layer."""
DEEP_PX, ALIKE_DEEP = 7, 0.4
"""So far within the picture is still like that without: of a frame only the soft edge is."""
END_PX = 5
"""So near to where its upper and lower edge are no longer to be followed it ends."""
AGREES = 0.6
"""Share of the difference between both sides of one edge that the layer of the other may leave."""
SAME_SIGN = 0.7
"""Share of an edge along which the step goes the same way; the photo has edges of its own."""
STEP = 3.0
"""Levels by which a step may vary along an edge as clear as any."""
CLEAREST = 6.0
"""Levels of the step across an edge at least."""
EDGES, EDGE_PX = 5, 1
"""So many of the clearest edges above and below are tried with each other; nearer ones are the same."""
GAP = 0.8
"""Heights of a line between two lines of one caption at most."""
OVERLAP = 0.2
"""And so much of the shorter must lie over the other."""
INSET = 0.15
"""Heights of the line by which its rectangle is larger than its letters, and may be than the bar."""
FEWEST_ROWS = 4

_Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Across:
    """Pairs of what lies within and without an edge, (N, 3) each; and those with what is further within."""

    near: tuple[_Planes, _Planes]
    deep: tuple[_Planes, _Planes]


@dataclass(frozen=True, slots=True)
class CaptionBar:
    """A bar: where it is, and what it does to the picture."""

    box: Box
    layer: FlatLayer


def caption_bars(rgb: Rgb8, places: Sequence[RotatedBox]) -> list[CaptionBar]:
    """The bars that lie under these lines.

    Args:
        rgb: (H, W, 3) uint8.
        places: the lines' rectangles.
    """
    level = [place for place in places if abs(place.angle_deg) <= LEVEL_DEG]
    bars: list[CaptionBar] = []
    for block in _blocks(level, rgb.shape[1], rgb.shape[0]):
        bar = _bar(rgb, *block)
        if bar is not None:
            bars.append(bar)
    return bars


def _blocks(places: Sequence[RotatedBox], width: int, height: int) -> list[tuple[Box, float]]:
    """Lines that stand over each other, as one box, and the height of a line."""
    blocks: list[tuple[Box, float]] = []
    for place in sorted(places, key=lambda place: place.y):
        box, tall = place.bounds(width, height), place.height
        for number, (other, other_tall) in enumerate(blocks):
            shared = min(box.right, other.right) - max(box.left, other.left)
            near = box.top - other.bottom <= GAP * min(tall, other_tall)
            if near and shared > OVERLAP * min(box.width, other.width):
                joined = Box(
                    min(box.left, other.left),
                    min(box.top, other.top),
                    max(box.right, other.right),
                    max(box.bottom, other.bottom),
                )
                blocks[number] = (joined, max(tall, other_tall))
                break
        else:
            blocks.append((box, tall))
    return blocks


def _bar(rgb: Rgb8, block: Box, tall: float) -> CaptionBar | None:
    """The bar under a block of lines, or None: four edges, or two from side to side of the picture."""
    inset, room = round(INSET * tall), round(ROOM * tall)
    grey = rgb.astype(np.float32)
    columns = slice(block.left, block.right)
    tops = _edges(grey[:, columns], block.top + inset, -room)
    bottoms = _edges(grey[:, columns], block.bottom - inset, room)
    fit = _best_fit(grey, Box(block.left, 0, block.right, len(grey)), tops, bottoms)
    if fit is None:
        return None
    layer, top, bottom = fit
    left, right = _ends(grey, Box(block.left, top, block.right, bottom), layer)
    if left > block.left + inset or right < block.right - inset:
        return None
    box = Box(left, top, right, bottom)
    return CaptionBar(box, fit_layer(*_pairs(grey, box, ends=True)) or layer)


def _best_fit(
    planes: _Planes, columns: Box, tops: Sequence[int], bottoms: Sequence[int]
) -> tuple[FlatLayer, int, int] | None:
    """The layer that one edge shows most clearly and another on the other side agrees with, and their rows.

    A photo may change so much at one of the edges that a layer cannot be measured there.
    """
    sides = [
        [_across(planes, columns, row, inner_below=below) for row in rows]
        for rows, below in ((tops, True), (bottoms, False))
    ]
    best: tuple[FlatLayer, int, int] | None = None
    for top, bottom in product(range(len(tops)), range(len(bottoms))):
        if bottoms[bottom] - tops[top] < FEWEST_ROWS:
            continue
        pair = sides[0][top], sides[1][bottom]
        for here, other in (pair, pair[::-1]):
            layer = fit_layer(*here.near)
            if layer is None or (best is not None and layer.left >= best[0].left):
                continue
            if layer.left_of(*other.near) <= AGREES and likeness(*here.deep) >= ALIKE_DEEP:
                best = layer, tops[top], bottoms[bottom]
    return best


def _across(planes: _Planes, columns: Box, row: int, *, inner_below: bool) -> _Across:
    """What lies within and without at a row, a pair a column."""
    across = slice(columns.left, columns.right)
    above, below, further = (
        planes[max(start, 0) : max(stop, 1), across].mean(axis=0)
        for start, stop in (
            (row - FAR_PX, row - 1),
            (row + 1, row + FAR_PX),
            (row + FAR_PX, row + DEEP_PX) if inner_below else (row - DEEP_PX, row - FAR_PX),
        )
    )
    inner, outer = (below, above) if inner_below else (above, below)
    return _Across((inner, outer), (further, outer))


def _ends(planes: _Planes, box: Box, layer: FlatLayer) -> tuple[int, int]:
    """Left and right end of the bar: as far as its upper and lower edge can be followed."""
    width = planes.shape[1]
    inner, outer = _pairs(planes, Box(0, box.top, width, box.bottom), ends=False)
    rows = max(len(inner) // (width - 2 * FAR_PX), 1)
    with_it = np.abs(inner - layer.through * outer - layer.added).max(axis=1)
    without = np.abs(inner - outer).max(axis=1)
    speaks = (without - with_it).reshape(rows, -1).sum(axis=0)
    running = np.concatenate([[0.0], np.cumsum(speaks)])
    start, stop = box.left + (box.width // 4) - FAR_PX, box.right - (box.width // 4) - FAR_PX
    left = int(np.argmin(running[: max(start, 1)]))
    right = int(np.argmax(running[min(stop, len(speaks) - 1) :])) + min(stop, len(speaks) - 1)
    at_left = 0 if left == 0 else _sharpest(planes, box, left + FAR_PX)
    at_right = width if right >= len(speaks) else _sharpest(planes, box, right + FAR_PX)
    return at_left, at_right


def _sharpest(planes: _Planes, box: Box, column: int) -> int:
    """The column near this one at which the bar's inside changes most."""
    part = planes[box.top + 2 : box.bottom - 2, max(column - END_PX, 1) - 1 : column + END_PX]
    steps = np.abs(np.diff(part, axis=1)).mean(axis=(0, 2))
    return max(column - END_PX, 1) + int(steps.argmax())


def _edges(planes: _Planes, start: int, reach: int) -> list[int]:
    """Rows at which the picture changes all along, going from `start` by at most `reach`; the clearest first.

    Returns:
        Of each the first row that lies beyond it, on the way down.
    """
    rows = range(max(start + min(reach, 0), APART_PX), min(start + max(reach, 0), len(planes) - APART_PX) + 1)
    clear: list[tuple[float, int]] = []
    for row in rows:
        above = planes[row - APART_PX : row - 1].mean(axis=0)
        below = planes[row + 1 : row + APART_PX].mean(axis=0)
        step = below - above
        middle = np.median(step, axis=0)
        strongest = int(np.abs(middle).argmax())
        varies = 1.4826 * float(np.median(np.abs(step[:, strongest] - middle[strongest])))
        same = float(np.mean(np.sign(step[:, strongest]) == np.sign(middle[strongest])))
        if abs(float(middle[strongest])) >= CLEAREST and same >= SAME_SIGN:
            clear.append((abs(float(middle[strongest])) / (varies + STEP), row))
    found: list[int] = []
    for _, row in sorted(clear, reverse=True):
        if all(abs(row - other) > EDGE_PX for other in found):
            found.append(row)
    return found[:EDGES]


def _pairs(planes: _Planes, box: Box, *, ends: bool) -> tuple[_Planes, _Planes]:
    """(N, 3) each: what lies just within and just without the bar's edges, of several pixels each.

    Args:
        ends: also at its left and right end; otherwise the upper edge, then the lower one, a pair a column.
    """
    height, width = planes.shape[:2]
    inner, outer = [], []
    columns = slice(box.left + FAR_PX, box.right - FAR_PX)
    rows = slice(box.top + FAR_PX, box.bottom - FAR_PX)
    if box.top >= FAR_PX:
        outer.append(planes[box.top - FAR_PX : box.top - 1, columns].mean(axis=0))
        inner.append(planes[box.top + 1 : box.top + FAR_PX, columns].mean(axis=0))
    if box.bottom <= height - FAR_PX:
        outer.append(planes[box.bottom + 1 : box.bottom + FAR_PX, columns].mean(axis=0))
        inner.append(planes[box.bottom - FAR_PX : box.bottom - 1, columns].mean(axis=0))
    if ends and box.left >= FAR_PX:
        outer.append(planes[rows, box.left - FAR_PX : box.left - 1].mean(axis=1))
        inner.append(planes[rows, box.left + 1 : box.left + FAR_PX].mean(axis=1))
    if ends and box.right <= width - FAR_PX:
        outer.append(planes[rows, box.right + 1 : box.right + FAR_PX].mean(axis=1))
        inner.append(planes[rows, box.right - FAR_PX : box.right - 1].mean(axis=1))
    return np.concatenate(inner), np.concatenate(outer)
