"""From clicks and a box to a mask: the outline of the thing there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from cleanplate.edits.base import EditRequest
from cleanplate.edits.parts.clicks import Clicks
from cleanplate.edits.parts.drawn_boxes import Edges
from cleanplate.errors import BadInput, BadParameter
from cleanplate.models.jobs import Outline, SelectJob
from cleanplate.models.roles import SELECT
from cleanplate.models.run_model import run_model
from cleanplate.pixels.geometry import bounds, clip
from cleanplate.pixels.types import Box, Hole, Pixels

MOST_OF_PICTURE: Final = 0.6
"""Share of the picture above which one click was hardly meant like that: a second one is asked for."""


@dataclass(frozen=True, slots=True)
class Selected:
    """What was outlined.

    Attributes:
        flags: (H, W), True = it.
        model: name and hash of the model that outlined it, for recipes.
        candidate: which of `candidates` it is, from 1 on; 0 is all of them together.
        candidates: of each outline that may be meant its `score`, its `share` of the picture and its `box`.
    """

    flags: Hole
    model: dict[str, str]
    candidate: int
    candidates: list[dict[str, Any]]


def select(request: EditRequest, clicks: Clicks, progress: Callable[[float], None]) -> Selected:
    """The outline of what is clicked on in the request's picture.

    Raises:
        BadParameter: nothing is pointed at, a point lies outside the picture or is meant both ways, the box
            does not touch it, or there is no candidate of that number.
        BadInput: one click takes most of the picture, so that another is needed; or nothing is there.
        EngineFailed: no model can do it here, or it failed.
    """
    _check(clicks, request.pixels)
    job = SelectJob(
        rgb=request.pixels.rgb,
        points=tuple(clicks.points),
        not_points=tuple(clicks.not_points),
        box=None if clicks.box is None else _inside(clicks.box, request.pixels),
        seed=request.parameters.seed,
        progress=progress,
        runtime=request.runtime,
    )
    result = run_model(SELECT, job)
    candidates = [described(outline, request.pixels) for outline in result.made]
    chosen = check_candidate(clicks.candidate, len(candidates)) or 1
    if clicks.is_one and not clicks.candidate and candidates[0]["share"] > MOST_OF_PICTURE:
        raise BadInput(_too_much(candidates))
    flags = full_size(result.made[chosen - 1], request.pixels)
    if not flags.any():
        raise BadInput(
            "points: there is nothing that could be outlined; click on the thing itself, or box it"
        )
    return Selected(flags, result.facts, chosen, candidates)


def full_size(outline: Outline, pixels: Pixels) -> Hole:
    """(H, W), True = it."""
    size = (pixels.width, pixels.height)
    return np.asarray(cv2.resize(outline.level, size, interpolation=cv2.INTER_LINEAR) > 0)


def described(outline: Outline, pixels: Pixels) -> dict[str, Any]:
    """What a recipe says of an outline that may be meant: how sure it is, its share, and where it is."""
    flags = np.asarray(outline.level > 0)
    box = bounds(flags)
    across, down = pixels.width / flags.shape[1], pixels.height / flags.shape[0]
    return {
        "score": round(outline.score, 3),
        "share": round(float(flags.mean()), 6),
        "box": None
        if box is None
        else [
            *(round(box.left * across), round(box.top * down)),
            *(round(box.right * across), round(box.bottom * down)),
        ],
    }


def check_candidate(number: int, count: int) -> int:
    """The number itself. Raises `BadParameter` where there are fewer."""
    if number > count:
        there = f"there are {count}" if count else "there are none to choose from here"
        raise BadParameter(f"candidate: there is no {number}; {there}")
    return number


def _check(clicks: Clicks, pixels: Pixels) -> None:
    if not clicks.points and clicks.box is None:
        raise BadParameter("points: say what is meant by at least one point on it, or by a box")
    for name, spots in (("points", clicks.points), ("not_points", clicks.not_points)):
        for x, y in spots:
            if x >= pixels.width or y >= pixels.height:
                size = f"{pixels.width}x{pixels.height} px"
                raise BadParameter(f"{name}: ({x}, {y}) lies outside the picture of {size}")
    if both := set(clicks.points) & set(clicks.not_points):
        raise BadParameter(f"not_points: {min(both)} is among the points too")


def _inside(edges: Edges, pixels: Pixels) -> tuple[float, float, float, float]:
    box = clip(Box(*edges), pixels.width, pixels.height)
    if not (box.width and box.height):
        raise BadParameter(f"box: it does not touch the picture of {pixels.width}x{pixels.height} px")
    return box.edges


def _too_much(candidates: Sequence[dict[str, Any]]) -> str:
    shares = [f"{number} is {100 * one['share']:.0f} %" for number, one in enumerate(candidates, 1)]
    return (
        f"points: this one click would take {100 * candidates[0]['share']:.0f} % of the picture; add a "
        "second point on the thing, one beside it (not_points), or a box round it, or choose a candidate: "
        f"{', '.join(shares)}"
    )
