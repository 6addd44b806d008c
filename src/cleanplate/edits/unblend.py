"""Marks that are repeated in a picture: taken off, not filled, where they let the photo shine through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from cleanplate.imaging.composite import Patch
from cleanplate.imaging.copies import correlation, everywhere, registered, relief, shared
from cleanplate.imaging.geometry import clip, grow, moved
from cleanplate.imaging.masks import dilate
from cleanplate.imaging.types import Box, Hole, Rgb8
from cleanplate.imaging.watermark import FEWEST, Mark, estimate, outline, unblend

SAME = 0.6
"""Share of signs that two readings of one mark have in common."""
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
FAINT = 0.05
"""With less there is no copy at that place."""
MANY = 6
"""Copies whose median gradients show where the mark is."""
THROUGH = 0.85
"""A mark whose strokes hide more of the photo than this has nothing to give back."""


@dataclass(frozen=True, slots=True)
class Marked:
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
class TakenOff:
    """What was done.

    Attributes:
        patches: the photo as it was under the marks.
        hole: (H, W), what is still to be filled: the ink of everything else, and what the marks hid for good.
        marks: how many.
    """

    patches: list[Patch]
    hole: Hole
    marks: int


def take_off(marked: Marked, progress: Callable[[float], None]) -> TakenOff:
    """Take off what is written over and over and translucent.

    Args:
        progress: called with the share done, 0..1.
    """
    hole = marked.ink.copy()
    patches: list[Patch] = []
    groups = _groups(marked.lines, marked.rgb.shape[1], marked.rgb.shape[0])
    for number, boxes in enumerate(groups):
        progress(number / len(groups))
        new = [box for box in boxes if not _lies_in(box, patches)]
        if len(new) < READ:
            continue
        for patch, lost in _unblended(marked.rgb, marked.ink, new):
            free = marked.open[patch.box.slices]
            hole[patch.box.slices] &= patch.alpha == 0
            hole[patch.box.slices] |= lost & free
            patches.append(replace(patch, alpha=np.where(free, patch.alpha, np.float32(0))))
    return TakenOff(patches, hole, len(patches))


def _lies_in(box: Box, patches: Sequence[Patch]) -> bool:
    x, y = (box.left + box.right) // 2, (box.top + box.bottom) // 2
    windows = (patch.box for patch in patches)
    return any(one.left <= x < one.right and one.top <= y < one.bottom for one in windows)


def _groups(lines: Sequence[Mapping[str, Any]], width: int, height: int) -> list[list[Box]]:
    """Boxes of lines that say the same in letters of one size; only groups that are large enough.

    First in each comes a box of usual size: the longest have caught something else, the shortest lack some.
    """
    groups: list[list[Mapping[str, Any]]] = []
    for line in sorted(lines, key=lambda line: -float(line["score"])):
        group = next((group for group in groups if _alike(group[0], line)), None)
        if group is None:
            groups.append([line])
        else:
            group.append(line)
    large = [group for group in groups if len(group) >= READ]
    boxed = [[_box(line["quad"], width, height) for line in group] for group in large]
    for boxes in boxed:
        boxes.sort(key=lambda box: box.width * box.height)
        boxes.insert(0, boxes.pop(USUAL * len(boxes) // 100))
    return boxed


def _box(quad: Sequence[Sequence[float]], width: int, height: int) -> Box:
    corners = np.array(quad)
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    box = Box(int(left), int(top), int(right) + 1, int(bottom) + 1)
    return grow(box, round(MARGIN * min(box.width, box.height)), width, height)


def _alike(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    texts = [str(line["text"]).lower() for line in (first, second)]
    sizes = sorted(_letters_px(line["quad"]) for line in (first, second))
    return (
        SequenceMatcher(None, texts[0], texts[1]).ratio() >= SAME
        and sizes[1] - sizes[0] <= SAME_SIZE * sizes[1]
    )


def _letters_px(quad: Sequence[Sequence[float]]) -> float:
    corners = np.array(quad, np.float64)
    return float(min(np.hypot(*(corners[1] - corners[0])), np.hypot(*(corners[2] - corners[1]))))


def _unblended(rgb: Rgb8, ink: Hole, boxes: Sequence[Box]) -> list[tuple[Patch, Hole]]:
    """A patch for each copy, and what of it has to be filled; none when it is no translucent mark."""
    places = registered(ink, boxes)
    places = everywhere(relief(rgb), places, ink)
    mark = _estimated(rgb, ink, [box for box in places if _within(box, rgb)])
    if mark is None or _hides(mark):
        return []
    return [taken for box in places if (taken := _taken_off(rgb, mark, box)) is not None]


def _within(box: Box, rgb: Rgb8) -> bool:
    return clip(box, rgb.shape[1], rgb.shape[0]) == box


def _estimated(rgb: Rgb8, ink: Hole, places: Sequence[Box]) -> Mark | None:
    """Of few copies the outline is what many of them show as ink; of more it is found anew."""
    copies = [rgb[box.slices] for box in places]
    if len(copies) < FEWEST:
        return None
    where = shared(ink, places)
    if len(copies) >= MANY:
        where |= outline(copies)
    return estimate(copies, dilate(where, 1))


def _hides(mark: Mark) -> bool:
    strokes = mark.alpha > mark.alpha.max() / 2
    return float(np.median(mark.alpha[strokes])) > THROUGH


def _taken_off(rgb: Rgb8, mark: Mark, box: Box) -> tuple[Patch, Hole] | None:
    """One copy, or its part in the picture; None when as much of the mark shows as before."""
    part = clip(box, rgb.shape[1], rgb.shape[0])
    inner = moved(part, -box.left, -box.top).slices
    seen = Mark(np.ascontiguousarray(mark.alpha[inner]), mark.colour[inner])
    before = np.ascontiguousarray(rgb[part.slices])
    found = unblend(before, seen)
    shows = [abs(correlation(relief(picture), seen.alpha)) for picture in (before, found.rgb)]
    if shows[0] < FAINT or shows[1] > shows[0] or shows[1] > max(LEFT * shows[0], UNSEEN):
        return None
    return Patch(part, found.rgb, (seen.alpha > 0).astype(np.float32)), found.lost
