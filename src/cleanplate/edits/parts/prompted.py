"""What the edits that follow words share: their parameters, their label, and the one call of a model."""

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cleanplate.colour.bit_depth import to_8_bit
from cleanplate.compositing.label import AI_MADE, draw_label
from cleanplate.edits.base import Edited, EditRequest, Parameters
from cleanplate.edits.parts.recipes import recipe
from cleanplate.edits.parts.result_size import ResultSize, crop_to_cover
from cleanplate.errors import PictureSize
from cleanplate.models.roles import Job, Role
from cleanplate.models.run_model import run_model
from cleanplate.pixels.alpha_bleeding import bleed_alpha
from cleanplate.pixels.types import Pixels, Rgb8

MAX_RESULT_PX = 100_000_000
"""Largest result, width x height: what grows a picture refuses beyond it, before any work is done."""


class PromptParameters(Parameters):
    """What every edit that follows words can be told.

    Attributes:
        prompt: what to do or to make.
        label: draw "AI生成" ("made by AI") in the lower right corner.
    """

    prompt: str = Field("", max_length=2000)
    label: bool = False


class ModelParameters(PromptParameters):
    """Words for a model that makes the picture.

    Attributes:
        model: name of the one that is to do it; by default the best that is here.
    """

    model: str = Field("", max_length=100)


class StrengthParameters(ModelParameters):
    """Words, and how far to go.

    Attributes:
        strength: 0 stays close to the picture, 1 goes far from it.
    """

    strength: float = Field(0.5, ge=0, le=1)


def repaint_all(request: EditRequest, role: Role[Job, Rgb8], job: Job, size: ResultSize = None) -> Edited:
    """Have the whole picture made anew; size and transparency stay, unless another `size` is asked for.

    Args:
        request: its parameters are `ModelParameters`.
        job: of the role, on `visible_rgb` of the request's picture.

    Raises:
        BadParameter: there is no model of that name for it.
        EngineFailed: no model has the role here, or it failed.
    """
    parameters = cast(ModelParameters, request.parameters)
    result = run_model(role, job, parameters.model)
    pixels = crop_to_cover(with_rgb(request.pixels, result.made), size)
    return Edited(with_label(pixels, parameters), recipe(parameters, result.facts))


def visible_rgb(pixels: Pixels) -> Rgb8:
    """(H, W, 3), what a network is to see: under full transparency the colour of what is beside it."""
    opacity = opacity8(pixels)
    return pixels.rgb if opacity is None else bleed_alpha(pixels.rgb, opacity)


def with_rgb(pixels: Pixels, rgb: Rgb8, alpha: NDArray[np.uint8] | None = None) -> Pixels:
    """`rgb`, made by a model in 8 bits of sRGB, as the successor of `pixels`.

    Nothing of `native` is left, nor of the JPEG that it was: what is new deserves better tables than it had.

    Args:
        alpha: (H, W) opacity; None takes that of `pixels`, which then has the same size.
    """
    if alpha is None and pixels.alpha is not None:
        alpha = opacity8(pixels)
    return Pixels(rgb=rgb, alpha=alpha, origin=replace(pixels.origin, grey=False, jpeg=None))


def opacity8(pixels: Pixels) -> NDArray[np.uint8] | None:
    """(H, W) opacity in 8 bits; None when the picture is opaque."""
    if pixels.alpha is None or pixels.alpha.dtype == np.uint8:
        return cast(NDArray[np.uint8] | None, pixels.alpha)
    return to_8_bit(cast(NDArray[np.uint16], pixels.alpha))


def with_label(pixels: Pixels, parameters: PromptParameters) -> Pixels:
    """The picture, with its label when one was asked for."""
    return draw_label(pixels, AI_MADE, "lower-right") if parameters.label else pixels


def check_size(width: int, height: int) -> None:
    """Raises `PictureSize` when a result would be larger than `MAX_RESULT_PX`."""
    if width * height > MAX_RESULT_PX:
        raise PictureSize(f"the result would be {width}x{height} px, at most {MAX_RESULT_PX} pixels are made")
