"""Character: a new picture with the cartoon character of this one."""

from functools import partial

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.parts.prompted import ModelParameters, repaint_all
from cleanplate.models.catalogue import missing


def run(request: EditRequest) -> Edited:
    """Make what the prompt says with the character of the picture.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    return repaint_all("character", request)


EDIT = Edit(
    name="character",
    summary="keep the cartoon character and make what the prompt says around it",
    parameters=ModelParameters,
    run=run,
    masked=False,
    missing=partial(missing, "character"),
    roles=("character",),
)
