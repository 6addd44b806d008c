"""A plug-in: a model that waits instead of a GPU, for which eight pictures take about as long as one."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from cleanplate.models.base import Model
from cleanplate.models.jobs import InstructJob
from cleanplate.models.roles import INSTRUCT, Ability
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.batcher import ReportShare
from cleanplate.weights.card import Card

RUN_S: Final = 0.4
PICTURE_S: Final = 0.02
"""Seconds of a run, and of each picture in it."""
_STEPS: Final = 4
CARD: Final = Card("waits", "MIT", sha256="none", cpu_batch_limit=8)


def _wait(jobs: Sequence[InstructJob], progress: ReportShare) -> list[Rgb8]:
    for step in range(_STEPS):
        progress(step / _STEPS)
        time.sleep((RUN_S + PICTURE_S * len(jobs)) / _STEPS)
    return [255 - job.rgb for job in jobs]


def _instruct(job: InstructJob) -> Rgb8:
    return job.runtime.batcher.run(
        (CARD.name, job.rgb.shape),
        job,
        _wait,
        limit=partial(CARD.at_once, job.runtime),
        progress=job.progress,
    )


MODEL = Model(CARD, (Ability(INSTRUCT, _instruct),), rank=1000)
