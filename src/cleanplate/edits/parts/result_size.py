"""Results of another size than their picture, where somebody asks for one."""

from typing import Annotated, TypeAlias, cast

import cv2
from pydantic import Field

from cleanplate.compositing.paste import flatten
from cleanplate.edits.base import Parameters
from cleanplate.pixels.types import Box, Pixels, Rgb8

Side = Annotated[int, Field(ge=1, le=4096)]
ResultSize: TypeAlias = tuple[Side, Side] | None
"""(width, height) of a result; None keeps the picture's."""


def crop_to_cover(pixels: Pixels, size: ResultSize) -> Pixels:
    """Scaled to cover `size` and cut out of its middle: nothing is stretched, nothing is added.

    Transparency is composited on white where the size is another one.
    """
    if size is None or size == (pixels.width, pixels.height):
        return pixels
    opaque = flatten(pixels)
    scale = max(size[0] / opaque.width, size[1] / opaque.height)
    # Cut before it is scaled: of a thin picture the whole would be as large as it likes
    width, height = (
        min(max(round(wanted / scale), 1), side)
        for wanted, side in zip(size, (opaque.width, opaque.height), strict=True)
    )
    left, top = (opaque.width - width) // 2, (opaque.height - height) // 2
    middle = opaque.rgb[Box(left, top, left + width, top + height).slices]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return Pixels(rgb=cast(Rgb8, cv2.resize(middle, size, interpolation=how)), origin=opaque.origin)


def makes_pixels(parameters: Parameters, width: int, height: int) -> float:
    """The `makes_pixels` of an edit that has a parameter `size`."""
    size = cast(ResultSize, getattr(parameters, "size", None))
    return float(max(width * height, 0 if size is None else size[0] * size[1]))
