"""Straight edges that enter a hole: where a roof, a railing, a horizon goes on inside it.

A line is believed when segments on both sides of the hole lie on it and look alike across it, or when a long
edge runs into the hole and would leave it where the colours step in the same way. A wrong line spoils a fill
and a missing one does not, so doubt drops a line. An edge that nothing on the far side confirms is dropped,
even if it would leave the picture or could end at another line: on photographs most of those did not go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.patchmatch import line_scoring, segments
from cleanplate.fill.patchmatch.line_hypotheses import (
    LineHypotheses,
    cross_hole,
    extend_half_lines,
    join_half_lines,
)
from cleanplate.fill.patchmatch.segments import Floats, HalfLines, Segments, View
from cleanplate.pixels.types import Hole, Rgb8

Indices: TypeAlias = NDArray[np.int16]

MOST_LINES = 12
CHECKED_SHARE = 0.5
CHECKED_PX = (12.0, 60.0)
"""How far from the hole an edge is checked to be there, in working pixels: a share of the line, bounded."""
COVERED_BOTH, COVERED_LESS = 0.7, 0.5
"""Share of the checked length that is an edge: of both sides together, and of the weaker one."""
COVERED_LEAST_PX = 7.0
CONTRAST_LEAST, CONTRAST_FULL = 14.0, 40.0
"""Colour step across an edge that counts, and that counts in full; 0..255 Euclid."""
UNLIKE_MOST = 0.65
"""Difference of the colour steps at both ends, as a share of the larger."""
DRIFT_MOST = 40.0
"""And of the colours on the side that changes less."""
ONE_SIDED_PX, ONE_SIDED_SHARE, ONE_SIDED_COVERED = 20.0, 0.5, 0.85
"""An edge seen on one side only is long: crop pixels, share of the line, and how much is an edge."""
ONE_SIDED_WEIGHT = 0.5
ONE_SIDED_STRICT = 2
"""Colours agree so many times better."""
SAME_PX, SAME_COS = 4.0, 0.966
"""Nearly parallel lines (15 degrees) that cross in the hole or come this near are one; the stronger stays."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight edge across a hole, in pixels of the crop; the centre of the first pixel is (0, 0).

    Attributes:
        x0, y0: where it enters the hole.
        x1, y1: where it leaves the hole.
        strength: 0..1, how well it is supported.
        one_sided: an edge before (x0, y0) only; beyond (x1, y1) only the colours agree.
        before_px, after_px: how far it is seen outside the hole, beyond (x0, y0) and beyond (x1, y1).
    """

    x0: float
    y0: float
    x1: float
    y1: float
    strength: float
    one_sided: bool
    before_px: float
    after_px: float

    @property
    def length_px(self) -> float:
        return float(np.hypot(self.x1 - self.x0, self.y1 - self.y0))

    @property
    def direction(self) -> tuple[float, float]:
        """(dx, dy) of length 1, from entry to exit."""
        length = self.length_px
        return (self.x1 - self.x0) / length, (self.y1 - self.y0) / length

    def scaled(self, scale: float) -> "Line":
        """The same line in a crop of `scale` times the size."""
        x0, y0, x1, y1 = ((at + 0.5) * scale - 0.5 for at in (self.x0, self.y0, self.x1, self.y1))
        before, after = self.before_px * scale, self.after_px * scale
        return Line(x0, y0, x1, y1, self.strength, self.one_sided, before, after)


def find_lines(rgb: Rgb8, hole: Hole, excluded: Hole) -> list[Line]:
    """The straight edges that go on inside a hole.

    Args:
        rgb: (H, W, 3), what lies in the hole is not looked at.
        hole: (H, W), True = make this pixel.
        excluded: (H, W), True = neither looked at nor a source.

    Returns:
        At most 12 lines, the strongest first; none where no line is supported.
    """
    view = segments.view_of(rgb, hole, excluded)
    if view is None:
        return []
    found = segments.detect(view)
    half_lines = segments.half_lines_into_hole(found, view)
    kept = _strongest([*_two_sided(view, found, half_lines), *_one_sided(view, found, half_lines)])
    return [_line_in_crop(view, found, line) for line in kept[:MOST_LINES]]


@dataclass(frozen=True, slots=True)
class _ScoredLine:
    """A line in working pixels."""

    entry: Floats
    exit: Floats
    sense: float
    strength: float
    one_sided: bool

    @property
    def hypothesis(self) -> LineHypotheses:
        return LineHypotheses(self.entry[None], self.exit[None], np.array([self.sense], np.float32))


def _two_sided(view: View, found: Segments, half_lines: HalfLines) -> list[_ScoredLine]:
    """Lines with an edge on both sides of the hole."""
    hypotheses = join_half_lines(half_lines)
    hypotheses = hypotheses.only(cross_hole(view, hypotheses))
    reach = np.clip(CHECKED_SHARE * hypotheses.length, *CHECKED_PX)
    covered, known = line_scoring.edge_coverage(view, found, hypotheses, reach)
    share = np.minimum(covered / np.maximum(known, 1), 1)
    together = np.minimum(covered.sum(axis=1) / np.maximum(known.sum(axis=1), 1), 1)
    good = (
        (together >= COVERED_BOTH)
        & (share.min(axis=1) >= COVERED_LESS)
        & (covered.min(axis=1) >= COVERED_LEAST_PX)
    )
    long = np.minimum(covered.sum(axis=1) / np.maximum(hypotheses.length, CHECKED_PX[0]), 1)
    return _with_like_colours(view, hypotheses.only(good), (together * long**0.5)[good], one_sided=False)


def _one_sided(view: View, found: Segments, half_lines: HalfLines) -> list[_ScoredLine]:
    """Lines with a long edge on the side of their entry."""
    hypotheses = extend_half_lines(view, half_lines)
    hypotheses = hypotheses.only(cross_hole(view, hypotheses))
    reach = np.maximum(ONE_SIDED_SHARE * hypotheses.length, ONE_SIDED_PX / view.scale.max())
    covered, _ = line_scoring.edge_coverage(view, found, hypotheses, reach)
    share = np.minimum(covered[:, 0] / reach, 1)
    good = share >= ONE_SIDED_COVERED
    return _with_like_colours(view, hypotheses.only(good), ONE_SIDED_WEIGHT * share[good], one_sided=True)


def _with_like_colours(
    view: View, hypotheses: LineHypotheses, weight: Floats, *, one_sided: bool
) -> list[_ScoredLine]:
    """Those with like colours beside both ends; with an edge on one side only stricter."""
    colours = line_scoring.side_colours(view, hypotheses)
    strict = ONE_SIDED_STRICT if one_sided else 1
    good = (colours.contrast >= CONTRAST_LEAST) & (colours.unlikeness <= UNLIKE_MOST / strict)
    good &= colours.drift <= DRIFT_MOST / strict
    strength = weight * (1 - colours.unlikeness / 2) * np.minimum(colours.contrast / CONTRAST_FULL, 1)
    return [
        _ScoredLine(
            hypotheses.entry[i], hypotheses.exit[i], float(hypotheses.sense[i]), float(strength[i]), one_sided
        )
        for i in np.flatnonzero(good)
    ]


def _strongest(scored: Sequence[_ScoredLine]) -> list[_ScoredLine]:
    """Without those that repeat or contradict a stronger one, the strongest first."""
    kept: list[_ScoredLine] = []
    for line in sorted(scored, key=lambda line: -line.strength):
        if not any(_repeats(line, other) for other in kept):
            kept.append(line)
    return kept


def _repeats(one: _ScoredLine, other: _ScoredLine) -> bool:
    heading = other.hypothesis.heading[0]
    if abs(float(one.hypothesis.heading[0] @ heading)) < SAME_COS:
        return False
    ends = np.stack([one.entry, one.exit]) - other.entry
    along, off = ends @ heading, ends @ np.array([-heading[1], heading[0]], np.float32)
    apart = along.max() < 0 or along.min() > other.hypothesis.length[0]
    return bool(not apart and (off[0] * off[1] < 0 or np.abs(off).min() < SAME_PX))


def _line_in_crop(view: View, found: Segments, line: _ScoredLine) -> Line:
    """The line in the crop, from the hole's first pixel on it to the last."""
    length = float(line.hypothesis.length[0])
    share = np.linspace(0, 1, 2 * int(length) + 2, dtype=np.float32)
    path = line.entry + share[:, None] * (line.exit - line.entry)
    inside = np.flatnonzero(segments.lookup(view.hole, path, outside=False))
    ends = view.to_crop(path[[inside[0], inside[-1]]])
    low, high, lies = line_scoring.on_line(found, line.hypothesis)
    scale = float(view.scale.mean())
    before, after = -low[lies].min(initial=0), high[lies].max(initial=length) - length
    (x0, y0), (x1, y1) = ends.astype(float).tolist()
    return Line(
        x0,
        y0,
        x1,
        y1,
        strength=line.strength,
        one_sided=line.one_sided,
        before_px=float(before) * scale,
        after_px=0.0 if line.one_sided else float(after) * scale,
    )


