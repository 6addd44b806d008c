"""Caption bars: the shaded strip that is laid under a caption, so that it can be read over any picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Box, Rgb8
from cleanplate.text.flat_layer import FlatLayer, fit_layer
from cleanplate.text.rotated_box import RotatedBox

LEVEL_DEG = 2.0
"""A bar, and the writing on it, lies level."""
ROOM = 1.6
"""Heights of a line within which the bar ends, above, below and at its ends."""
APART_PX, FAR_PX = 3, 5
"""From its edge so many pixels to either side are compared: to find it, and to measure the layer."""
SAME_SIGN = 0.85
"""Share of an edge along which the step goes the same way."""
STEP = 3.0
"""A row is an edge when the step across it is so many times as large as it varies along it, or"""
CLEAREST = 6.0
"""so many levels."""
GAP = 0.8
"""Heights of a line between two lines of one caption at most."""
OVERLAP = 0.2
"""And so much of the shorter must lie over the other."""
INSET = 0.15
"""Heights of the line by which its rectangle is larger than its letters, and may be than the bar."""
FEWEST_ROWS = 4

_Planes = NDArray[np.float32]


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
    top = _edge(grey[:, columns], block.top + inset, -room)
    bottom = _edge(grey[:, columns], block.bottom - inset, room)
    if top is None or bottom is None or bottom - top < FEWEST_ROWS:
        return None
    layer = fit_layer(*_pairs(grey, Box(block.left, top, block.right, bottom), ends=False))
    if layer is None:
        return None
    left, right = _ends(grey, Box(block.left, top, block.right, bottom), layer)
    if left > block.left + inset or right < block.right - inset:
        return None
    box = Box(left, top, right, bottom)
    layer = fit_layer(*_pairs(grey, box, ends=True))
    return None if layer is None else CaptionBar(box, layer)


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
    part = planes[box.top + 2 : box.bottom - 2, max(column - FAR_PX, 1) - 1 : column + FAR_PX]
    steps = np.abs(np.diff(part, axis=1)).mean(axis=(0, 2))
    return max(column - FAR_PX, 1) + int(steps.argmax())


def _edge(planes: _Planes, start: int, reach: int) -> int | None:
    """The row at which the picture changes all along, going from `start` by at most `reach` rows.

    Returns:
        The first row that lies beyond it, on the way down; None without any such row.
    """
    rows = range(max(start + min(reach, 0), APART_PX), min(start + max(reach, 0), len(planes) - APART_PX) + 1)
    best, found = 0.0, None
    for row in rows:
        above = planes[row - APART_PX : row - 1].mean(axis=0)
        below = planes[row + 1 : row + APART_PX].mean(axis=0)
        step = below - above
        middle = np.median(step, axis=0)
        strongest = int(np.abs(middle).argmax())
        varies = 1.4826 * float(np.median(np.abs(step[:, strongest] - middle[strongest])))
        clear = abs(float(middle[strongest]))
        same = float(np.mean(np.sign(step[:, strongest]) == np.sign(middle[strongest])))
        if clear >= CLEAREST and same >= SAME_SIGN and clear / (varies + STEP) > best:
            best, found = clear / (varies + STEP), row
    return found


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
