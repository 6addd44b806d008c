"""Fill a hole with patches of its surroundings, coarse to fine.

Y. Wexler, E. Shechtman, M. Irani: "Space-time completion of video", 2007 (patches vote, coarse to fine);
C. Barnes et al.: "PatchMatch", 2009 (the search); A. Newson et al.: "Non-local patch-based image inpainting",
2017 (texture beside colour).

The coarse sizes decide what goes where, and cost next to nothing: they are given many rounds. Each size hands
its nearest-neighbour field on, so that the full size copies the photo's own pixels and needs one pass.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.imaging import geometry
from cleanplate.imaging.types import Hole, Rgb8
from cleanplate.patchmatch import pyramid
from cleanplate.patchmatch.grain import add_grain
from cleanplate.patchmatch.level import Level
from cleanplate.patchmatch.manner import Manner
from cleanplate.patchmatch.pyramid import RADIUS_PX, Step
from cleanplate.patchmatch.smooth import smooth, smooth_planes
from cleanplate.patchmatch.tone import match_tone

FAR_TARGETS = 20_000
"""A size with fewer targets is searched all over; a larger one within `NEAR_PX` of what it was given."""
NEAR_PX = 32
EVEN_SAY = 0.5
"""Power of the vote: close to a mean, which keeps transitions smooth; trust decides more than likeness."""
BAND_PX = 3
"""Width of the ring of known pixels on which the fill's own tone is measured."""
SURROUNDINGS_PX = 72
"""How far round the hole grain is measured."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try.

    Attributes:
        first_rounds: of search and vote at the coarsest size.
        rounds: at most so many at any other size.
        work: targets times rounds that one size may cost; each has at least one round.
        wide: sizes with more targets than this look only next to what they were given.
    """

    first_rounds: int
    rounds: int
    work: int
    wide: int


STANDARD = Effort(first_rounds=20, rounds=10, work=40_000, wide=100_000)
FAST = Effort(first_rounds=5, rounds=2, work=6_000, wide=6_000)


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
    level = _Fill(steps, radius_px, manner, progress).run()
    return _finished(level, rgb, barred, manner)


def _radius(step: Step) -> int:
    """The largest patch radius for which there is a source; 0 when there is none."""
    sizes = range(RADIUS_PX, 0, -1)
    return next((radius for radius in sizes if pyramid.sources(step, radius).any()), 0)


class _Fill:
    def __init__(
        self, steps: list[Step], radius_px: int, manner: Manner, progress: Callable[[float], None]
    ) -> None:
        self.steps, self.radius_px, self.manner, self.progress = steps, radius_px, manner, progress
        self.effort = FAST if manner.fast else STANDARD
        self.random = np.random.default_rng(manner.seed)
        self.total = sum(np.count_nonzero(step.hole) for step in steps)
        self.done = 0

    def run(self) -> Level:
        level = self._coarsest(self.steps[-1])
        for number in range(len(self.steps) - 2, -1, -1):
            finer = Level(self.steps[number], self.radius_px, self.random)
            finer.carry(level)
            level = finer
            self._improve(level, number)
        return level

    def _coarsest(self, step: Step) -> Level:
        level = Level(step, self.radius_px, self.random)
        level.planes[step.hole] = smooth_planes(step.planes, step.hole | step.barred)[step.hole]
        level.scatter()
        self._rounds(level, self.effort.first_rounds, max(step.hole.shape))
        return level

    def _improve(self, level: Level, number: int) -> None:
        effort = self.effort
        if number == 0 and self.manner.fast:
            return
        level.measure()
        rounds = max(1, min(effort.rounds, effort.work // level.targets))
        self._rounds(level, rounds, self._reach(level))

    def _reach(self, level: Level) -> int:
        if level.targets > self.effort.wide:
            return 1
        return max(level.planes.shape[:2]) // 2 if level.targets < FAR_TARGETS else NEAR_PX

    def _rounds(self, level: Level, rounds: int, reach_px: int) -> None:
        for number in range(rounds):
            self._report(level, number / rounds)
            passes = 1 if level.targets > self.effort.wide else 4 if number == 0 else 2
            level.search(passes, reach_px, self.manner.seed * 1000 + level.targets + number)
            level.vote(EVEN_SAY)
            if number + 1 < rounds:
                level.measure()
        self.done += level.targets

    def _report(self, level: Level, share: float) -> None:
        self.progress(min(0.95, (self.done + share * level.targets) / max(self.total, 1)))


def _finished(level: Level, rgb: Rgb8, barred: Hole, manner: Manner) -> Rgb8:
    """The fill in its picture, with the tone and the grain of its surroundings."""
    box = geometry.grow(level.window, SURROUNDINGS_PX, rgb.shape[1], rgb.shape[0])
    hole, known = np.zeros_like(barred[box.slices]), ~barred[box.slices]
    inner = geometry.moved(level.window, -box.left, -box.top).slices
    hole[inner] = level.hole
    known &= ~hole
    ring = known & (cv2.dilate(hole.view(np.uint8), np.ones((2 * BAND_PX + 1,) * 2, np.uint8)) > 0)
    planes = level.planes.copy()
    level.vote(EVEN_SAY, (hole | ring)[inner], planes)
    made = np.ascontiguousarray(planes[box.slices][..., :3])
    toned = match_tone(rgb[box.slices], made, hole, ring, manner.tone)
    grain = 0.0 if manner.fast else manner.grain
    out = rgb.copy()
    out[box.slices] = add_grain(rgb[box.slices], toned, hole, known, grain, manner.seed)
    return out
