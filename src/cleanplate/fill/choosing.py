"""Who fills a hole: of all that is here, the best for its size, its shape and the time there is.

One ordering covers all inpainters, `rank`. Their facts also say for which holes they are good, "any" or
"wide", and they predict about how long they take. What is wide is decided here, from figures (docs/engines.md
has them):

- On free-form holes over 20 to 60 % of what is seen, the published answers of MI-GAN are less than half as
  far from the truth in style as PatchMatch, and 1.6 to 2.3 dB nearer. In its 20 published object removals,
  with smaller holes, they are better in 8, worse in 4, about even in 8. Below that nothing that was published
  has a network ahead.
- In `python -m benchmarks --only choosing` PatchMatch comes nearly as close with strokes of 32 px as with
  those of 8 px, and with 96 px it is about twice as far. Who has weights finds them in the same table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np

from cleanplate.errors import BadInput, BadParameter, CleanplateError, EngineFailed, SetupError
from cleanplate.fill.base import Inpainter
from cleanplate.fill.catalogue import AUTO, available, inpainter, inpainters
from cleanplate.fill.inpainters import patchmatch, telea
from cleanplate.pixels.types import Hole
from cleanplate.runtime.runtime import Runtime

T = TypeVar("T")

WIDE_SHARE = 0.1
"""So much of its crop, the hole's box and half its longer side round that, a wide hole covers."""
DEEP_PX = 12.0
"""And half of its pixels lie so far from all that is known."""
QUICKEST = telea.NAME
OWN = (patchmatch.NAME, QUICKEST)
SETTING = "CLEANPLATE_FILL_ENGINE"


