"""Fill a hole with patches of its surroundings, coarse to fine.

Y. Wexler, E. Shechtman, M. Irani: "Space-time completion of video", 2007 (patches vote, coarse to fine);
C. Barnes et al.: "PatchMatch", 2009 (the search); A. Newson et al.: "Non-local patch-based image inpainting",
2017 (texture beside colour).

The coarse sizes decide what goes where, and cost next to nothing: they are given many rounds. Each size hands
its nearest-neighbour field on, so that the full size copies the photo's own pixels and needs one pass.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from cleanplate.fill.base import PreviewCrop, Prior, unseen
from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch import pyramid
from cleanplate.fill.patchmatch.finish import Votes, cast_votes, finish, votes_of
from cleanplate.fill.patchmatch.grain import lacking_grain
from cleanplate.fill.patchmatch.layers import NOWHERE, layers_of
from cleanplate.fill.patchmatch.line_guidance import draw
from cleanplate.fill.patchmatch.lines import find_lines
from cleanplate.fill.patchmatch.outpainting_start import BorderStart, begin_border, nearest
from cleanplate.fill.patchmatch.prior import apply_prior, prior_planes
from cleanplate.fill.patchmatch.pyramid import RADIUS_PX, Planes, PyramidImage
from cleanplate.fill.patchmatch.pyramid_level import DECAY, EVEN_VOTE_POWER, PyramidLevel
from cleanplate.fill.patchmatch.pyramid_preview import PyramidPreview
from cleanplate.fill.patchmatch.smooth_fill import smooth, smooth_planes
from cleanplate.memory import give_back
from cleanplate.pixels.types import Hole, Rgb8

NEAR_PX = 32
"""How far is searched at sizes with many targets."""
PASSES = 2
"""Over all targets in one round: from the upper left, and back."""
LINES_PX = 400_000
"""Straight edges are looked for at the largest size with at most so many pixels."""
CHARGED_PX = 128
"""Sizes with a longer side up to that have sources cost something by where they lie; larger ones go on where
those begin."""
WIDE_SHARE = 0.2
"""A hole over less of what is seen is held to its layer by what is beside it."""
MOST_MISMATCH = 3.0
"""A fill whose sources are held to their layer may fit so many times worse: what fits better elsewhere is
often the wrong part of the scene. Beyond that the other one is all but perfect: a sky without a cloud."""
OUTPAINTING_REACH_PX = 6
"""Farther tries forget how the border was begun; so do more rounds."""


@dataclass(frozen=True, slots=True)
class SearchBudget:
    """How much may be searched.

    Attributes:
        first_rounds: of search and vote at the coarsest size.
        rounds: at most so many at any other size.
        work: targets times rounds that one size may cost; each has at least one round.
        wide: sizes with more targets than this look only next to what they were given.
        wide_rounds: how often.
        largest: sizes with more keep what they were given.
        random_every: in one round of so many random sources are tried, too; in the others the neighbours'
            alone, which is a third of the work and joins what belongs together.
        all_over: sizes with fewer targets are searched all over, larger ones `NEAR_PX` round what they had.
        radius_px: of patches, at most.
        decay: see `PyramidLevel`.
        vote_power: of the votes between rounds, see `PyramidLevel.vote`; the lower, the smoother.
    """

    first_rounds: int
    rounds: int
    work: int
    wide: int
    wide_rounds: int
    largest: float
    random_every: int = 1
    all_over: int = 20_000
    radius_px: int = RADIUS_PX
    decay: float = DECAY
    vote_power: float = EVEN_VOTE_POWER

    def rounds_of(self, targets: int) -> int:
        """Rounds at a size with so many targets, other than the coarsest."""
        return self.wide_rounds if targets > self.wide else max(1, min(self.rounds, self.work // targets))


LED = SearchBudget(first_rounds=24, rounds=12, work=38_000, wide=100_000, wide_rounds=2, largest=inf)
"""What a prior shows needs no rounds to come to an agreement."""
STANDARD = replace(LED, rounds=24, work=100_000, random_every=2)
MANY_TARGETS = 270_000
"""More than a picture of 512 x 512 pixels can have."""
WIDE = replace(
    STANDARD,
    work=400_000,
    wide=MANY_TARGETS,
    all_over=MANY_TARGETS,
    random_every=3,
    radius_px=3,
    decay=6.0,
    vote_power=1.0,
)
"""In a wide hole the rim tells little, and what is made must agree with itself: that takes rounds. Patches
are smaller, for few large ones lie whole in what is left of a layer. What the coarse sizes found is often not
the best there is, so that the fine ones look all over, too."""
FAST = SearchBudget(first_rounds=6, rounds=1, work=6_000, wide=6_000, wide_rounds=1, largest=12_000)
OUTPAINTING = SearchBudget(
    first_rounds=8, rounds=12, work=38_000, wide=250_000, wide_rounds=2, largest=1_000_000
)


def fill(  # noqa: PLR0913, PLR0917 - what a `FillJob` has
    rgb: Rgb8,
    hole: Hole,
    excluded: Hole,
    options: FillOptions,
    progress: Callable[[float], None],
    prior: Prior | None = None,
    preview: PreviewCrop = unseen,
) -> Rgb8:
    """Make the hole.

    Args:
        rgb: (H, W, 3) uint8; what lies under the hole is never looked at.
        hole: (H, W), True = make this pixel.
        excluded: (H, W), True = never copy from this pixel; it is not changed. Never in `hole`.
        options: how. The same result with any number of threads.
        progress: called with the share that is done, 0..1; what it raises ends the fill.
        prior: what the hole roughly looks like; see `prior`. One that is sharp at full size is
            taken as it is, in tone and grain of its surroundings.
        preview: told each time that the hole has other colours.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole. Where the crop has no whole patch of 3 x 3 known
        pixels, the smooth fill.
    """
    if not hole.any():
        return rgb.copy()
    steps = pyramid.build(rgb, hole, excluded)
    budget = _budget(hole, options, prior)
    radius_px = _radius(steps[0], min(options.radius_px, budget.radius_px))
    if prior is not None and (prior.scale <= 1 or radius_px == 0):
        return _finished(votes_of(prior.rgb, hole, excluded), rgb, excluded, options)
    if radius_px == 0:
        return smooth(rgb, hole, excluded)
    prior_of_size = {} if prior is None else prior_planes(prior, rgb, steps)
    shown = PyramidPreview(steps, _finest_coloured(steps, budget), prior, preview)
    work = _Fill(steps, prior_of_size, radius_px, options, budget, progress, shown)
    votes = cast_votes(work.run(), excluded, fast=options.fast)
    del steps, work, prior_of_size, shown  # these and the level are as large as the picture, and done with
    give_back()
    if prior is not None:
        votes = apply_prior(votes, prior)
    return finish(votes, rgb, excluded, options)


def _finished(votes: Votes, rgb: Rgb8, excluded: Hole, options: FillOptions) -> Rgb8:
    """Somebody else's picture in tone and grain of its surroundings, as far as it differs from them."""
    lacking = lacking_grain(rgb[votes.box.slices], votes.mean_vote, votes.hole, votes.ring)
    return finish(votes, rgb, excluded, replace(options, grain=options.grain * lacking))


