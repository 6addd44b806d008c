"""Fill a hole with patches of its surroundings, coarse to fine.

Y. Wexler, E. Shechtman, M. Irani: "Space-time completion of video", 2007 (patches vote, coarse to fine);
C. Barnes et al.: "PatchMatch", 2009 (the search); A. Newson et al.: "Non-local patch-based image inpainting",
2017 (texture beside colour).

The coarse sizes decide what goes where, and cost next to nothing: they are given many rounds. Each size hands
its nearest-neighbour field on, so that the full size copies the photo's own pixels and needs one pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np

from cleanplate.imaging.memory import give_back
from cleanplate.imaging.types import Hole, Rgb8
from cleanplate.patchmatch import pyramid
from cleanplate.patchmatch.finish import cast_votes, finish
from cleanplate.patchmatch.guidance import draw
from cleanplate.patchmatch.level import Level
from cleanplate.patchmatch.lines import find_lines
from cleanplate.patchmatch.manner import Manner
from cleanplate.patchmatch.pyramid import RADIUS_PX, Planes, Step
from cleanplate.patchmatch.smooth import smooth, smooth_planes

FAR_TARGETS = 20_000
"""A size with fewer targets is searched all over; a larger one within `NEAR_PX` of what it was given."""
NEAR_PX = 32
PASSES = 2
"""Over all targets in one round: from the upper left, and back."""
LINES_PX = 400_000
"""Straight edges are looked for at the largest size with at most so many pixels."""
EVEN_SAY = 0.5
"""Power of the vote: close to a mean, which keeps transitions smooth; trust decides more than likeness."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try.

    Attributes:
        first_rounds: of search and vote at the coarsest size.
        rounds: at most so many at any other size.
        work: targets times rounds that one size may cost; each has at least one round.
        wide: sizes with more targets than this look only next to what they were given.
        wide_rounds: how often.
        largest: sizes with more keep what they were given.
    """

    first_rounds: int
    rounds: int
    work: int
    wide: int
    wide_rounds: int
    largest: float

    def rounds_of(self, targets: int) -> int:
        """Rounds at a size with so many targets, other than the coarsest."""
        return self.wide_rounds if targets > self.wide else max(1, min(self.rounds, self.work // targets))


STANDARD = Effort(first_rounds=24, rounds=12, work=38_000, wide=100_000, wide_rounds=2, largest=inf)
FAST = Effort(first_rounds=6, rounds=1, work=6_000, wide=6_000, wide_rounds=1, largest=12_000)


def fill(rgb: Rgb8, hole: Hole, barred: Hole, manner: Manner, progress: Callable[[float], None]) -> Rgb8:
    """Make the hole.

    Args:
        rgb: (H, W, 3) uint8; what lies under the hole is never looked at.
        hole: (H, W), True = make this pixel.
        barred: (H, W), True = never copy from this pixel; it is not changed. Never in `hole`.
        manner: how. The same result with any number of threads.
        progress: called with the share that is done, 0..1; what it raises ends the fill.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole. Where the crop has no whole patch of 3 x 3 known
        pixels, the smooth fill.
    """
    if not hole.any():
        return rgb.copy()
    steps = pyramid.build(rgb, hole, barred)
    radius_px = _radius(steps[0])
    if radius_px == 0:
        return smooth(rgb, hole, barred)
    votes = cast_votes(_Fill(steps, radius_px, manner, progress).run(), barred, fast=manner.fast)
    del steps  # these and the level are as large as the picture, and done with
    give_back()
    return finish(votes, rgb, barred, manner)


def _radius(step: Step) -> int:
    """The largest patch radius for which there is a source; 0 when there is none."""
    sizes = range(RADIUS_PX, 0, -1)
    return next((radius for radius in sizes if pyramid.sources(step, radius).any()), 0)


class _Fill:
    def __init__(
        self, steps: list[Step], radius_px: int, manner: Manner, progress: Callable[[float], None]
    ) -> None:
        self.steps, self.radius_px, self.manner = steps, radius_px, manner
        self.effort = FAST if manner.fast else STANDARD
        self.random = np.random.default_rng(manner.seed)
        self.clock = _Clock(steps, self.effort, progress)

    def run(self) -> Level:
        level = self._coarsest(self.steps[-1])
        for step in self.steps[-2::-1]:
            finer = Level(step, self.radius_px, self.random)
            finer.carry(level)
            level = finer
            self.clock.tick(level.targets)
            if level.targets <= self.effort.largest:
                level.vote(0)
                level.measure()
                self._rounds(level, self.effort.rounds_of(level.targets), self._reach(level))
        return level

    def _coarsest(self, step: Step) -> Level:
        planes, drawn = self._guess(step)
        level = Level(step, self.radius_px, self.random, drawn)
        level.planes[step.hole] = planes[step.hole]
        level.scatter()
        self._rounds(level, self.effort.first_rounds, max(step.hole.shape))
        return level

    def _guess(self, step: Step) -> tuple[Planes, Hole | None]:
        """A first picture: smooth, with the straight edges that enter the hole; and where those are drawn."""
        planes = smooth_planes(step.planes, step.hole | step.barred)
        number = next(i for i, s in enumerate(self.steps) if s is step or s.hole.size <= LINES_PX)
        clear = self.steps[number]
        if clear is step or self.manner.fast:
            return planes, None
        lines = find_lines(np.ascontiguousarray(clear.planes[..., :3]), clear.hole, clear.barred)
        scale = 0.5 ** (len(self.steps) - 1 - number)
        return planes, draw([line.scaled(scale) for line in lines], step, planes)

    def _reach(self, level: Level) -> int:
        if level.targets > self.effort.wide:
            return 1
        return max(level.planes.shape[:2]) // 2 if level.targets < FAR_TARGETS else NEAR_PX

    def _rounds(self, level: Level, rounds: int, reach_px: int) -> None:
        passes = 1 if level.targets > self.effort.wide else PASSES
        for number in range(rounds):
            level.search(passes, reach_px, self.manner.seed * 1000 + level.targets + number)
            level.vote(EVEN_SAY)
            self.clock.tick(level.targets)
            if number + 1 < rounds:
                level.measure()


class _Clock:
    """Progress in targets worked on; the last tenth is left to what comes after the fill."""

    def __init__(self, steps: list[Step], effort: Effort, progress: Callable[[float], None]) -> None:
        holes = [int(np.count_nonzero(step.hole)) for step in steps]
        self.total = sum(hole * (1 + effort.rounds_of(hole)) for hole in holes[:-1])
        self.total += holes[-1] * effort.first_rounds
        self.done = 0
        self.progress = progress
        progress(0.0)

    def tick(self, targets: int) -> None:
        self.done += targets
        self.progress(min(0.9, 0.9 * self.done / self.total))
