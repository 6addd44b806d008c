"""Upscale: more pixels, with detail; what bad compression did to them is taken away first."""

from dataclasses import replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cleanplate.analysis.jpeg_quality import visible_jpeg_quality
from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.edits.parts.prompted import (
    ModelParameters,
    check_size,
    opacity8,
    visible_rgb,
    with_label,
    with_rgb,
)
from cleanplate.edits.parts.recipes import recipe
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import RestoreJob, UpscaleJob
from cleanplate.models.roles import RESTORE, UPSCALE
from cleanplate.models.run_model import ModelResult, run_model
from cleanplate.pixels.types import Pixels, Rgb8

RESTORE_BELOW = 80
"""Quality of a JPEG below which an enlarged picture is worse than before: its blocks and ringing are what is
enlarged best. Measured on 18 photographs; see docs/upscale.md."""

_BY_SIDE = ((512, 4), (1024, 2))
"""Up to so many pixels of the longer side: this factor."""


class UpscaleParameters(ModelParameters):
    """What `upscale` can be told.

    Attributes:
        factor: times the width and times the height; 1 restores, and leaves the size. None goes by the longer
            side: 4 up to 512 px, 2 up to 1024 px, and 1 for what is larger.
        model: name of the one that is to enlarge the picture as it is; by default the best, after another has
            restored a picture that was compressed badly.
    """

    factor: int | None = Field(2, ge=1, le=4)


def run(request: EditRequest) -> Edited:
    """Make the picture `factor` times as wide and as high.

    Returns:
        8 bits of sRGB; grey stays grey. Opacity is enlarged by the same network, and under full transparency
        lies the colour of what is beside it. The recipe says which `quality` of a JPEG the picture shows, 100
        for none, and under `restored` which model took the traces of that away, and why; None when none did.

    Raises:
        BadParameter: there is no model of that name for it.
        PictureSize: the result would be too large.
        EngineFailed: no model can do it here, or it failed.
    """
    parameters, pixels = cast(UpscaleParameters, request.parameters), request.pixels
    factor = factor_for(parameters, pixels.width, pixels.height)
    parameters = parameters.model_copy(update={"factor": factor})
    request = replace(request, parameters=parameters)
    check_size(pixels.width * factor, pixels.height * factor)
    quality = visible_jpeg_quality(pixels)
    why = "" if parameters.model else _why_restore(quality, factor)
    opacity = opacity8(pixels)
    rgb = shown = visible_rgb(pixels)
    restored = _restore(request, rgb, quality) if why else None
    if restored:
        rgb = restored.made
    if restored and factor == 1:
        enlarged, alpha = restored, opacity
    else:
        enlarged, alpha = _enlarge(request, rgb, opacity)
    larger = with_rgb(pixels, enlarged.made, alpha)
    if pixels.origin.grey or _is_grey(shown):
        larger = _grey(larger, pixels.origin.grey)
    facts = recipe(parameters, enlarged.facts) | {
        "quality": quality,
        "restored": {"model": restored.facts, "why": why} if restored else None,
    }
    return Edited(with_label(larger, parameters), facts)


def factor_for(parameters: UpscaleParameters, width: int, height: int) -> int:
    """The factor that was asked for, or that a picture of this size has."""
    if parameters.factor is not None:
        return parameters.factor
    return next((factor for side, factor in _BY_SIDE if max(width, height) <= side), 1)


def _known(request: EditRequest) -> int:
    """The factor, once the picture's size has been looked at."""
    return cast(int, cast(UpscaleParameters, request.parameters).factor)


def _why_restore(quality: int, factor: int) -> str:
    if factor == 1:
        return "factor 1"
    return f"JPEG of quality {quality}, below {RESTORE_BELOW}" if quality < RESTORE_BELOW else ""


def _enlarge(
    request: EditRequest, rgb: Rgb8, opacity: NDArray[np.uint8] | None
) -> tuple[ModelResult[Rgb8], NDArray[np.uint8] | None]:
    """Colour and opacity, by the same network."""
    factor = _known(request)
    plain = opacity is None or opacity.min() == opacity.max()
    made = _upscale(request, rgb, (0.0, 1.0 if plain else 0.5))
    if opacity is None or plain:
        size = (rgb.shape[0] * factor, rgb.shape[1] * factor)
        return made, None if opacity is None else np.full(size, opacity.flat[0], np.uint8)
    grey = np.asarray(cv2.merge([opacity] * 3), np.uint8)
    larger = _upscale(request, grey, (0.5, 1.0))
    return made, _within(larger.made, opacity)


def _upscale(request: EditRequest, rgb: Rgb8, share: tuple[float, float]) -> ModelResult[Rgb8]:
    parameters = cast(UpscaleParameters, request.parameters)
    job = UpscaleJob(
        rgb=rgb,
        prompt=parameters.prompt,
        factor=_known(request),
        seed=parameters.seed,
        progress=request.part("upscale", *share),
        runtime=request.runtime,
    )
    return run_model(UPSCALE, job, parameters.model)


def _restore(request: EditRequest, rgb: Rgb8, quality: int) -> ModelResult[Rgb8]:
    parameters = cast(UpscaleParameters, request.parameters)
    job = RestoreJob(
        rgb=rgb,
        prompt=parameters.prompt,
        quality=quality,
        seed=parameters.seed,
        progress=request.part("restore"),
        runtime=request.runtime,
    )
    return run_model(RESTORE, job)


def _within(made: Rgb8, opacity: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the network made of the opacity, without its overshoot: nothing clear or solid becomes less so."""
    light = cv2.cvtColor(made, cv2.COLOR_RGB2GRAY)
    near, size = np.ones((3, 3), np.uint8), (light.shape[1], light.shape[0])
    low, high = (
        cv2.resize(edge(opacity, near), size, interpolation=cv2.INTER_NEAREST)
        for edge in (cv2.erode, cv2.dilate)
    )
    return np.asarray(np.clip(light, low, high), np.uint8)


def _is_grey(rgb: Rgb8) -> bool:
    return bool((rgb == rgb[..., :1]).all())


def _makes_pixels(parameters: Parameters, width: int, height: int) -> float:
    return float(width * height * factor_for(cast(UpscaleParameters, parameters), width, height) ** 2)


def _grey(pixels: Pixels, stored: bool) -> Pixels:
    """The networks tint grey by some levels; `stored` says if the file has one channel."""
    light = cv2.cvtColor(pixels.rgb, cv2.COLOR_RGB2GRAY)
    return replace(pixels, rgb=np.asarray(cv2.merge([light] * 3)), origin=replace(pixels.origin, grey=stored))


EDIT = Edit(
    name="upscale",
    summary="make the picture up to four times as wide and as high, with detail",
    parameters=UpscaleParameters,
    run=run,
    masked=False,
    missing=lambda runtime: missing(UPSCALE, runtime) or missing(RESTORE, runtime),
    roles=("upscale", "restore"),
    makes_pixels=_makes_pixels,
)
