"""Inpainters that are another one, but for what a test says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.runtimes import here

from cleanplate.fill.base import FillJob, Inpainter, InpainterFacts
from cleanplate.fill.catalogue import inpainter
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Changed:
    """Like `original` in all that is not given."""

    original: Inpainter
    facts: InpainterFacts
    why_missing: str = ""
    filling: Callable[[FillJob], Rgb8] | None = None
    takes_ms: float | None = None

    def missing(self, runtime: Runtime) -> str:
        return self.why_missing

    def predict_ms(self, hole_px: int, fast: bool) -> float:
        return self.original.predict_ms(hole_px, fast) if self.takes_ms is None else self.takes_ms

    def fill(self, job: FillJob) -> Rgb8:
        return self.original.fill(job) if self.filling is None else self.filling(job)


def like(
    original: str,
    *,
    missing: str = "",
    fill: Callable[[FillJob], Rgb8] | None = None,
    takes_ms: float | None = None,
    **facts: Any,
) -> Changed:
    """The one of this name, with other facts, another function or another reason not to run."""
    found = inpainter(original, here())
    return Changed(found, replace(found.facts, **facts), missing, fill, takes_ms)