def _radius(step: PyramidImage, largest_px: int) -> int:
    """The largest patch radius for which there is a source; 0 when there is none."""
    return next((radius for radius in range(largest_px, 0, -1) if pyramid.sources(step, radius).any()), 0)


def _budget(hole: Hole, options: FillOptions, prior: Prior | None) -> SearchBudget:
    if options.fast:
        return FAST
    if options.outpainting:
        return OUTPAINTING
    if prior is not None:
        return LED
    return WIDE if hole.mean() >= WIDE_SHARE else STANDARD


def _finest_coloured(steps: list[PyramidImage], budget: SearchBudget) -> int:
    """The number of the largest size that has colours before the last vote; others hand sources on."""
    if budget.largest == inf:
        return 0
    sizes = (number for number, step in enumerate(steps) if np.count_nonzero(step.hole) <= budget.largest)
    return next(sizes, len(steps) - 1)


class _Fill:
    def __init__(  # noqa: PLR0913, PLR0917 - the same, worked out
        self,
        steps: list[PyramidImage],
        prior_of_size: dict[int, Planes],
        radius_px: int,
        options: FillOptions,
        budget: SearchBudget,
        progress: Callable[[float], None],
        preview: PyramidPreview,
    ) -> None:
        self.steps, self.prior_of_size = steps, prior_of_size
        self.radius_px, self.options = radius_px, options
        self.budget = budget
        self.random = np.random.default_rng(options.seed)
        self.layers = NOWHERE
        self.clock = _Clock(steps, self.budget, progress)
        self.preview = preview

    def run(self) -> PyramidLevel:
        last = len(self.steps) - 1
        level = self._guided_level(last) if self.prior_of_size else self._coarsest(self.steps[-1])
        for number in range(last - 1, -1, -1):
            if number in self.prior_of_size:
                level = self._guided_level(number, level)
                continue
            finer = self._level(self.steps[number], largest=self.budget.largest)
            finer.carry(level)
            level = finer
            self._charge(level)
            self.clock.tick(level.targets)
            if not level.stays:
                level.vote(0)
                level.measure()
                self._rounds(level, number, self.budget.rounds_of(level.targets), self._reach(level))
        return level

    def _coarsest(self, step: PyramidImage) -> PyramidLevel:
        start = begin_border(step, self.random) if self.options.outpainting else None
        if start is not None:
            return self._outpainting(step, start)
        planes, drawn = self._first_picture(step)
        free = self._begun(step, planes, drawn)
        if self.budget is not WIDE:
            return free
        self.layers = layers_of(step)
        bound = self._begun(step, planes, drawn)
        if bound.mismatch() <= MOST_MISMATCH * free.mismatch():
            return bound
        self.layers = NOWHERE
        return free

    def _begun(self, step: PyramidImage, planes: Planes, drawn: Hole | None) -> PyramidLevel:
        level = self._level(step, drawn)
        level.planes[step.hole] = planes[step.hole]
        self._charge(level)
        level.scatter()
        self._rounds(level, len(self.steps) - 1, self.budget.first_rounds, max(step.hole.shape))
        return level

    def _level(self, step: PyramidImage, drawn: Hole | None = None, largest: float = inf) -> PyramidLevel:
        return PyramidLevel(step, self.radius_px, self.random, drawn, largest, self.budget.decay)

    def _charge(self, level: PyramidLevel) -> None:
        if max(level.planes.shape) <= CHARGED_PX:
            level.charge(self.layers)

    def _outpainting(self, step: PyramidImage, start: BorderStart) -> PyramidLevel:
        """The coarsest size of a border: begun from `outpainting_start`, and never far from it."""
        level = self._level(step, step.hole)
        level.planes[step.hole] = start.planes[step.hole]
        level.field.y[:], level.field.x[:] = nearest(start, level.scene.sources, level.scene.y, level.scene.x)
        level.measure()
        self._rounds(level, len(self.steps) - 1, self.budget.first_rounds, OUTPAINTING_REACH_PX)
        return level

    def _guided_level(self, number: int, coarser: PyramidLevel | None = None) -> PyramidLevel:
        """A size at which the prior is taken as known: what is looked for is what is like it."""
        step = self.steps[number]
        level = self._level(step, step.hole)
        level.follow(self.prior_of_size[number])
        if coarser is None:
            level.scatter()
            self._seek(level, self.budget.first_rounds, max(step.hole.shape))
        else:
            level.carry(coarser)
            level.measure()
            self.clock.tick(level.targets)
            if level.targets <= self.budget.largest:
                self._seek(level, self.budget.rounds_of(level.targets), self._reach(level))
        level.copy_from(step.planes)
        self.preview.show(level, number, 1)
        return level

    def _seek(self, level: PyramidLevel, rounds: int, reach_px: int) -> None:
        for number in range(rounds):
            level.search(PASSES, reach_px, self.options.seed * 1000 + level.targets + number)
            self.clock.tick(level.targets)

    def _first_picture(self, step: PyramidImage) -> tuple[Planes, Hole | None]:
        """A first picture: smooth, with the straight edges that enter the hole; and where those are drawn."""
        planes = smooth_planes(step.planes, step.hole | step.excluded)
        number = next(i for i, s in enumerate(self.steps) if s is step or s.hole.size <= LINES_PX)
        clear = self.steps[number]
        if clear is step or self.options.fast:
            return planes, None
        lines = find_lines(np.ascontiguousarray(clear.planes[..., :3]), clear.hole, clear.excluded)
        scale = 0.5 ** (len(self.steps) - 1 - number)
        return planes, draw([line.scaled(scale) for line in lines], step, planes)

    def _reach(self, level: PyramidLevel) -> int:
        if level.targets > self.budget.wide:
            return 1
        return max(level.planes.shape[:2]) // 2 if level.targets < self.budget.all_over else NEAR_PX

    def _rounds(self, level: PyramidLevel, number: int, rounds: int, reach_px: int) -> None:
        """Of the size with this number."""
        passes = 1 if level.targets > self.budget.wide else PASSES
        for done in range(rounds):
            self.preview.show(level, number, (done + 1) / rounds)
            reach = reach_px if done % self.budget.random_every == 0 else 0
            level.search(passes, reach, self.options.seed * 1000 + level.targets + done)
            self.clock.tick(level.targets)
            if done + 1 < rounds:  # what is behind the last search votes anew
                level.vote(self.budget.vote_power)
                level.measure()


class _Clock:
    """Progress in targets worked on; the last tenth is left to what comes after the fill."""

    def __init__(
        self, steps: list[PyramidImage], budget: SearchBudget, progress: Callable[[float], None]
    ) -> None:
        holes = [int(np.count_nonzero(step.hole)) for step in steps]
        self.total = sum(hole * (1 + budget.rounds_of(hole)) for hole in holes[:-1])
        self.total += holes[-1] * budget.first_rounds
        self.done = 0
        self.progress = progress
        progress(0.0)

    def tick(self, targets: int) -> None:
        self.done += targets
        self.progress(min(0.9, 0.9 * self.done / self.total))
