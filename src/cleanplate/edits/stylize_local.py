"""Stylize one object: what the prompt names becomes ice, cloud, wood, ..."""

from functools import partial

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.worded import Worded, repaint_all
from cleanplate.models.catalogue import missing


def run(request: EditRequest) -> Edited:
    """Turn the object that the prompt names into the material that it names.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    return repaint_all("transfer", request)


EDIT = Edit(
    name="stylize_local",
    summary="give the object that the prompt names another material",
    parameters=Worded,
    run=run,
    missing=partial(missing, "transfer"),
)
