"""A plug-in for these tests: an engine that takes its time, and one that fails."""

import time
from dataclasses import dataclass

from cleanplate.errors import EngineFailed
from cleanplate.fill.base import FillJob, InpainterFacts
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import Runtime

STEPS = 300
STEP_S = 0.05
PATIENT = InpainterFacts(name="patient", rank=-1)
FAILING = InpainterFacts(name="failing", rank=-1)


@dataclass(frozen=True, slots=True)
class Patient:
    """Gives the picture back after a quarter of a minute."""

    facts: InpainterFacts = PATIENT

    def missing(self, runtime: Runtime) -> str:
        return ""

    def predict_ms(self, hole_px: int, fast: bool) -> float:
        return 1000 * STEPS * STEP_S

    def fill(self, job: FillJob) -> Rgb8:
        for step in range(STEPS):
            job.progress(step / STEPS)
            time.sleep(STEP_S)
        return job.rgb


@dataclass(frozen=True, slots=True)
class Failing:
    """Never fills anything."""

    facts: InpainterFacts = FAILING

    def missing(self, runtime: Runtime) -> str:
        return ""

    def predict_ms(self, hole_px: int, fast: bool) -> float:
        return 1.0

    def fill(self, job: FillJob) -> Rgb8:
        raise EngineFailed("it always fails", log="a test wants it so")


INPAINTER = (Patient(), Failing())
