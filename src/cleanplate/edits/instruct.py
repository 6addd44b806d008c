"""Instruct: change the picture as a sentence says, without a mask."""

from functools import partial
from typing import cast

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.parts.prompted import StrengthParameters, repaint_all, visible_rgb
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import InstructJob
from cleanplate.models.roles import INSTRUCT


def run(request: EditRequest) -> Edited:
    """Do what the prompt says.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(StrengthParameters, request.parameters)
    job = InstructJob(
        rgb=visible_rgb(request.pixels),
        prompt=parameters.prompt,
        strength=parameters.strength,
        seed=parameters.seed,
        progress=request.part("instruct"),
        runtime=request.runtime,
    )
    return repaint_all(request, INSTRUCT, job)


EDIT = Edit(
    name="instruct",
    summary="change the picture as the prompt says",
    parameters=StrengthParameters,
    run=run,
    masked=False,
    missing=partial(missing, INSTRUCT),
    roles=("instruct",),
)
