"""Boxes that somebody drew: four edges each, which become a part of the mask."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from cleanplate.errors import BadParameter
from cleanplate.pixels import masks
from cleanplate.pixels.types import Box, Mask, Pixels

MOST_BOXES = 1000
"""More than anybody draws by hand; each may cost a fill of its own."""

_Edges: TypeAlias = tuple[int, int, int, int]


def check_edges(edges: _Edges) -> _Edges:
    """The same edges: left, top, right, bottom. Raises `ValueError` where nothing lies between them."""
    left, top, right, bottom = edges
    faults = [
        f"{far} {outer} must be beyond {near} {inner}"
        for far, outer, near, inner in (("right", right, "left", left), ("bottom", bottom, "top", top))
        if outer <= inner
    ]
    if faults:
        raise ValueError(", ".join(faults))
    return edges


Edges: TypeAlias = Annotated[_Edges, AfterValidator(check_edges)]
"""(left, top, right, bottom) in pixels of the upright picture, right and bottom outside."""


def with_boxes(drawn: Mask | None, boxes: Sequence[Edges], pixels: Pixels) -> Mask:
    """What the mask, if there is one, and the boxes cover; parts of a box outside the picture are cut off.

    Raises:
        BadParameter: there are boxes, and none of them touches the picture.
    """
    boxed = masks.from_boxes([Box(*edges) for edges in boxes], pixels.width, pixels.height)
    if not boxed.flags.any():
        raise BadParameter(f"boxes: none of them touches the picture of {pixels.width}x{pixels.height} px")
    return boxed if drawn is None else masks.union(drawn, boxed)
