"""A plug-in with a model that makes batches, and an edit that asks it, or does what breaks a group.

The model turns the picture round and writes into its first value how many were in its run.
"""

import ctypes
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.errors import BadParameter
from cleanplate.models.base import Model
from cleanplate.models.jobs import StylizeJob
from cleanplate.models.roles import STYLIZE, Ability
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Pixels
from cleanplate.runtime.batcher import ReportShare
from cleanplate.weights.card import Card

NAME: Final = "turns-round"
_CARD: Final = Card(NAME, "MIT", sha256="ab", cpu_batch_limit=8)
_HOUR_S: Final = 3600


def _turned(jobs: Sequence[StylizeJob], progress: ReportShare) -> list[NDArray[np.uint8]]:
    progress(0.5)
    if any(job.prompt == "alone" for job in jobs) and len(jobs) > 1:
        raise ValueError("no batches of these")
    made = [255 - job.rgb for job in jobs]
    for one in made:
        one[0, 0, 0] = len(jobs)
    return made


def _stylize(job: StylizeJob) -> NDArray[np.uint8]:
    return job.runtime.batcher.run(
        (NAME, job.rgb.shape, job.prompt),
        job,
        _turned,
        limit=partial(_CARD.at_once, job.runtime),
        progress=job.progress,
    )


MODEL = Model(_CARD, (Ability(STYLIZE, _stylize),), rank=-1)


class Meeting(Parameters):
    """What it is asked for.

    Attributes:
        how: one of `_WAYS`, done before the calls.
        calls: of the model.
        words: its prompt; equal ones fit together.
    """

    how: str = ""
    calls: int = Field(1, ge=0)
    words: str = ""


def _refuse() -> None:
    raise BadParameter("how: not in this way")


def _lack() -> None:
    raise MemoryError


_WAYS: Final[Mapping[str, Callable[[], object]]] = {
    "": lambda: None,
    "words": _refuse,
    "memory": _lack,
    "exit": lambda: os._exit(3),
    "segfault": lambda: ctypes.string_at(0),
    "sleep": lambda: time.sleep(_HOUR_S),
    "nap": lambda: time.sleep(0.3),
}


def _perform(request: EditRequest) -> Edited:
    asked = request.parameters
    assert isinstance(asked, Meeting)
    _WAYS[asked.how]()
    batches = []
    rgb = request.pixels.rgb
    for number in range(asked.calls):
        request.progress("call", number / asked.calls)
        job = StylizeJob(
            rgb=rgb,
            runtime=request.runtime,
            prompt=asked.words,
            progress=lambda done: request.progress("call", done),
        )
        rgb = run_model(STYLIZE, job, NAME).made
        batches.append(int(rgb[0, 0, 0]))
        rgb[0, 0, 0] = 0
    return Edited(Pixels(rgb), {"pid": os.getpid(), "batches": batches})


EDIT = Edit("meet", "Ask a model that makes batches.", Meeting, _perform, masked=False)
