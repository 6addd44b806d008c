"""Stylize one object: what the prompt names becomes ice, cloud, wood, ..."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast

import cv2
import numpy as np

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.filling import boxes_of
from cleanplate.edits.material import Material, Wish, wish
from cleanplate.edits.region import region, role_for
from cleanplate.edits.worded import Worded, labelled, recipe, remade
from cleanplate.errors import BadInput, BadParameter, EngineFailed
from cleanplate.imaging.composite import Patch, changed_outside, paste
from cleanplate.imaging.dressing import dressed
from cleanplate.imaging.geometry import bounds, grow
from cleanplate.imaging.guided import drawn_closer
from cleanplate.imaging.masks import feather
from cleanplate.imaging.materials import draw
from cleanplate.imaging.types import Alpha, Box, Pixels, Rgb8
from cleanplate.models.base import ModelJob
from cleanplate.models.catalogue import missing
from cleanplate.models.play import play

_CONTEXT_PX = 24
_FEATHER_PX: Final = 2
_HALF = 0.5
_FOUND = 0.2
"""Share of the progress that finding takes."""
_SURE, _UNSURE = 0.8, 0.2
_MOST_UNSURE = 0.35
"""Pixels that the network doubts, for each that it takes for the subject."""
_LEAST_ONE = 0.85
"""Share of the subject that its largest part has to have, or it is several things."""
_LEAST_AREA, _MOST_AREA = 0.005, 0.9
_NEAR = 80
"""Edges of the picture are looked for within this part of its longer side."""
_STEEP = 4


@dataclass(frozen=True, slots=True)
class _Where:
    """Where the object is, and how that was found, for recipes."""

    alpha: Alpha
    how: dict[str, Any]


def run(request: EditRequest) -> Edited:
    """Turn the object that the prompt names into the material that it names.

    The object is what `request.mask` covers; without a mask it is what a model finds by the words; without
    such a model it is the picture's main subject, if it clearly has one and the words are for one thing.

    Returns:
        A picture of the same size. Outside of the object every value is the input's own.

    Raises:
        BadParameter: the prompt names no object or no known material, or the mask is empty.
        BadInput: the object is not in the picture, or cannot be told from the rest of it.
        EngineFailed: no model can do it here, or it failed.
    """
    asked = cast(Worded, request.parameters)
    wanted = wish(asked.prompt)
    where = _kept_out(_where(request, wanted), request)
    before = _coloured(request.pixels)
    box = _box(where.alpha)
    made, facts = _made(before.rgb[box.slices], where.alpha[box.slices], wanted.material, request)
    patches = [Patch(box, made, where.alpha[box.slices])]
    pixels = paste(before, patches)
    told = recipe(
        asked,
        facts,
        crops=boxes_of(patches),
        changed_outside_mask=changed_outside(before, pixels, patches),
    )
    return Edited(labelled(pixels, asked), {**told, "material": wanted.material.name, "region": where.how})


def _made(photo: Rgb8, alpha: Alpha, material: Material, request: EditRequest) -> tuple[Rgb8, dict[str, str]]:
    seed = request.parameters.seed
    piece = draw(material.name, seed)
    job = ModelJob(
        rgb=photo,
        strength=material.strength,
        seed=seed,
        options={"style": piece},
        progress=lambda done: request.progress("transfer", _FOUND + (1 - _FOUND) * done),
    )
    played = play("transfer", job)
    return dressed(photo, cast(Rgb8, played.made), alpha, piece, material.look), played.facts


def _where(request: EditRequest, wanted: Wish) -> _Where:
    if request.mask is not None:
        return _Where(request.mask.alpha, {"by": "mask"})
    if not wanted.thing:
        raise BadParameter("prompt: it names a material and no object that it is for")
    absent = missing(role_for(wanted.thing))
    if not absent:
        report = partial(_report_found, request)
        found = region(request.pixels.rgb, wanted.thing, request.parameters.seed, report)
        return _Where(feather(found.alpha >= _HALF, _FEATHER_PX), {"by": "words", "model": found.facts})
    if no_subject := missing("subject"):
        raise EngineFailed(f"{absent}; {no_subject}")
    return _subject(request, wanted, absent)


def _report_found(request: EditRequest, done: float) -> None:
    request.progress("find", _FOUND * done)


def _subject(request: EditRequest, wanted: Wish, absent: str) -> _Where:
    """The main subject, where there can be no doubt that it is meant."""
    if not wanted.is_one_thing:
        raise BadInput(f"{wanted.thing!r} can only be found by a model that knows words: {absent}")
    job = ModelJob(request.pixels.rgb, progress=partial(_report_found, request))
    played = play("subject", job)
    if not _clear(played.made):
        raise BadInput(f"the picture has no clear main subject to take for {wanted.thing!r}: {absent}")
    return _Where(_crisp(request.pixels.rgb, played.made), {"by": "main subject", "model": played.facts})


def _clear(sure: Alpha) -> bool:
    """True when one thing of middling size stands out."""
    inside = (sure >= _HALF).astype(np.uint8)
    area = int(inside.sum())
    if not _LEAST_AREA < area / inside.size < _MOST_AREA:
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(inside)
    largest = int(stats[1:, cv2.CC_STAT_AREA].max())
    doubtful = int(((sure > _UNSURE) & (sure < _SURE)).sum())
    return largest >= _LEAST_ONE * area and doubtful <= _MOST_UNSURE * area


def _crisp(rgb: Rgb8, sure: Alpha) -> Alpha:
    """The network's doubt about the outline, narrowed to the edges that are in the picture."""
    closer = drawn_closer(rgb, sure, max(sure.shape) // _NEAR + 1)
    return cast(Alpha, np.clip((closer - _HALF) * _STEEP + _HALF, 0, 1).astype(np.float32))


def _kept_out(where: _Where, request: EditRequest) -> _Where:
    """What the caller keeps is no part of the object."""
    if request.keep is None:
        return where
    return replace(where, alpha=np.where(request.keep.alpha > 0, np.float32(0), where.alpha))


def _box(alpha: Alpha) -> Box:
    tight = bounds(alpha > 0)
    if tight is None:
        raise BadParameter("mask: nothing is left that could be changed")
    return grow(tight, _CONTEXT_PX, alpha.shape[1], alpha.shape[0])


def _coloured(pixels: Pixels) -> Pixels:
    """A grey picture has no room for the material's colour: it becomes a coloured one."""
    return remade(pixels, pixels.rgb) if pixels.origin.grey else pixels


EDIT = Edit(
    name="stylize_local",
    summary="give the object that the prompt names another material",
    parameters=Worded,
    run=run,
    missing=partial(missing, "transfer"),
    roles=("find", "transfer"),
)
