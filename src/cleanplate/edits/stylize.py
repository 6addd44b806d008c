"""Stylize: the whole picture in another style."""

from functools import partial
from typing import cast

from cleanplate.edits.base import Edit, Edited, EditRequest, with_warnings
from cleanplate.edits.parts.prompted import StrengthParameters, repaint_all, visible_rgb, with_label
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import InstructJob, StylizeJob
from cleanplate.models.roles import INSTRUCT, STYLIZE
from cleanplate.prompts.style_words import UnknownStyleError

UNCHANGED = "the strength is 0; the picture is unchanged"


def run(request: EditRequest) -> Edited:
    """Turn the picture into the style that the prompt names.

    A style that the installed model has no name for is asked of a model that follows instructions, if there
    is one.

    Returns:
        A picture of the same size; at strength 0 the picture itself.

    Raises:
        BadParameter: the prompt names no style that is known here.
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(StrengthParameters, request.parameters)
    job = StylizeJob(
        rgb=visible_rgb(request.pixels),
        prompt=parameters.prompt,
        strength=parameters.strength,
        seed=parameters.seed,
        progress=request.part("stylize"),
        runtime=request.runtime,
    )
    try:
        done = repaint_all(request, STYLIZE, job)
    except UnknownStyleError:
        if missing(INSTRUCT, request.runtime):
            raise
        done = _by_instruction(request, job)
    if parameters.strength > 0:
        return done
    return Edited(with_label(request.pixels, parameters), with_warnings(done.recipe, UNCHANGED))


def _by_instruction(request: EditRequest, job: StylizeJob) -> Edited:
    """The same, by a model that follows sentences."""
    instruction = InstructJob(
        rgb=job.rgb,
        prompt=job.prompt,
        strength=job.strength,
        seed=job.seed,
        progress=request.part("instruct"),
        runtime=request.runtime,
    )
    return repaint_all(request, INSTRUCT, instruction)


EDIT = Edit(
    name="stylize",
    summary="draw the whole picture in the style that the prompt names",
    parameters=StrengthParameters,
    run=run,
    masked=False,
    missing=partial(missing, STYLIZE),
    roles=("stylize", "instruct"),
)
