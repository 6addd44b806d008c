"""Upscale: more pixels, with detail."""

from functools import partial
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.worded import Worded, check_size, labelled, opacity8, recipe, remade
from cleanplate.imaging.types import Pixels
from cleanplate.models.base import ModelJob
from cleanplate.models.catalogue import missing
from cleanplate.models.play import play


class UpscaleParameters(Worded):
    """What `upscale` can be told.

    Attributes:
        factor: times the width and times the height; 1 only sharpens.
    """

    factor: int = Field(2, ge=1, le=4)


def run(request: EditRequest) -> Edited:
    """Make the picture `factor` times as wide and as high.

    Raises:
        PictureSize: the result would be too large.
        EngineFailed: no model can do it here, or it failed.
    """
    asked, pixels = cast(UpscaleParameters, request.parameters), request.pixels
    check_size(pixels.width * asked.factor, pixels.height * asked.factor)
    job = ModelJob(
        rgb=pixels.rgb,
        prompt=asked.prompt,
        seed=asked.seed,
        options={"factor": asked.factor},
        progress=lambda done: request.progress("upscale", done),
    )
    played = play("upscale", job)
    larger = remade(pixels, played.made, _larger_opacity(pixels, asked.factor))
    return Edited(labelled(larger, asked), recipe(asked, played.facts))


def _larger_opacity(pixels: Pixels, factor: int) -> NDArray[np.uint8] | None:
    opacity = opacity8(pixels)
    if opacity is None:
        return None
    size = (pixels.width * factor, pixels.height * factor)
    return cast(NDArray[np.uint8], cv2.resize(opacity, size, interpolation=cv2.INTER_CUBIC))


EDIT = Edit(
    name="upscale",
    summary="make the picture up to four times as wide and as high, with detail",
    parameters=UpscaleParameters,
    run=run,
    missing=partial(missing, "upscale"),
)