def distance_map(lines: Sequence[Line], shape: tuple[int, int], reach_px: float) -> tuple[Indices, Floats]:
    """For each pixel the nearest line and how far off it lies.

    Args:
        lines: in pixels of a crop of `shape` (H, W).
        reach_px: pixels farther off belong to no line.

    Returns:
        (H, W) int16, place in `lines`, -1 where none is near; a line goes on outside the hole as far as it
        is seen. (H, W) float32, signed distance to that line in pixels, positive to the right of the way
        from entry to exit; 0 where there is no line.
    """
    nearest = np.full(shape, -1, np.int16)
    signed = np.zeros(shape, np.float32)
    best = np.full(shape, reach_px, np.float32)
    for number, line in enumerate(lines):
        window = _window(line, shape, reach_px)
        off, along = _frame(line, window)
        near = (np.abs(off) < best[window]) & (along >= -line.before_px)
        near &= along <= line.length_px + line.after_px
        nearest[window][near], signed[window][near] = number, off[near]
        best[window][near] = np.abs(off[near])
    return nearest, signed


def _window(line: Line, shape: tuple[int, int], reach_px: float) -> tuple[slice, slice]:
    """(rows, columns) of the box round all pixels that may belong to the line."""
    dx, dy = line.direction
    first = (line.y0 - dy * line.before_px, line.x0 - dx * line.before_px)
    last = (line.y1 + dy * line.after_px, line.x1 + dx * line.after_px)
    rows, columns = (
        slice(max(0, int(min(ends) - reach_px)), max(0, min(side, int(max(ends) + reach_px) + 2)))
        for ends, side in zip(zip(first, last, strict=True), shape, strict=True)
    )
    return rows, columns


def _frame(line: Line, window: tuple[slice, slice]) -> tuple[Floats, Floats]:
    """For each pixel of a window: signed distance to the line, and place along it, 0 at the entry."""
    rows, columns = (np.arange(side.start, side.stop, dtype=np.float32) for side in window)
    y, x = rows[:, None] - np.float32(line.y0), columns[None] - np.float32(line.x0)
    dx, dy = (np.float32(part) for part in line.direction)
    return y * dx - x * dy, y * dy + x * dx
