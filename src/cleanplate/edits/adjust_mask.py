"""Adjust mask: a mask grown, shrunk or turned round, as a mask."""

from typing import Final, cast

import cv2
import numpy as np
from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.edits.parts.recipes import recipe
from cleanplate.edits.parts.shown_mask import Paint, shown_mask
from cleanplate.pixels import masks
from cleanplate.pixels.types import Hole, Rgb8

_MOST_PX: Final = 512
_GREY: Final = 127


class AdjustMaskParameters(Parameters):
    """What `adjust_mask` can be told.

    Attributes:
        grow_px: how far the mask grows on all sides; below 0 it shrinks.
        invert: what was painted is not, and the reverse, before that.
        paint: (red, green, blue, opacity) of what is painted in the result, on clear ground; None is white on
            black.
    """

    grow_px: int = Field(0, ge=-_MOST_PX, le=_MOST_PX)
    invert: bool = False
    paint: Paint = None


def run(request: EditRequest) -> Edited:
    """Read the picture as a mask, and change that.

    What is brighter than 127 as a grey picture is painted, whatever its opacity. A mask does not shrink from
    the picture's edges.

    Returns:
        The mask, of the same size. The recipe has the `share` of the picture that it covers.
    """
    parameters = cast(AdjustMaskParameters, request.parameters)
    flags = np.asarray(_grey(request.pixels.rgb) > _GREY)
    if parameters.invert:
        flags = ~flags
    if parameters.grow_px > 0:
        flags = masks.dilate(flags, parameters.grow_px)
    elif parameters.grow_px:
        flags = ~masks.dilate(~flags, -parameters.grow_px)
    request.progress("adjust", 1.0)
    facts = recipe(parameters, None) | {"share": round(float(flags.mean()), 6)}
    return Edited(shown_mask(flags, parameters.paint), facts)


def _grey(rgb: Rgb8) -> Hole:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


EDIT = Edit(
    name="adjust_mask",
    summary="grow, shrink or turn round a mask, and return it as a mask",
    parameters=AdjustMaskParameters,
    run=run,
    masked=False,
)
