"""Lines that may run through a hole, made from the segments that point into it. In working pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.patchmatch import segments
from cleanplate.fill.patchmatch.segments import Floats, HalfLines, View

LOOSE_PX = 1.4
"""What belongs to a line lies at most this far off it."""
OPPOSITE_COS = -0.94
INSIDE_LEAST, OPEN_PX = 0.9, 10.0
"""Share of a line that lies in the hole or by its outline; a short one may have this much outside."""
CROSSED_PX = 2.0
"""A line has at least this much of the hole."""
TURN_LEAST, TURN_PX, TURN_MOST = 0.03, 1.2, 0.2
"""A segment may be turned against the line it is part of by this many radians, and by what so many pixels at
its end make, and never by more than the last."""


@dataclass(frozen=True, slots=True)
class LineHypotheses:
    """Lines that may be there.

    Attributes:
        entry, exit: (C, 2) x and y on the known side of the hole's outline.
        sense: (C,) +1 where segments on the line run from entry to exit, -1 where they run back.
    """

    entry: Floats
    exit: Floats
    sense: Floats

    @property
    def length(self) -> Floats:
        return np.asarray(np.hypot(*(self.exit - self.entry).T), np.float32)

    @property
    def heading(self) -> Floats:
        return np.asarray((self.exit - self.entry) / self.length[:, None], np.float32)

    def only(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "LineHypotheses":
        return LineHypotheses(self.entry[which], self.exit[which], self.sense[which])


def join_half_lines(half_lines: HalfLines) -> LineHypotheses:
    """Lines between half-lines that look at each other and lie on one straight line."""
    heading = half_lines.heading
    away = half_lines.tip[None] - half_lines.tip[:, None]
    gap = np.hypot(away[..., 0], away[..., 1])
    ahead = np.einsum("ijk,ik->ij", away, heading)
    pair = (heading @ heading.T < OPPOSITE_COS) & (half_lines.sense[:, None] * half_lines.sense[None] < 0)
    first, second = np.nonzero(np.triu(pair & (ahead > 0.9 * gap) & (gap > segments.GUARD_PX)))
    ends = np.stack(
        [half_lines.tail[first], half_lines.tip[first], half_lines.tip[second], half_lines.tail[second]],
        axis=1,
    )
    middle, direction = _fit(ends)
    normal = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    off = np.abs(np.einsum("pek,pk->pe", ends - middle[:, None], normal))
    straight = off.max(axis=1) <= LOOSE_PX
    for half_line in (first, second):
        turn = np.abs(np.einsum("pk,pk->p", heading[half_line], normal))
        straight &= turn <= np.minimum(TURN_LEAST + TURN_PX / half_lines.length[half_line], TURN_MOST)
    foot = [_foot(ends[:, end], middle, direction) for end in (1, 2)]
    return LineHypotheses(foot[0], foot[1], half_lines.sense[first]).only(straight)


def extend_half_lines(view: View, half_lines: HalfLines) -> LineHypotheses:
    """Each half-line, extended to where it leaves the hole."""
    steps = np.arange(1, sum(view.hole.shape), dtype=np.float32)
    path = half_lines.tip[:, None] + half_lines.heading[:, None] * steps[None, :, None]
    beyond = ~segments.lookup(view.hole, path, outside=False)
    beyond[:, : segments.ENTRY_GAP_PX + segments.GUARD_PX] = False
    far = steps[beyond.argmax(axis=1)] + segments.GUARD_PX
    exits = np.asarray(half_lines.tip + half_lines.heading * far[:, None], np.float32)
    return LineHypotheses(half_lines.tip, exits, half_lines.sense)


def cross_hole(view: View, hypotheses: LineHypotheses) -> NDArray[np.bool_]:
    """(C,) whether the line runs through the hole, not round a bay of it."""
    share = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None]
    path = hypotheses.entry[:, None] * (1 - share) + hypotheses.exit[:, None] * share
    slack = OPEN_PX / np.maximum(hypotheses.length, 1)
    inside = segments.lookup(view.closed, path, outside=False).mean(axis=1)
    in_hole = segments.lookup(view.hole, path, outside=False).mean(axis=1) * hypotheses.length
    return np.asarray((in_hole >= CROSSED_PX) & (inside >= np.minimum(INSIDE_LEAST, 1 - slack)), np.bool_)


def _fit(points: Floats) -> tuple[Floats, Floats]:
    """Least-squares lines through (P, K, 2) points: (P, 2) a point on it, and (P, 2) its direction."""
    middle = points.mean(axis=1)
    away = points - middle[:, None]
    xx, yy = (away**2).sum(axis=1).T
    angle = 0.5 * np.arctan2(2 * (away[..., 0] * away[..., 1]).sum(axis=1), xx - yy)
    return middle, np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def _foot(point: Floats, middle: Floats, direction: Floats) -> Floats:
    along = np.einsum("pk,pk->p", point - middle, direction)
    return np.asarray(middle + along[:, None] * direction, np.float32)
