"""Straight segments of the known pixels round a hole, and those that point into it.

Segments are found by the line segment detector (R. Grompone von Gioi et al., "LSD", IPOL 2012). Everything
here is in working pixels: the surroundings of the hole, shrunk to a bounded size.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels import geometry
from cleanplate.pixels.types import Box, Hole, Rgb8

Floats: TypeAlias = NDArray[np.float32]

WORKING_AREA_PX = 70_000
"""Segments are searched on at most this many pixels: most of the time goes there."""
REACH_SHARE = 0.6
REACH_MIN_PX = 48
"""Edges are looked for this far from the hole, as a share of its longer side."""
GUARD_PX = 2
"""Edges this near to the hole are its own outline."""
SHORTEST_PX = 6.0
"""A shorter segment counts for nothing."""
ENTRY_GAP_PX = 6
"""A segment points into the hole when its extension meets the hole within this."""
LSD_SCALE = 0.8
ROUGH = 20.0
"""Noise on closed pixels, 0..255: on a smooth fill a segment would follow the bend into the hole and turn."""


@dataclass(frozen=True, slots=True)
class View:
    """The surroundings of a hole at working size.

    Attributes:
        rgb: (h, w, 3) float32, 0..255.
        hole: (h, w), with every pixel that has any part of the hole.
        closed: (h, w), hole and excluded with their outlines.
        box: what part of the crop this is.
    """

    rgb: Floats
    hole: Hole
    closed: Hole
    box: Box

    @property
    def scale(self) -> Floats:
        """(2,) crop pixels per working pixel, x and y."""
        height, width = self.hole.shape
        return np.array([self.box.width / width, self.box.height / height], np.float32)

    def to_crop(self, points: Floats) -> Floats:
        """(..., 2) x and y in the crop."""
        corner = np.array([self.box.left, self.box.top], np.float32)
        return np.asarray((points + 0.5) * self.scale - 0.5 + corner, np.float32)


@dataclass(frozen=True, slots=True)
class Segments:
    """`start`, `end`: (N, 2) x and y. All have the brighter side on the same hand."""

    start: Floats
    end: Floats

    @property
    def length(self) -> Floats:
        return np.asarray(np.hypot(*(self.end - self.start).T), np.float32)


@dataclass(frozen=True, slots=True)
class HalfLines:
    """Segments that point into the hole.

    Attributes:
        tail, tip: (N, 2) the far end and the end at the hole.
        sense: (N,) +1 where the segment itself runs towards the hole, else -1: the side of its brighter hand.
    """

    tail: Floats
    tip: Floats
    sense: Floats

    @property
    def heading(self) -> Floats:
        gap = self.tip - self.tail
        return np.asarray(gap / np.hypot(gap[:, 0], gap[:, 1])[:, None], np.float32)

    @property
    def length(self) -> Floats:
        return np.asarray(np.hypot(*(self.tip - self.tail).T), np.float32)


def view_of(rgb: Rgb8, hole: Hole, excluded: Hole) -> View | None:
    """The surroundings of the hole, or None when there is no hole or nothing is known round it."""
    inner = geometry.bounds(hole)
    if inner is None:
        return None
    reach = max(REACH_MIN_PX, round(REACH_SHARE * max(inner.width, inner.height)))
    box = geometry.grow(inner, reach, hole.shape[1], hole.shape[0])
    shrink = max(1.0, (box.width * box.height / WORKING_AREA_PX) ** 0.5)
    size = (max(1, round(box.width / shrink)), max(1, round(box.height / shrink)))
    small = _any(hole[box.slices], size)
    closed = small | _any(excluded[box.slices], size)
    closed = cv2.dilate(closed.view(np.uint8), np.ones((2 * GUARD_PX + 1,) * 2, np.uint8)).astype(np.bool_)
    if closed.all():
        return None
    pixels = cv2.resize(rgb[box.slices], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return View(pixels, small, closed, box)


def detect(view: View) -> Segments:
    """The straight edges of the known pixels; what crosses a closed part is cut there."""
    luma = np.asarray(cv2.cvtColor(view.rgb, cv2.COLOR_RGB2GRAY), np.float32)
    rough = np.random.default_rng(0).standard_normal(luma.shape, np.float32) * (ROUGH * view.closed)
    filled = np.clip(_smooth(luma, ~view.closed) + rough, 0, 255).astype(np.uint8)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, LSD_SCALE).detect(filled)[0]
    # OpenCV says None for no segment, which its types don't know
    ends = np.array(found if np.ndim(found) else [], np.float32).reshape(-1, 4)
    ends += np.float32((1 / LSD_SCALE - 1) / 2)  # its zero is the centre of the first pixel at its own scale
    return _cut(Segments(ends[:, :2], ends[:, 2:]), view.closed)


def half_lines_into_hole(segments: Segments, view: View) -> HalfLines:
    """Every segment end whose extension soon meets the hole."""
    tail = np.concatenate([segments.start, segments.end])
    tip = np.concatenate([segments.end, segments.start])
    sense = np.repeat(np.array([1, -1], np.float32), len(segments.start))
    half_lines = HalfLines(tail, tip, sense)
    steps = np.arange(1, ENTRY_GAP_PX + GUARD_PX + 1, dtype=np.float32)
    path = tip[:, None] + half_lines.heading[:, None] * steps[None, :, None]
    meets = lookup(view.hole, path, outside=False).any(axis=1)
    return HalfLines(tail[meets], tip[meets], sense[meets])


def lookup(flags: Hole, points: Floats, *, outside: bool) -> Hole:
    """`flags` at the pixels nearest to (..., 2) x and y; `outside` beyond the border."""
    x, y = (np.rint(points[..., axis]).astype(np.int32) for axis in (0, 1))
    height, width = flags.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    found = flags[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return np.asarray(np.where(inside, found, outside), np.bool_)


def _any(flags: Hole, size: tuple[int, int]) -> Hole:
    """(h, w), True where any part of a flagged pixel falls into the small one; `size` is (width, height)."""
    if (flags.shape[1], flags.shape[0]) == size:
        return flags
    return np.asarray(cv2.resize(flags.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0, np.bool_)


def _smooth(luma: Floats, known: Hole) -> Floats:
    """Fill what is not known with ever wider averages of what is: no edges but gentle ones."""
    if known.all() or min(luma.shape) == 1:
        return luma
    size = ((luma.shape[1] + 1) // 2, (luma.shape[0] + 1) // 2)
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(known, luma, 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    coarse = _smooth(np.asarray(total / np.maximum(weight, 1e-6), np.float32), weight > 0)
    wide = cv2.resize(coarse, luma.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(known, luma, wide).astype(np.float32)


def _cut(segments: Segments, closed: Hole) -> Segments:
    """The open runs of every segment that are long enough."""
    length = segments.length
    long = length >= SHORTEST_PX
    start, length = segments.start[long], length[long]
    heading = (segments.end[long] - start) / length[:, None]
    steps = np.arange(int(length.max(initial=0)) + 1, dtype=np.float32)
    path = start[:, None] + heading[:, None] * steps[None, :, None]
    open_ = ~lookup(closed, path, outside=True) & (steps <= length[:, None])
    change = np.diff(np.pad(open_, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, first = np.nonzero(change == 1)
    last = np.nonzero(change == -1)[1] - 1
    keep = last - first >= SHORTEST_PX - 1
    row, first, last = row[keep], first[keep, None], last[keep, None]
    return Segments(
        np.asarray(start[row] + heading[row] * first, np.float32),
        np.asarray(start[row] + heading[row] * last, np.float32),
    )
