"""Stylize one object: what the prompt names becomes ice, cloud, wood, ..."""

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast

import cv2
import numpy as np

from cleanplate.compositing.paste import Patch, changed_outside, paste
from cleanplate.edits.base import Edit, Edited, EditRequest, with_warnings
from cleanplate.edits.parts import filling
from cleanplate.edits.parts.main_subject import is_clear, sharpen_outline
from cleanplate.edits.parts.prompted import PromptParameters, with_label, with_rgb
from cleanplate.edits.parts.recipes import crops_of, recipe
from cleanplate.edits.parts.region import find_region, role_for
from cleanplate.errors import BadInput, BadParameter, EngineFailed, NothingToErase
from cleanplate.materials.material_renderer import render_material
from cleanplate.materials.material_subject import MaterialSubject
from cleanplate.materials.matting import composite_over_background, estimate_alpha
from cleanplate.materials.textures import draw_texture
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import SubjectJob, TransferJob
from cleanplate.models.roles import SUBJECT, TRANSFER
from cleanplate.models.run_model import ModelResult, run_model
from cleanplate.pixels.geometry import bounds, grow
from cleanplate.pixels.guided_filter import guided_upsample, scale_to_fit
from cleanplate.pixels.masks import feather, is_painted
from cleanplate.pixels.types import Alpha, Box, Pixels, Rgb8
from cleanplate.prompts.material_words import Material, MaterialRequest, material_request

_CONTEXT_PX = 24
_FEATHER_PX: Final = 2
_FOUND = 0.2
"""Share of the progress that finding takes."""
_TRANSFER_DONE = 0.7
"""Share of the progress when the network is done."""
_WORKING_PX = 2_000_000
_REACH = 1 / 60


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
        BadParameter: the prompt names no object or no known material.
        NothingToErase: no pixel of the mask is painted, or `request.keep` has all that are.
        BadInput: the object is not in the picture, or cannot be told from the rest of it.
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(PromptParameters, request.parameters)
    wanted = material_request(parameters.prompt)
    where = _without_kept(_locate(request, wanted), request)
    before = _in_colour(request.pixels)
    box = _box(where.alpha)
    photo = np.ascontiguousarray(before.rgb[box.slices])
    alpha = estimate_alpha(photo, where.alpha[box.slices], _reach_px(where.alpha[box.slices]))
    made, facts = _render(photo, alpha, wanted.material, request)
    patches = [Patch(box, made, (alpha > 0).astype(np.float32))]
    pixels = paste(before, patches)
    done = recipe(
        parameters,
        facts or None,
        engine=None if facts else "drawn",
        crops=crops_of(patches),
        changed_outside_mask=changed_outside(before, pixels, patches),
    )
    large = "" if request.mask is None else filling.large_hole_warning(is_painted(where.alpha))
    done = with_warnings(done, large) | {"material": wanted.material.name, "region": where.how}
    return Edited(with_label(pixels, parameters), done)


def _render(
    photo: Rgb8, alpha: Alpha, material: Material, request: EditRequest
) -> tuple[Rgb8, dict[str, str]]:
    """The crop with the object in its material, and what a recipe says of the network, if one was asked."""
    small = scale_to_fit(photo, _WORKING_PX, 1.0)
    result = _transfer_style(small, material, request) if material.transferred else None
    where = _resize(alpha, small.shape[1], small.shape[0])
    seed = request.parameters.seed
    subject = MaterialSubject(small, where, material.name, small if result is None else result.made, seed)
    request.progress("render", _TRANSFER_DONE)
    done = render_material(subject)
    height, width = alpha.shape
    made = guided_upsample(photo, small, done.rgb, 1.0)
    cover = np.minimum(_resize(done.coverage, width, height), alpha)
    return composite_over_background(photo, made, cover, alpha), {} if result is None else result.facts


def _transfer_style(small: Rgb8, material: Material, request: EditRequest) -> ModelResult[Rgb8]:
    seed = request.parameters.seed
    job = TransferJob(
        rgb=small,
        strength=1.0,
        seed=seed,
        style=draw_texture(material.name, seed),
        progress=request.part("transfer", _FOUND, _TRANSFER_DONE),
        runtime=request.runtime,
    )
    return run_model(TRANSFER, job)


def _resize(alpha: Alpha, width: int, height: int) -> Alpha:
    how = cv2.INTER_AREA if width < alpha.shape[1] else cv2.INTER_LINEAR
    return cast(Alpha, cv2.resize(alpha, (width, height), interpolation=how))


def _locate(request: EditRequest, wanted: MaterialRequest) -> _Where:
    if request.mask is not None:
        return _Where(request.mask.flags.astype(np.float32), {"by": "mask"})
    if not wanted.thing:
        raise BadParameter("prompt: it names a material and no object that it is for")
    absent = missing(role_for(wanted.thing), request.runtime)
    if not absent:
        found = find_region(request, wanted.thing, request.part("find", 0, _FOUND))
        return _Where(feather(is_painted(found.alpha), _FEATHER_PX), {"by": "words", "model": found.facts})
    if no_subject := missing(SUBJECT, request.runtime):
        raise EngineFailed(f"{absent}; {no_subject}")
    return _subject(request, wanted, absent)


def _subject(request: EditRequest, wanted: MaterialRequest, absent: str) -> _Where:
    """The main subject, where there can be no doubt that it is meant."""
    if not wanted.is_one_thing:
        raise BadInput(f"{wanted.thing!r} can only be found by a model that knows words: {absent}")
    job = SubjectJob(
        rgb=request.pixels.rgb, progress=request.part("find", 0, _FOUND), runtime=request.runtime
    )
    result = run_model(SUBJECT, job)
    if not is_clear(result.made):
        raise BadInput(f"the picture has no clear main subject to take for {wanted.thing!r}: {absent}")
    return _Where(
        sharpen_outline(request.pixels.rgb, result.made), {"by": "main subject", "model": result.facts}
    )


def _without_kept(where: _Where, request: EditRequest) -> _Where:
    """What the caller keeps is no part of the object."""
    if request.keep is None:
        return where
    return replace(where, alpha=np.where(request.keep.flags, np.float32(0), where.alpha))


def _box(alpha: Alpha) -> Box:
    tight = bounds(alpha > 0)
    if tight is None:
        raise NothingToErase("mask: nothing to erase or change, no pixel of it is painted and not kept")
    return grow(tight, _CONTEXT_PX, alpha.shape[1], alpha.shape[0])


def _reach_px(alpha: Alpha) -> int:
    """How far inside of the mask the object's edge is looked for."""
    return max(round(math.sqrt(float(alpha.sum())) * _REACH), 2)


def _in_colour(pixels: Pixels) -> Pixels:
    """A grey picture has no room for the material's colour: it becomes a coloured one."""
    return with_rgb(pixels, pixels.rgb) if pixels.origin.grey else pixels


EDIT = Edit(
    name="stylize_local",
    summary="give the object that the prompt names another material",
    parameters=PromptParameters,
    run=run,
    missing=partial(missing, TRANSFER),
    roles=("transfer", "find", "subject"),
)
