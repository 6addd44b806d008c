"""Select: the outline of what is clicked on, boxed or named, as a mask."""

from typing import Any, cast

from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.edits.parts.clicks import Clicks, Spots
from cleanplate.edits.parts.drawn_boxes import Edges
from cleanplate.edits.parts.instances import MOST_THINGS, select_named
from cleanplate.edits.parts.recipes import extent_of, recipe
from cleanplate.edits.parts.region import role_for
from cleanplate.edits.parts.selection import Selected, select
from cleanplate.edits.parts.shown_mask import Paint, shown_mask
from cleanplate.errors import BadParameter
from cleanplate.fill.networks import NetworkRole
from cleanplate.models.catalogue import missing
from cleanplate.models.roles import DETECT, FIND_TEXT, SELECT
from cleanplate.pixels import masks
from cleanplate.runtime.runtime import Runtime


class SelectParameters(Parameters):
    """What `select` can be told.

    Attributes:
        points: (x, y) in pixels of the upright picture, each on the thing that is meant.
        not_points: the same, each beside it: what is there is none of it.
        box: left, top, right, bottom in pixels, round the thing; right and bottom outside.
        find: words for what is meant, instead of points and a box: "people", "the dog on the left".
        candidate: which of the candidates that the recipe lists, from 1 on; 0 is the likeliest by points and
            a box, and all together by words.
        grow_px: how far the mask reaches beyond what was selected.
        paint: (red, green, blue, opacity) of what is selected in the result, on clear ground; None is white
            on black.
    """

    points: Spots = ()
    not_points: Spots = ()
    box: Edges | None = None
    find: str = Field("", max_length=2000)
    candidate: int = Field(0, ge=0, le=MOST_THINGS)
    grow_px: int = Field(0, ge=0, le=512)
    paint: Paint = None


def run(request: EditRequest) -> Edited:
    """Outline what is pointed at, or each thing that the words name.

    Returns:
        A mask of the same size: white = selected, black = all else. The recipe has its `box` ([left, top,
        right, bottom]), its `share` of the picture, the number of the `candidate` that it is, and all
        `candidates`, each with its `score`, `share` and `box`.

    Raises:
        BadParameter: points, box and words are missing, contradict each other or lie outside the picture.
        BadInput: nothing in the picture is what the words say; or one click takes most of it, so that a
            second is needed.
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(SelectParameters, request.parameters)
    report = request.part("select")
    if parameters.find.strip():
        if parameters.points or parameters.not_points or parameters.box:
            raise BadParameter("find: say what is meant by words, or by points and a box, not by both")
        found = select_named(request, parameters.find, parameters.candidate, report)
    else:
        clicks = Clicks(
            parameters.points, parameters.not_points, parameters.box, candidate=parameters.candidate
        )
        found = select(request, clicks, report)
    flags = masks.dilate(found.flags, parameters.grow_px) if parameters.grow_px else found.flags
    return Edited(shown_mask(flags, parameters.paint), _facts(parameters, found))


def _facts(parameters: SelectParameters, found: Selected) -> dict[str, Any]:
    choice = {"candidate": found.candidate, "candidates": found.candidates}
    return recipe(parameters, found.model) | extent_of(found.flags) | choice


def _lacking(parameters: Parameters, runtime: Runtime) -> str:
    phrase = cast(SelectParameters, parameters).find
    if not phrase.strip():
        return missing(SELECT, runtime)
    if role_for(phrase) is FIND_TEXT:
        return missing(FIND_TEXT, runtime)
    return missing(DETECT, runtime) or missing(SELECT, runtime)


def _needs(parameters: Parameters) -> tuple[NetworkRole, ...]:
    phrase = cast(SelectParameters, parameters).find
    if not phrase.strip():
        return ("select",)
    return ("find-text",) if role_for(phrase) is FIND_TEXT else ("detect", "select")


def _limited(runtime: Runtime) -> str:
    why = missing(DETECT, runtime)
    return f"by words: {why}" if why else ""


EDIT = Edit(
    name="select",
    summary="outline what is clicked on, boxed or named, and return it as a mask",
    parameters=SelectParameters,
    run=run,
    masked=False,
    missing=lambda runtime: missing(SELECT, runtime),
    limited=_limited,
    lacking=_lacking,
    roles=("select", "detect", "find-text"),
    needs=_needs,
)
