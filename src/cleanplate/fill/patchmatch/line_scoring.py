"""How well a line is supported: edges that lie on it outside the hole, like colours beside both ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.line_hypotheses import LOOSE_PX, LineHypotheses
from cleanplate.fill.patchmatch.segments import Floats, Segments, View, lookup

LOOSE_TURN = 0.035
"""A segment is turned against it by no more radians than this and what one pixel at its end makes."""
PROFILE_PX = 12
"""Colours of both sides of an edge are means over this length next to the hole."""
PROFILE_OFFSETS = (1.5, 2.5, 3.5)


@dataclass(frozen=True, slots=True)
class SideColours:
    """Colours beside both ends of C lines.

    Attributes:
        left, right: (C, 2, 3) mean colour at the entry and at the exit; NaN where nothing is known.
    """

    left: Floats
    right: Floats

    @property
    def step(self) -> Floats:
        """(C, 2, 3) colour step across the edge at both ends."""
        return np.asarray(self.right - self.left, np.float32)

    @property
    def contrast(self) -> Floats:
        """(C,) size of the smaller step, 0..441; NaN where one is not known."""
        return np.asarray(np.linalg.norm(self.step, axis=2).min(axis=1), np.float32)

    @property
    def unlikeness(self) -> Floats:
        """(C,) difference of both steps as a share of the larger; NaN where one is not known."""
        sizes = np.linalg.norm(self.step, axis=2).max(axis=1)
        gap = np.linalg.norm(self.step[:, 0] - self.step[:, 1], axis=1)
        return np.asarray(gap / np.maximum(sizes, 1), np.float32)

    @property
    def drift(self) -> Floats:
        """(C,) colour change from entry to exit on the side that changes less."""
        sides = [np.linalg.norm(side[:, 0] - side[:, 1], axis=1) for side in (self.left, self.right)]
        return np.asarray(np.minimum(*sides), np.float32)


def on_line(segments: Segments, hypotheses: LineHypotheses) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Which segments lie on which line, extended.

    Returns:
        (C, N) each: where the segment begins and ends along the line, 0 at the entry; whether it lies on it.
    """
    heading = hypotheses.heading
    normal = np.stack([-heading[:, 1], heading[:, 0]], axis=1)
    along, off = [], []
    for ends in (segments.start, segments.end):
        away = ends[None] - hypotheses.entry[:, None]
        along.append(np.einsum("cnk,ck->cn", away, heading))
        off.append(np.einsum("cnk,ck->cn", away, normal))
    run = (along[1] - along[0]) * hypotheses.sense[:, None]
    straight = np.abs(off[0] - off[1]) <= LOOSE_TURN * np.abs(run) + 1
    near = np.maximum(np.abs(off[0]), np.abs(off[1])) <= LOOSE_PX
    return np.minimum(*along), np.maximum(*along), near & straight & (run > 0)


def edge_coverage(
    view: View, segments: Segments, hypotheses: LineHypotheses, reach: Floats
) -> tuple[Floats, Floats]:
    """How much of each line's extension is an edge.

    Args:
        reach: (C,) how far from the hole to look.

    Returns:
        (C, 2) each, before the entry and after the exit: pixels that are an edge, and pixels known.
    """
    low, high, lies = on_line(segments, hypotheses)
    far = hypotheses.length + reach
    covered = np.stack(
        [
            _overlap(low, high, lies, -reach, np.zeros_like(reach)),
            _overlap(low, high, lies, hypotheses.length, far),
        ],
        axis=1,
    )
    return covered, np.stack(
        [_count_known(view, hypotheses, reach, 0), _count_known(view, hypotheses, reach, 1)], axis=1
    )


def side_colours(view: View, hypotheses: LineHypotheses) -> SideColours:
    """The colours left and right of both ends of each line."""
    heading = hypotheses.heading
    ends = ((hypotheses.entry, -heading), (hypotheses.exit, heading))
    normal = np.stack([-heading[:, 1], heading[:, 0]], axis=1)
    left, right = (
        np.stack([_mean(view, at, away, sign * normal) for at, away in ends], axis=1) for sign in (1, -1)
    )
    return SideColours(left, right)


def _mean(view: View, point: Floats, away: Floats, side: Floats) -> Floats:
    """(C, 3) mean of the known colours beside the way from each point; NaN when there are none."""
    steps = np.arange(PROFILE_PX, dtype=np.float32)[None, :, None, None]
    offsets = np.array(PROFILE_OFFSETS, np.float32)[None, None, :, None]
    path = point[:, None, None] + away[:, None, None] * steps + side[:, None, None] * offsets
    known = ~lookup(view.closed, path, outside=True)
    x = np.clip(np.rint(path[..., 0]).astype(np.int32), 0, view.hole.shape[1] - 1)
    y = np.clip(np.rint(path[..., 1]).astype(np.int32), 0, view.hole.shape[0] - 1)
    total = (view.rgb[y, x] * known[..., None]).sum(axis=(1, 2))
    count = known.sum(axis=(1, 2))[:, None]
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _overlap(low: Floats, high: Floats, lies: NDArray[np.bool_], first: Floats, last: Floats) -> Floats:
    """(C,) how much of [first, last] the segments that lie on each line cover."""
    common = np.minimum(high, last[:, None]) - np.maximum(low, first[:, None])
    covered = np.where(lies, np.maximum(common, 0), 0).sum(axis=1)
    return np.asarray(np.minimum(covered, last - first), np.float32)


def _count_known(view: View, hypotheses: LineHypotheses, reach: Floats, end: int) -> Floats:
    """(C,) known pixels within reach of one end."""
    steps = np.arange(1, int(reach.max(initial=0)) + 1, dtype=np.float32)
    point, away = ((hypotheses.entry, -hypotheses.heading), (hypotheses.exit, hypotheses.heading))[end]
    path = point[:, None] + away[:, None] * steps[None, :, None]
    known = ~lookup(view.closed, path, outside=True) & (steps <= reach[:, None])
    return np.asarray(known.sum(axis=1), np.float32)
