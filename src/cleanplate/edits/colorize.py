"""Colorize: a grey picture in colours."""

from functools import partial

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.worded import Worded, repaint_all
from cleanplate.models.catalogue import missing


def run(request: EditRequest) -> Edited:
    """Colour the picture; the prompt may name colours.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    return repaint_all("colorize", request)


EDIT = Edit(
    name="colorize",
    summary="colour a grey picture",
    parameters=Worded,
    run=run,
    missing=partial(missing, "colorize"),
)
