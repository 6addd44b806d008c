"""Instruct: change the picture as a sentence says, without a mask."""

from functools import partial

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.parts.prompted import StrengthParameters, repaint_all
from cleanplate.models.catalogue import missing


def run(request: EditRequest) -> Edited:
    """Do what the prompt says.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    return repaint_all("instruct", request)


EDIT = Edit(
    name="instruct",
    summary="change the picture as the prompt says",
    parameters=StrengthParameters,
    run=run,
    masked=False,
    missing=partial(missing, "instruct"),
    roles=("instruct",),
)
