"""Tiles: a picture in parts of bounded size that are worked on alone and fit together without a seam."""

from dataclasses import dataclass
from itertools import pairwise

from cleanplate.pixels.geometry import grow
from cleanplate.pixels.types import Box

GRID_PX = 16
"""Cuts lie on multiples of this, where the blocks of a JPEG meet, colour included."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One part.

    Attributes:
        kept: what this part is responsible for; these boxes cover the picture and don't overlap.
        seen: the same with the margin that the work needs to see, cut off at the picture.
    """

    kept: Box
    seen: Box

    @property
    def within(self) -> Box:
        """`kept`, counted from the corner of `seen`."""
        left, top = self.kept.left - self.seen.left, self.kept.top - self.seen.top
        return Box(left, top, left + self.kept.width, top + self.kept.height)


def tiles(width: int, height: int, side_px: int, margin_px: int) -> list[Tile]:
    """A `width` x `height` picture in tiles of about equal size, row by row.

    Args:
        side_px: no side of `kept` is longer; a multiple of `GRID_PX`.
        margin_px: how much more is seen on every side.
    """
    return [
        Tile(kept, grow(kept, margin_px, width, height))
        for top, bottom in _spans(height, side_px)
        for left, right in _spans(width, side_px)
        for kept in (Box(left, top, right, bottom),)
    ]


def scaled(box: Box, factor: int) -> Box:
    """The same part of the picture made `factor` times larger."""
    return Box(box.left * factor, box.top * factor, box.right * factor, box.bottom * factor)


def _spans(length: int, side_px: int) -> list[tuple[int, int]]:
    """Cuts at even distances, moved to the grid. Rounding down never makes a part longer than `side_px`: that
    is a multiple of the grid itself."""
    count = -(-length // side_px)
    cells = -(-length // GRID_PX)
    cuts = [GRID_PX * (cells * part // count) for part in range(count)]
    return list(pairwise([*cuts, length]))
