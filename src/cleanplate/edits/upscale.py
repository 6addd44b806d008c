"""Upscale: more pixels, with detail; what bad compression did to them is taken away first."""

from dataclasses import replace
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.worded import ByModel, check_size, labelled, opacity8, recipe, remade
from cleanplate.imaging.compression import seen_quality
from cleanplate.imaging.types import Pixels, Rgb8
from cleanplate.models.base import ModelJob, Role
from cleanplate.models.catalogue import missing
from cleanplate.models.play import Played, play

RESTORE_BELOW = 80
"""Quality of a JPEG below which an enlarged picture is worse than before: its blocks and ringing are what is
enlarged best. Measured on 18 photographs; see docs/upscale.md."""


class UpscaleParameters(ByModel):
    """What `upscale` can be told.

    Attributes:
        factor: times the width and times the height; 1 restores, and leaves the size.
        model: name of the one that is to enlarge the picture as it is; by default the best, after another has
            restored a picture that was compressed badly.
    """

    factor: int = Field(2, ge=1, le=4)


def run(request: EditRequest) -> Edited:
    """Make the picture `factor` times as wide and as high.

    Returns:
        8 bits of sRGB; grey stays grey. The recipe says which `quality` of a JPEG the picture shows, 100 for
        none, and under `restored` which model took the traces of that away, and why; None when none did.

    Raises:
        BadParameter: there is no model of that name for it.
        PictureSize: the result would be too large.
        EngineFailed: no model can do it here, or it failed.
    """
    asked, pixels = cast(UpscaleParameters, request.parameters), request.pixels
    check_size(pixels.width * asked.factor, pixels.height * asked.factor)
    quality = seen_quality(pixels)
    why = "" if asked.model else _why_restore(quality, asked.factor)
    restored = _played("restore", request, pixels.rgb, {"quality": quality}) if why else None
    rgb = restored.made if restored else pixels.rgb
    enlarged = restored if restored and asked.factor == 1 else _enlarged(request, rgb)
    larger = remade(pixels, enlarged.made, _larger_opacity(pixels, asked.factor))
    if pixels.origin.grey:
        larger = _grey(larger)
    said = {"quality": quality, "restored": {"model": restored.facts, "why": why} if restored else None}
    return Edited(labelled(larger, asked), {**recipe(asked, enlarged.facts), **said})


def _why_restore(quality: int, factor: int) -> str:
    if factor == 1:
        return "factor 1"
    return f"JPEG of quality {quality}, below {RESTORE_BELOW}" if quality < RESTORE_BELOW else ""


def _enlarged(request: EditRequest, rgb: Rgb8) -> Played:
    asked = cast(UpscaleParameters, request.parameters)
    return _played("upscale", request, rgb, {"factor": asked.factor}, asked.model)


def _played(role: Role, request: EditRequest, rgb: Rgb8, options: dict[str, Any], name: str = "") -> Played:
    asked = cast(UpscaleParameters, request.parameters)
    job = ModelJob(
        rgb=rgb, prompt=asked.prompt, seed=asked.seed, options=options, progress=request.part(role)
    )
    return play(role, job, name)


def _larger_opacity(pixels: Pixels, factor: int) -> NDArray[np.uint8] | None:
    opacity = opacity8(pixels)
    if opacity is None:
        return None
    size = (pixels.width * factor, pixels.height * factor)
    return cast(NDArray[np.uint8], cv2.resize(opacity, size, interpolation=cv2.INTER_CUBIC))


def _grey(pixels: Pixels) -> Pixels:
    """The networks tint grey by a level or two."""
    light = cv2.cvtColor(pixels.rgb, cv2.COLOR_RGB2GRAY)
    return replace(pixels, rgb=np.asarray(cv2.merge([light] * 3)), origin=replace(pixels.origin, grey=True))


EDIT = Edit(
    name="upscale",
    summary="make the picture up to four times as wide and as high, with detail",
    parameters=UpscaleParameters,
    run=run,
    missing=lambda: missing("upscale") or missing("restore"),
    roles=("upscale", "restore"),
)
