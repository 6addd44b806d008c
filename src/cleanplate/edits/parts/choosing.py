"""Who fills a hole: of all that is here, the best for its size, its shape and the time there is.

One ordering covers engines and networks, `rank`. A card also says for which holes it is good, "any" or
"wide", and about how long it takes. What is wide is decided here, from figures (docs/engines.md has them):

- On free-form holes over 20 to 60 % of what is seen, the published answers of MI-GAN are less than half as
  far from the truth in style as PatchMatch, and 1.6 to 2.3 dB nearer. In its 20 published object removals,
  with smaller holes, they are better in 8, worse in 4, about even in 8. Below that nothing that was published
  has a network ahead.
- In `python -m benchmarks --only choosing` PatchMatch comes nearly as close with strokes of 32 px as with
  those of 8 px, and with 96 px it is about twice as far. Who has weights finds them in the same table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import cv2
import numpy as np

from cleanplate.edits.base import warned
from cleanplate.edits.parts.fillers import AUTO, PLAIN, filler, fillers, known, model_facts
from cleanplate.errors import BadInput, BadParameter, CleanplateError, EngineFailed, SetupError
from cleanplate.fill.base import Engine
from cleanplate.fill.catalogue import engines
from cleanplate.pixels.types import Hole
from cleanplate.runtime.runtime import Runtime

T = TypeVar("T")

WIDE_SHARE = 0.1
"""So much of its crop, the hole's box and half its longer side round that, a wide hole covers."""
DEEP_PX = 12.0
"""And half of its pixels lie so far from all that is known."""
HURRIED = "telea"
"""What fills when a deadline leaves no time for anything better."""
OWN = (PLAIN, HURRIED)
SETTING = "CLEANPLATE_FILL_ENGINE"


def is_wide(hole: Hole) -> bool:
    """True for a hole that is wide, by what is measured in its crop, (H, W), True = make this pixel."""
    flags = hole.view(np.uint8)
    made = cv2.countNonZero(flags)
    if not made or made < WIDE_SHARE * hole.size:
        return False
    depth = cv2.distanceTransform(flags, cv2.DIST_L2, cv2.DIST_MASK_3)
    return bool(2 * np.count_nonzero(depth >= DEEP_PX) >= made)


@dataclass(slots=True)
class Choice:
    """Who may fill the holes of one picture.

    Attributes:
        able: the best first; one alone where it was asked for by name.
        runtime: what they run by.
        automatic: nobody asked for one by name: the hole decides, and the next does what one fails to do.
        fast: only those that are quick enough to be called so.
        warnings: one sentence for each that failed, or that there was no time for.
    """

    able: tuple[Engine, ...]
    runtime: Runtime
    automatic: bool = True
    fast: bool = False
    warnings: list[str] = field(default_factory=list)

    def suited(self, hole: Callable[[], Hole]) -> list[Engine]:
        """Who may fill this hole, the best first; never nobody.

        Args:
            hole: gives the hole in its crop; called where that makes a difference.
        """
        if not self.automatic or len(self.able) == 1:
            return list(self.able)
        suited = [one for one in self.able if not self.fast or self._is_quick(one, hole)]
        if any(one.holes == "wide" for one in suited) and not is_wide(hole()):
            suited = [one for one in suited if one.holes != "wide"]
        return suited or [self.able[-1]]

    def fill(self, hole: Callable[[], Hole], attempt: Callable[[Engine], T]) -> tuple[T, str]:
        """What the first one that suits makes of the hole, and its name.

        One that fails is left alone from then on, and the next one tries, unless it was asked for by name.

        Args:
            attempt: calls the engine that it is given.

        Raises:
            EngineFailed: it failed, and there is no other.
            BadInput: the same; the picture is at fault.
        """
        *better, last = self.suited(hole)
        for number, engine in enumerate(better):
            try:
                return attempt(engine), engine.name
            except (EngineFailed, BadInput) as error:
                self._without(engine, [*better, last][number + 1], error)
        return attempt(last), last.name

    def _without(self, failed: Engine, following: Engine, error: CleanplateError) -> None:
        self.able = tuple(one for one in self.able if one.name != failed.name)
        self.warnings.append(f"{failed.name} did not fill ({error.public}); {following.name} did instead")

    def predicted_ms(self, holes: Sequence[tuple[int, Hole]]) -> float:
        """About how long these take.

        Args:
            holes: of each crop the pixels that are to be made, and the hole as it is filled.
        """
        return sum(self.suited(_given(hole))[0].predict_ms(hole_px, self.fast) for hole_px, hole in holes)

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
                    and not all(self._is_quick(best, _given(hole)) for _, hole in holes)
                ):
                    continue  # whoever is quick has a turn of his own
                if tried.predicted_ms(holes) <= budget_ms:
                    return tried
        if not self.automatic and self.able[0].name != HURRIED:
            told = f"the deadline left no time for {self.able[0].name}; {HURRIED} filled instead"
            self.warnings.append(told)
        return replace(self, able=(filler(HURRIED, self.runtime),), fast=True)

    def _is_quick(self, engine: Engine, hole: Callable[[], Hole]) -> bool:
        """True for our own, which have a quick way or are quick, and for what is no slower than copying."""
        if engine.name in OWN:
            return True
        hole_px = cv2.countNonZero(hole().view(np.uint8))
        plain = engines(self.runtime)[PLAIN]
        return engine.predict_ms(hole_px, True) <= plain.predict_ms(hole_px, False)

    def networks_within(
        self, budget_ms: float | None, holes: Callable[[], Sequence[tuple[int, Hole]]]
    ) -> "Choice":
        """Without the networks that are predicted to need longer; for edits that have no hurried way.

        Args:
            holes: gives what `predicted_ms` wants; called where it makes a difference.
        """
        if budget_ms is None or not self.automatic or all(one.name in OWN for one in self.able):
            return self
        sizes = holes()
        for number, best in enumerate(self.able):
            tried = replace(self, able=self.able[number:])
            if best.name in OWN or tried.predicted_ms(sizes) <= budget_ms:
                return tried
        return self


