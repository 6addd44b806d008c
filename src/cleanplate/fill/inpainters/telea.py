"""Fast marching inpainting from OpenCV: smooth, quick, always there. Good for specks and scratches."""

from dataclasses import dataclass

from cleanplate.fill.base import FillJob, InpainterFacts
from cleanplate.fill.patchmatch.smooth_fill import smooth
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import Runtime

NAME = "telea"
"""Fills where a deadline leaves no time for anything better."""
FACTS = InpainterFacts(
    name=NAME,
    summary="smooth fill for specks and scratches (OpenCV, fast marching)",
    seeded=False,
)


@dataclass(frozen=True, slots=True)
class Telea:
    """See `fill.patchmatch.smooth_fill`."""

    facts: InpainterFacts = FACTS

    def missing(self, runtime: Runtime) -> str:
        """It always works."""
        return ""

    def predict_ms(self, hole_px: int, fast: bool) -> float:
        """From measurements on two cores of a laptop."""
        return 5 + hole_px * 0.002

    def fill(self, job: FillJob) -> Rgb8:
        """What lies round the hole, drawn into it; without texture."""
        return smooth(job.rgb, job.hole, job.excluded)


INPAINTER = Telea()
