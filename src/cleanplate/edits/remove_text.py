"""Remove text: writing and watermarks go, the picture stays."""

from functools import partial

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.worded import Worded, repaint_all
from cleanplate.models.catalogue import missing


def run(request: EditRequest) -> Edited:
    """Remove what the prompt names, or all writing.

    Returns:
        A picture of the same size.

    Raises:
        EngineFailed: no model can do it here, or it failed.
    """
    return repaint_all("find-text", request)


EDIT = Edit(
    name="remove_text",
    summary="remove writing and watermarks",
    parameters=Worded,
    run=run,
    missing=partial(missing, "find-text"),
)
