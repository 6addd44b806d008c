"""People: each person in the picture outlined, as a mask of numbers or in colours."""

import colorsys
from typing import Any, Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.edits.parts.instances import MOST_THINGS
from cleanplate.edits.parts.prompted import visible_rgb
from cleanplate.edits.parts.recipes import recipe
from cleanplate.edits.parts.selection import described, full_size
from cleanplate.errors import BadInput
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import DetectJob, SelectJob
from cleanplate.models.roles import DETECT, SELECT
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Origin, Pixels, Rgb8

_WORDS: Final = "people"
_FOUND: Final = 0.6
"""Share of the time after which it is known where people are."""
_TINT: Final = 0.6
_TURN: Final = 0.618
"""Of the circle of colours, from one person's to the next's: so neighbours differ."""
_LEAST: Final = 0.0005
"""Share of the picture; what is smaller is a crowd far away."""


class PeopleParameters(Parameters):
    """What `people` can be told.

    Attributes:
        view: "labels" is a grey picture, 0 where nobody is and 1, 2, 3 … where each person is; "colours" is
            the photo with each person in a colour.
    """

    view: Literal["labels", "colours"] = "labels"


def run(request: EditRequest) -> Edited:
    """Outline each person.

    Returns:
        A picture of the same size. The recipe has `people`, in the order of their numbers: of each the
        `score`, the `share` of the picture and the `box`.

    Raises:
        BadInput: there is nobody in it.
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(PeopleParameters, request.parameters)
    labels, people, model = _labelled(request)
    if parameters.view == "labels":
        made = Pixels(np.repeat(labels[..., None], 3, axis=2), origin=Origin(grey=True))
    else:
        made = Pixels(_coloured(request.pixels.rgb, labels))
    return Edited(made, recipe(parameters, model) | {"people": people})


def _labelled(request: EditRequest) -> tuple[NDArray[np.uint8], list[dict[str, Any]], dict[str, str]]:
    """(H, W), the number of who is there, of two the one that is surer; and what is known of each."""
    pixels, runtime, seed = request.pixels, request.runtime, request.parameters.seed
    rgb = visible_rgb(pixels)
    report = request.part("find", 0, _FOUND)
    found = run_model(DETECT, DetectJob(rgb=rgb, prompt=_WORDS, seed=seed, progress=report, runtime=runtime))
    things = found.made[:MOST_THINGS]
    labels, people = np.zeros((pixels.height, pixels.width), np.uint8), []
    for number, thing in enumerate(things):
        request.progress("outline", _FOUND + (1 - _FOUND) * number / len(things))
        job = SelectJob(rgb=rgb, box=thing.box, seed=seed, runtime=runtime)
        outline = run_model(SELECT, job).made[0]
        flags = full_size(outline, pixels) & (labels == 0)
        if flags.mean() >= _LEAST:
            people.append(described(outline, pixels) | {"score": round(thing.score, 3)})
            labels[flags] = len(people)
    if not people:
        raise BadInput("there is nobody in the picture")
    return labels, people, found.facts


def _coloured(rgb: Rgb8, labels: NDArray[np.uint8]) -> Rgb8:
    hues = [(number * _TURN) % 1 for number in range(int(labels.max()))]
    colours = np.array([(0, 0, 0), *(colorsys.hsv_to_rgb(hue, 0.8, 1.0) for hue in hues)]) * 255
    tint = np.where(labels > 0, _TINT, 0.0)[..., None]
    return np.asarray(np.rint(rgb * (1 - tint) + colours[labels] * tint), np.uint8)


EDIT = Edit(
    name="people",
    summary="outline each person, as a mask of numbers or in colours",
    parameters=PeopleParameters,
    run=run,
    masked=False,
    missing=lambda runtime: missing(DETECT, runtime) or missing(SELECT, runtime),
    roles=("detect", "select"),
)
