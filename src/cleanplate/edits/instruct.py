"""Instruct: change the picture as a sentence says, without a mask."""

from functools import partial
from typing import cast

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.parts.prompted import StrengthParameters, repaint_all, visible_rgb
from cleanplate.edits.parts.result_size import ResultSize, makes_pixels
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import InstructJob
from cleanplate.models.roles import INSTRUCT


class InstructParameters(StrengthParameters):
    """What `instruct` can be told.

    Attributes:
        size: (width, height): scale the result until it covers this, and cut its middle out.
            None keeps the picture's size.
    """

    size: ResultSize = None


def run(request: EditRequest) -> Edited:
    """Do what the prompt says.

    Returns:
        A picture of the same size, or of `size`.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(InstructParameters, request.parameters)
    job = InstructJob(
        rgb=visible_rgb(request.pixels),
        prompt=parameters.prompt,
        strength=parameters.strength,
        seed=parameters.seed,
        progress=request.part("instruct"),
        runtime=request.runtime,
    )
    return repaint_all(request, INSTRUCT, job, parameters.size)


EDIT = Edit(
    name="instruct",
    summary="change the picture as the prompt says",
    parameters=InstructParameters,
    run=run,
    masked=False,
    missing=partial(missing, INSTRUCT),
    roles=("instruct",),
    makes_pixels=makes_pixels,
)