def _given(hole: Hole) -> Callable[[], Hole]:
    return lambda: hole


def choice(runtime: Runtime, asked: str = AUTO, *, fast: bool = False, seeded: bool = False) -> Choice:
    """Who may fill where `asked` is wanted: "auto", or a name.

    Args:
        fast: the caller is in a hurry.
        seeded: another seed has to give another fill.

    Raises:
        BadParameter: there is no such engine, and no model of that name that can erase.
        SetupError: the same of the name that the settings have.
        EngineFailed: it cannot run here, or nothing can.
    """
    if asked != AUTO:
        return Choice((filler(asked, runtime),), runtime, automatic=False, fast=fast)
    if runtime.fill_engine != AUTO:
        return Choice((_of_settings(runtime),), runtime, automatic=False, fast=fast)
    able = fillers(runtime)
    if not able:
        raise EngineFailed("nothing that fills can run here: see `cleanplate doctor`")
    chancy = [one for one in able if one.seeded]
    return Choice(tuple(chancy if seeded and chancy else able), runtime, fast=fast)


def check_settings(runtime: Runtime) -> None:
    """Raises `SetupError` where the settings name an engine that is not known, or cannot run here.

    So it does where a plug-in's engine or model is none, or has a name that is taken.
    """
    known(runtime)
    name = runtime.fill_engine
    if name == AUTO:
        return
    try:
        _of_settings(runtime)
    except EngineFailed as error:
        own = engines(runtime)
        why = own[name].missing(runtime) if name in own else ""
        raise SetupError(f"{SETTING}: {(why and f'{name} cannot run here: {why}') or error.public}") from None


def _of_settings(runtime: Runtime) -> Engine:
    try:
        return filler(runtime.fill_engine, runtime)
    except BadParameter as error:
        raise SetupError(f"{SETTING}: {error.public.removeprefix('engine: ')}") from None


def told(recipe: Mapping[str, Any], names: Sequence[str], chosen: Choice) -> dict[str, Any]:
    """The recipe with who filled: `engine`, `model`, and `warnings` where there are any.

    Args:
        names: of each crop; nobody is None. Several are one `engine`, joined by "+" in the order of their
            first crops, and `engines` has one for each of all crops, where the recipe has as many.
    """
    different = list(dict.fromkeys(names))
    found = [facts for name in different if (facts := model_facts(name, chosen.runtime)) is not None]
    whole: dict[str, Any] = {**recipe, "engine": "+".join(different) or None}
    if found:
        whole["model"] = found[0]
    if len(different) > 1 and len(names) == len(recipe.get("crops", ())):
        whole["engines"] = list(names)
    return warned(whole, *chosen.warnings)
