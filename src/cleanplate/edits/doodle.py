"""Doodle: a line drawing, or the lines of a picture, painted as the prompt says."""

from functools import partial
from typing import cast

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.parts.prompted import ModelParameters, repaint_all
from cleanplate.models.catalogue import missing


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
    asked = cast(DoodleParameters, request.parameters)
    return repaint_all("doodle", request, is_sketch=asked.is_sketch)


EDIT = Edit(
    name="doodle",
    summary="paint a line drawing, or the lines of a picture, as the prompt says",
    parameters=DoodleParameters,
    run=run,
    masked=False,
    missing=partial(missing, "doodle"),
    roles=("doodle",),
)
