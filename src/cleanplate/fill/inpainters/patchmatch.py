"""Our own PatchMatch: copies matching texture from the surroundings. No download, no GPU."""

from dataclasses import dataclass

from cleanplate import compiled
from cleanplate.fill.base import FillJob, InpainterFacts
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import Runtime

NAME = "patchmatch"
"""Fills where nothing is pulled, makes the detail of a network's answer, and measures what is quick."""
FACTS = InpainterFacts(
    name=NAME,
    summary="copies matching texture from the surroundings, and matches tone and grain",
    rank=5,
)


@dataclass(frozen=True, slots=True)
class PatchMatch:
    """See `fill.patchmatch`."""

    facts: InpainterFacts = FACTS

    def missing(self, runtime: Runtime) -> str:
        """Why its compiler does not load, or ""."""
        return compiled.missing()

    def predict_ms(self, hole_px: int, fast: bool) -> float:
        """From measurements on two cores of a laptop."""
        return 15 + hole_px * 0.001 if fast else 120 + hole_px * 0.002

    def fill(self, job: FillJob) -> Rgb8:
        """Patches of the surroundings; structure from `job.prior` where there is one."""
        from cleanplate.fill.patchmatch.fill import fill

        return fill(job.rgb, job.hole, job.excluded, job.options, job.progress, job.prior, job.preview)


INPAINTER = PatchMatch()
