"""Convert: the picture as it is, to be written as another file."""

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.edits.parts.recipes import recipe


class ConvertParameters(Parameters):
    """What `convert` can be told: nothing. What the file is like is said of the result of any edit."""


def run(request: EditRequest) -> Edited:
    """Return the picture, each sample as its file had it."""
    request.progress("convert", 1.0)
    return Edited(request.pixels, recipe(request.parameters, None))


EDIT = Edit(
    name="convert",
    summary="write the picture as another file: format, quality, with or without its metadata",
    parameters=ConvertParameters,
    run=run,
    masked=False,
)
