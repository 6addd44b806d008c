"""Stylize: the whole picture in another style."""

from functools import partial

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.worded import Graded, repaint_all
from cleanplate.models.catalogue import missing


def run(request: EditRequest) -> Edited:
    """Turn the picture into the style that the prompt names.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    return repaint_all("stylize", request)


EDIT = Edit(
    name="stylize",
    summary="draw the whole picture in the style that the prompt names",
    parameters=Graded,
    run=run,
    missing=partial(missing, "stylize"),
)
