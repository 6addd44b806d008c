"""Stylize: the whole picture in another style."""

from functools import partial
from typing import cast

from cleanplate.edits.base import Edit, Edited, EditRequest, warned
from cleanplate.edits.parts.prompted import StrengthParameters, labelled, repaint_all
from cleanplate.models.catalogue import missing
from cleanplate.prompts.style_words import UnknownStyleError

UNCHANGED = "the strength is 0; the picture is unchanged"


def run(request: EditRequest) -> Edited:
    """Turn the picture into the style that the prompt names.

    A style that the installed model has no name for is asked of a model that follows instructions, if there
    is one.

    Returns:
        A picture of the same size; at strength 0 the picture itself.

    Raises:
        BadParameter: the prompt names no style that is known here.
        EngineFailed: no model can do it here, or it failed.
    """
    asked = cast(StrengthParameters, request.parameters)
    try:
        done = repaint_all("stylize", request)
    except UnknownStyleError:
        if missing("instruct", request.runtime):
            raise
        done = repaint_all("instruct", request)
    if asked.strength > 0:
        return done
    return Edited(labelled(request.pixels, asked), warned(done.recipe, UNCHANGED))


EDIT = Edit(
    name="stylize",
    summary="draw the whole picture in the style that the prompt names",
    parameters=StrengthParameters,
    run=run,
    masked=False,
    missing=partial(missing, "stylize"),
    roles=("stylize", "instruct"),
)