def is_wide(hole: Hole) -> bool:
    """True for a hole that is wide, by what is measured in its crop, (H, W), True = make this pixel."""
    flags = hole.view(np.uint8)
    made = cv2.countNonZero(flags)
    if not made or made < WIDE_SHARE * hole.size:
        return False
    depth = cv2.distanceTransform(flags, cv2.DIST_L2, cv2.DIST_MASK_3)
    return bool(2 * np.count_nonzero(depth >= DEEP_PX) >= made)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who may fill the holes of one picture.

    Attributes:
        able: the best first; one alone where it was asked for by name.
        runtime: what they run by.
        automatic: nobody asked for one by name: the hole decides, and the next does what one fails to do.
        fast: only those that are quick enough to be called so.
        warnings: one sentence for each that failed, or that there was no time for.
    """

    able: tuple[Inpainter, ...]
    runtime: Runtime
    automatic: bool = True
    fast: bool = False
    warnings: tuple[str, ...] = ()

    def candidates_for(self, hole: Callable[[], Hole]) -> list[Inpainter]:
        """Who may fill this hole, the best first; never nobody.

        Args:
            hole: gives the hole in its crop; called where that makes a difference.
        """
        if not self.automatic or len(self.able) == 1:
            return list(self.able)
        able = [one for one in self.able if not self.fast or self._is_quick(one, hole)]
        if any(one.facts.holes == "wide" for one in able) and not is_wide(hole()):
            able = [one for one in able if one.facts.holes != "wide"]
        return able or [self.able[-1]]

    def fill(self, hole: Callable[[], Hole], attempt: Callable[[Inpainter], T]) -> tuple[T, str, "Choice"]:
        """What the first one that suits makes of the hole, its name, and who may fill the next hole.

        One that fails is left alone from then on, and the next one tries, unless it was asked for by name.

        Args:
            attempt: calls the inpainter that it is given.

        Raises:
            EngineFailed: it failed, and there is no other.
            BadInput: the same; the picture is at fault.
        """
        left = self
        *better, last = self.candidates_for(hole)
        for number, one in enumerate(better):
            try:
                return attempt(one), one.facts.name, left
            except (EngineFailed, BadInput) as error:
                left = left._without(one, [*better, last][number + 1], error)
        return attempt(last), last.facts.name, left

    def _without(self, failed: Inpainter, following: Inpainter, error: CleanplateError) -> "Choice":
        name = failed.facts.name
        warning = f"{name} did not fill ({error.public}); {following.facts.name} did instead"
        able = tuple(one for one in self.able if one.facts.name != name)
        return replace(self, able=able, warnings=(*self.warnings, warning))

    def predicted_ms(self, holes: Sequence[tuple[int, Hole]]) -> float:
        """About how long these take.

        Args:
            holes: of each crop the pixels that are to be made, and the hole as it is filled.
        """
        return sum(
            self.candidates_for(_always(hole))[0].predict_ms(hole_px, self.fast) for hole_px, hole in holes
        )

    def within(self, budget_ms: float, holes: Sequence[tuple[int, Hole]]) -> "Choice":
        """The best that is predicted to end in time; what is quickest where nothing is.

        One by one the best is left out, each first as it was asked for and then `fast`.
        """
        for number, best in enumerate(self.able):
            for fast in sorted({self.fast, True}):
                tried = replace(self, able=self.able[number:], fast=fast)
                if (
                    fast
                    and self.automatic
                    and not all(self._is_quick(best, _always(hole)) for _, hole in holes)
                ):
                    continue  # whoever is quick has a turn of his own
                if tried.predicted_ms(holes) <= budget_ms:
                    return tried
        warnings = self.warnings
        name = self.able[0].facts.name
        if not self.automatic and name != QUICKEST:
            warnings += (f"the deadline left no time for {name}; {QUICKEST} filled instead",)
        return replace(self, able=(inpainter(QUICKEST, self.runtime),), fast=True, warnings=warnings)

    def networks_within(
        self, budget_ms: float | None, holes: Callable[[], Sequence[tuple[int, Hole]]]
    ) -> "Choice":
        """Without the networks that are predicted to need longer; for edits that have no hurried way.

        Args:
            holes: gives what `predicted_ms` wants; called where it makes a difference.
        """
        if budget_ms is None or not self.automatic or all(one.facts.name in OWN for one in self.able):
            return self
        sizes = holes()
        for number, best in enumerate(self.able):
            tried = replace(self, able=self.able[number:])
            if best.facts.name in OWN or tried.predicted_ms(sizes) <= budget_ms:
                return tried
        return self

    def _is_quick(self, one: Inpainter, hole: Callable[[], Hole]) -> bool:
        """True for our own, which have a quick way or are quick, and for what is no slower than copying."""
        if one.facts.name in OWN:
            return True
        hole_px = cv2.countNonZero(hole().view(np.uint8))
        copying = inpainters(self.runtime)[patchmatch.NAME]
        return one.predict_ms(hole_px, True) <= copying.predict_ms(hole_px, False)


def _always(hole: Hole) -> Callable[[], Hole]:
    return lambda: hole


def choose(runtime: Runtime, name: str = AUTO, *, fast: bool = False, seeded: bool = False) -> Choice:
    """Who may fill.

    Args:
        name: of the inpainter that is wanted, or "auto".
        fast: the caller is in a hurry.
        seeded: another seed has to give another fill.

    Raises:
        BadParameter: there is no inpainter of that name.
        SetupError: the same of the name that the settings have.
        EngineFailed: it cannot run here, or nothing can.
    """
    if name != AUTO:
        return Choice((inpainter(name, runtime),), runtime, automatic=False, fast=fast)
    if runtime.fill_engine != AUTO:
        return Choice((_of_settings(runtime),), runtime, automatic=False, fast=fast)
    able = available(runtime)
    if not able:
        raise EngineFailed("nothing that fills can run here: see `cleanplate doctor`")
    chancy = [one for one in able if one.facts.seeded]
    return Choice(tuple(chancy if seeded and chancy else able), runtime, fast=fast)


def check_settings(runtime: Runtime) -> None:
    """Raises `SetupError` where the settings name an inpainter that is not known, or cannot run here.

    So it does where that of a plug-in is none, or has a name that is taken.
    """
    if runtime.plugins:  # what the package has need not be imported for this
        from cleanplate.fill.networks import networks

        networks(runtime)
    name = runtime.fill_engine
    if name == AUTO:
        return
    try:
        _of_settings(runtime)
    except EngineFailed as error:
        named = inpainters(runtime)[name]
        why = named.missing(runtime) if named.facts.card is None else ""
        raise SetupError(f"{SETTING}: {(why and f'{name} cannot run here: {why}') or error.public}") from None


def _of_settings(runtime: Runtime) -> Inpainter:
    try:
        return inpainter(runtime.fill_engine, runtime)
    except BadParameter as error:
        raise SetupError(f"{SETTING}: {error.public.removeprefix('engine: ')}") from None
