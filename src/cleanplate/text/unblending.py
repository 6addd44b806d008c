"""Unblending: repeated translucent marks are taken off, not filled, where the photo shines through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from cleanplate.compositing.paste import Patch
from cleanplate.pixels.geometry import clip, grow
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Box, Hole, Rgb8
from cleanplate.text.deskew import DeskewedPicture, deskew
from cleanplate.text.repeated_patterns import find_copies, mark_likeness, register_copies, relief, shared_ink
from cleanplate.text.rotated_box import RotatedBox, box_of_corners
from cleanplate.text.watermark import FEWEST, Mark, estimate, outline, unblend

SAME = 0.6
"""Share of signs that two readings of one mark have in common."""
SAME_DEG = 12.0
"""And in direction."""
SAME_SIZE = 0.35
"""Their letters differ in size at most by this share."""
READ = 3
"""Copies that must have been read; others are found by their looks."""
USUAL = 50
"""Per cent of the boxes of a mark that are not larger than the one it is cut out by."""
MARGIN = 0.3
"""Seen round a mark, in shares of its box's shorter side."""
LEFT = 0.5
"""Of what showed of a mark at most so much may show afterwards; else it is filled."""
UNSEEN = 0.12
"""Photos themselves are as like a mark."""
SURE = 0.25
"""With so much there surely is a copy at that place."""
EDGE_PX = 2
"""Its soft edge, where it is filled."""
FAINT = 0.05
"""With less there is no copy at that place."""
SCRAP = 0.25
"""Share of a mark below which a cut copy must surely be there: a little is like it by chance."""
MANY = 6
"""Copies whose median gradients show where the mark is."""
THROUGH = 0.85
"""A mark whose strokes hide more of the photo than this has nothing to give back."""


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A picture with writing on it.

    Attributes:
        rgb: (H, W, 3) uint8.
        ink: (H, W), strokes of all that is to go.
        open: (H, W), True where something may be changed.
        lines: what was read: "text", "score" and "quad", four corners as [x, y].
    """

    rgb: Rgb8
    ink: Hole
    open: Hole
    lines: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _ReadLine:
    """What was read, in small letters, and where."""

    text: str
    place: RotatedBox


@dataclass(frozen=True, slots=True)
class UnblendResult:
    """What was done.

    Attributes:
        patches: the photo as it was under the marks.
        hole: (H, W), what is still to be filled: the ink of everything else, and what the marks hid for good.
    """

    patches: list[Patch]
    hole: Hole


def unblend_repeated_marks(marked: MarkedPicture, progress: Callable[[float], None]) -> UnblendResult:
    """Take off marks that are written over and over and translucent.

    Args:
        progress: called with the share done, 0..1.
    """
    hole = marked.ink.copy()
    patches: list[Patch] = []
    groups = _groups(marked.lines)
    for number, lines in enumerate(groups):
        progress(number / len(groups))
        new = [line for line in lines if not _lies_in(line, patches)]
        if len(new) < READ:
            continue
        for patch, lost in _unblend_group(marked.rgb, marked.ink, new):
            free = marked.open[patch.box.slices]
            hole[patch.box.slices] &= patch.alpha == 0
            hole[patch.box.slices] |= lost & free
            patches.append(replace(patch, alpha=np.where(free, patch.alpha, np.float32(0))))
    return UnblendResult([patch for patch in patches if patch.alpha.any()], hole)


def _lies_in(line: _ReadLine, patches: Sequence[Patch]) -> bool:
    x, y = line.place.x, line.place.y
    windows = (patch.box for patch in patches)
    return any(one.left <= x < one.right and one.top <= y < one.bottom for one in windows)


def _groups(lines: Sequence[Mapping[str, Any]]) -> list[list[_ReadLine]]:
    """Lines that say the same in letters of one size and one direction; only groups that are large enough.

    First in each comes one of usual length: the longest have caught something else, the shortest lack some.
    """
    groups: list[list[_ReadLine]] = []
    for reading in sorted(lines, key=lambda reading: -float(reading["score"])):
        line = _ReadLine(str(reading["text"]).lower(), box_of_corners(reading["quad"]))
        group = next((group for group in groups if _same_words(group[0], line)), None)
        if group is None:
            groups.append([line])
        else:
            group.append(line)
    large = [group for group in groups if len(group) >= READ]
    for group in large:
        group.sort(key=lambda line: line.place.length * line.place.height)
        group.insert(0, group.pop(USUAL * len(group) // 100))
    return large


def _same_words(first: _ReadLine, second: _ReadLine) -> bool:
    sizes = sorted(line.place.height for line in (first, second))
    turned = abs(first.place.angle_deg - second.place.angle_deg)
    return (
        SequenceMatcher(None, first.text, second.text).ratio() >= SAME
        and sizes[1] - sizes[0] <= SAME_SIZE * sizes[1]
        and min(turned, 180 - turned) <= SAME_DEG
    )


def _unblend_group(rgb: Rgb8, ink: Hole, lines: Sequence[_ReadLine]) -> list[tuple[Patch, Hole]]:
    """A patch for each copy, and what of it has to be filled; none when it is no translucent mark."""
    level = deskew(rgb, ink, float(np.median([line.place.angle_deg for line in lines])))
    boxes = [_box(line.place, level) for line in lines]
    places = register_copies(level.ink, boxes)
    places = find_copies(relief(level.rgb), places, level.ink)
    mark = _estimate_mark(level, [box for box in places if level.holds(box)])
    if mark is None or _is_opaque(mark):
        return []
    whole_px = int(np.count_nonzero(mark.alpha))
    return [
        taken
        for box in places
        if (taken := _unblend_copy(rgb, *level.mark_in_picture(mark, box), whole_px)) is not None
    ]


def _box(place: RotatedBox, level: DeskewedPicture) -> Box:
    """The box of a line in the levelled picture, with some room round it."""
    corners = level.points_here(place.corners())
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    box = clip(Box(int(left), int(top), int(right) + 1, int(bottom) + 1), *level.size)
    return grow(box, round(MARGIN * min(box.width, box.height)), *level.size)


def _estimate_mark(level: DeskewedPicture, places: Sequence[Box]) -> Mark | None:
    """Of few copies the outline is what many of them show as ink; of more it is found anew."""
    copies = [level.rgb[box.slices] for box in places]
    if len(copies) < FEWEST:
        return None
    where = shared_ink(level.ink, places)
    if len(copies) >= MANY:
        where |= outline(copies)
    return estimate(copies, dilate(where, 1))


def _is_opaque(mark: Mark) -> bool:
    strokes = mark.alpha > mark.alpha.max() / 2
    return float(np.median(mark.alpha[strokes])) > THROUGH


def _unblend_copy(rgb: Rgb8, mark: Mark, part: Box, whole_px: int) -> tuple[Patch, Hole] | None:
    """One copy, or its part in the picture, or None when there is no mark.

    Where as much of it shows as before, nothing is laid over the picture: all of the mark is to be filled.
    """
    if not (mark.alpha > 0).any():
        return None
    before = np.ascontiguousarray(rgb[part.slices])
    found = unblend(before, mark)
    shows = [abs(mark_likeness(relief(picture), mark.alpha)) for picture in (before, found.rgb)]
    is_scrap = np.count_nonzero(mark.alpha) < SCRAP * whole_px
    if shows[0] < (SURE if is_scrap else FAINT):
        return None
    if shows[1] > shows[0] or shows[1] > max(LEFT * shows[0], UNSEEN):
        if shows[0] < SURE:
            return None
        return Patch(part, before, np.zeros_like(mark.alpha)), dilate(mark.alpha > FAINT, EDGE_PX)
    return Patch(part, found.rgb, (mark.alpha > 0).astype(np.float32)), found.lost
