"""A mask as a picture: white on black, or strokes of one colour on clear ground."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from cleanplate.pixels.types import Hole, Pixels

_Byte = Annotated[int, Field(ge=0, le=255)]
Paint: TypeAlias = tuple[_Byte, _Byte, _Byte, _Byte] | None
"""(red, green, blue, opacity) of what is in a mask, all else being clear; None is white on black."""


def shown_mask(flags: Hole, paint: Paint) -> Pixels:
    """(H, W) flags as a picture, True = painted."""
    if paint is None:
        return Pixels(np.repeat(np.where(flags, np.uint8(255), np.uint8(0))[..., None], 3, axis=2))
    *colour, opacity = paint
    rgb = np.zeros((*flags.shape, 3), np.uint8)
    rgb[flags] = colour
    return Pixels(rgb, np.where(flags, np.uint8(opacity), np.uint8(0)))
