"""Colorize: a grey picture in colours, those that the prompt names among them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import cv2
import numpy as np

from cleanplate.edits.base import Edit, Edited, EditRequest, with_warnings
from cleanplate.edits.parts.prompted import ModelParameters, with_label, with_rgb
from cleanplate.edits.parts.recipes import recipe
from cleanplate.edits.parts.region import find_region
from cleanplate.errors import BadInput, EngineFailed
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import ColorizeJob
from cleanplate.models.roles import COLORIZE
from cleanplate.models.run_model import run_model
from cleanplate.pixels.recolour import recolour, tint
from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.prompts.colour_words import ColourRequest, colour_requests

_SOFT_SHARE = 1 / 250
"""Width of the soft edge of a colour, as a share of the longer side."""


def run(request: EditRequest) -> Edited:
    """Colour the picture; what the prompt names gets the colour that it names.

    Returns:
        A picture of the same size, its luma the input's own. The recipe lists the colours of the prompt, and
        whether what they are for was found.

    Raises:
        BadParameter: there is no model of that name for it.
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(ModelParameters, request.parameters)
    before = request.pixels.rgb
    wanted = colour_requests(parameters.prompt)
    report = request.part("colorize", 0, 1 / (1 + len(wanted)))
    job = ColorizeJob(
        rgb=before, prompt=parameters.prompt, seed=parameters.seed, progress=report, runtime=request.runtime
    )
    result = run_model(COLORIZE, job, parameters.model)
    coloured, notes = _by_words(request, result.made, wanted)
    coloured = recolour(before, coloured)
    facts = recipe(parameters, result.facts)
    if wanted:
        facts["colours"] = notes
    unfound = [f"nothing was coloured {one['colour']}: {one['why']}" for one in notes if not one["found"]]
    return Edited(with_label(with_rgb(request.pixels, coloured), parameters), with_warnings(facts, *unfound))


def _by_words(
    request: EditRequest, coloured: Rgb8, wanted: Sequence[ColourRequest]
) -> tuple[Rgb8, list[dict[str, Any]]]:
    """The picture with what the prompt names in its colours, and what came of each."""
    notes: list[dict[str, Any]] = []
    taken = np.zeros(coloured.shape[:2], np.float32)
    # The background is whatever is left, so it comes last.
    share = 1 / (1 + len(wanted))
    for number, one in enumerate(sorted(wanted, key=lambda one: one.is_background), 1):
        report = request.part("colorize", number * share, (number + 1) * share)
        alpha, why = _locate(request, one, taken, report)
        notes.append({"colour": one.colour, "of": one.thing, "found": alpha is not None, "why": why})
        if alpha is not None:
            coloured = tint(coloured, alpha, one.rgb)
            np.maximum(taken, alpha, out=taken)
    return coloured, notes


def _locate(
    request: EditRequest, one: ColourRequest, taken: Alpha, report: Callable[[float], None]
) -> tuple[Alpha | None, str]:
    """Where the thing is, with a soft edge, or None and why that is not known."""
    if one.is_background:
        return (
            (1 - taken, "") if taken.any() else (None, "nothing else was found, so all would be background")
        )
    try:
        found = find_region(request, one.thing, report)
    except (BadInput, EngineFailed) as error:
        return None, error.public
    soft_px = max(max(found.alpha.shape) * _SOFT_SHARE, 0.5)
    return cast(Alpha, cv2.GaussianBlur(found.alpha, (0, 0), soft_px)), ""


EDIT = Edit(
    name="colorize",
    summary="colour a grey picture; the prompt may name colours",
    parameters=ModelParameters,
    run=run,
    masked=False,
    missing=partial(missing, COLORIZE),
    roles=("colorize", "find"),
)
