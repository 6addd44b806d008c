"""Things that words name, each by itself: a detector finds their boxes, and each box is outlined."""

from collections.abc import Callable
from typing import Final

import numpy as np

from cleanplate.edits.base import EditRequest
from cleanplate.edits.parts.region import find_region, role_for
from cleanplate.edits.parts.selection import Selected, check_candidate, described, full_size
from cleanplate.errors import BadInput
from cleanplate.models.jobs import DetectJob, SelectJob
from cleanplate.models.roles import DETECT, FIND_TEXT, SELECT
from cleanplate.models.run_model import run_model
from cleanplate.pixels.masks import is_painted

MOST_THINGS: Final = 32
"""Of one phrase; those that the detector is less sure of are left out."""
_FOUND: Final = 0.6
"""Share of the time after which the things are known and have yet to be outlined."""


def select_named(
    request: EditRequest, phrase: str, candidate: int, progress: Callable[[float], None]
) -> Selected:
    """The outlines of what the phrase names: of all things, or of the one with this number.

    Writing is found as a whole and has no candidates.

    Raises:
        BadInput: nothing in the picture is what the phrase says.
        BadParameter: there is no candidate of that number, or the phrase is too long.
        EngineFailed: no model can do it here, or it failed.
    """
    if role_for(phrase) is FIND_TEXT:
        region = find_region(request, phrase, progress)
        check_candidate(candidate, 0)
        return Selected(np.asarray(is_painted(region.alpha)), region.facts, 0, [])
    pixels, runtime, seed = request.pixels, request.runtime, request.parameters.seed
    detection = run_model(
        DETECT,
        DetectJob(
            rgb=pixels.rgb,
            prompt=phrase,
            seed=seed,
            progress=lambda done: progress(_FOUND * done),
            runtime=runtime,
        ),
    )
    things = detection.made[:MOST_THINGS]
    if not things:
        raise BadInput(f"nothing in the picture matches {phrase!r}")
    check_candidate(candidate, len(things))
    flags, candidates = np.zeros((pixels.height, pixels.width), np.bool_), []
    for number, thing in enumerate(things, 1):
        progress(_FOUND + (1 - _FOUND) * (number - 1) / len(things))
        outline = run_model(
            SELECT, SelectJob(rgb=pixels.rgb, box=thing.box, seed=seed, runtime=runtime)
        ).made[0]
        candidates.append(described(outline, pixels) | {"score": round(thing.score, 3)})
        if candidate in (0, number):
            flags |= full_size(outline, pixels)
    if not flags.any():
        raise BadInput(f"nothing in the picture that matches {phrase!r} has an outline")
    progress(1.0)
    return Selected(flags, detection.facts, candidate, candidates)
