"""Doodle: a line drawing, or the lines of a picture, painted as the prompt says."""

from functools import partial
from typing import cast

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.parts.prompted import ModelParameters, repaint_all, visible_rgb
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import DoodleJob
from cleanplate.models.roles import DOODLE


class DoodleParameters(ModelParameters):
    """What `doodle` can be told.

    Attributes:
        is_sketch: the picture is a line drawing already; otherwise its lines are found first.
    """

    is_sketch: bool = False


def run(request: EditRequest) -> Edited:
    """Paint the lines of the picture.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(DoodleParameters, request.parameters)
    job = DoodleJob(
        rgb=visible_rgb(request.pixels),
        prompt=parameters.prompt,
        is_sketch=parameters.is_sketch,
        seed=parameters.seed,
        progress=request.part("doodle"),
        runtime=request.runtime,
    )
    return repaint_all(request, DOODLE, job)


EDIT = Edit(
    name="doodle",
    summary="paint a line drawing, or the lines of a picture, as the prompt says",
    parameters=DoodleParameters,
    run=run,
    masked=False,
    missing=partial(missing, DOODLE),
    roles=("doodle",),
)
