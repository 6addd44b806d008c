"""What a decoder makes of a file: samples, upright, and what the file was."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from cleanplate.metadata.exif_orientation import to_upright
from cleanplate.pixels.types import Native, Origin, Samples

SizeCheck: TypeAlias = Callable[[int, int], None]
"""Called with width and height before anything is decoded; raises `BadInput` when they are refused."""


@dataclass(frozen=True, slots=True)
class DecodedRaster:
    """One decoded picture.

    Attributes:
        values: (H, W) grey or (H, W, 3) RGB, uint8 or uint16; the array may be read-only.
        opacity: (H, W) of the same type, or None when the file has none.
        origin: what the file was; `icc` is whatever profile it has.
        native: samples of a kind that `values` is only a view of: indices, or CMYK.
    """

    values: Samples
    opacity: Samples | None
    origin: Origin
    native: Native | None = None


def turn_upright(raster: DecodedRaster, orientation: int) -> DecodedRaster:
    """Rows in file order turned by an EXIF orientation (1..8); the origin says whether they are grey."""
    opacity, native = raster.opacity, raster.native
    return DecodedRaster(
        values=to_upright(raster.values, orientation),
        opacity=None if opacity is None else to_upright(opacity, orientation),
        origin=replace(raster.origin, grey=raster.values.ndim == 2),  # noqa: PLR2004 - (H, W)
        native=None if native is None else replace(native, samples=to_upright(native.samples, orientation)),
    )
