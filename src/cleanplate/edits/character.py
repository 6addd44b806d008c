"""Character: a new picture with the cartoon character of this one."""

from functools import partial
from typing import cast

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.parts.prompted import ModelParameters, repaint_all, visible_rgb
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import CharacterJob
from cleanplate.models.roles import CHARACTER


def run(request: EditRequest) -> Edited:
    """Make what the prompt says with the character of the picture.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(ModelParameters, request.parameters)
    job = CharacterJob(
        rgb=visible_rgb(request.pixels),
        prompt=parameters.prompt,
        seed=parameters.seed,
        progress=request.part("character"),
        runtime=request.runtime,
    )
    return repaint_all(request, CHARACTER, job)


EDIT = Edit(
    name="character",
    summary="keep the cartoon character and make what the prompt says around it",
    parameters=ModelParameters,
    run=run,
    masked=False,
    missing=partial(missing, CHARACTER),
    roles=("character",),
)
