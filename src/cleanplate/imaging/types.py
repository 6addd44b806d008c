"""The two things every edit works on, and the box that crops them."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rgb8: TypeAlias = NDArray[np.uint8]
"""(H, W, 3), 0..255."""
Alpha: TypeAlias = NDArray[np.float32]
"""(H, W), 0..1."""
Hole: TypeAlias = NDArray[np.bool_]
"""(H, W), True = make this pixel."""

Format: TypeAlias = Literal["jpeg", "png", "bmp", "webp", "tiff", "heif"]


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open window in pixels: `right` and `bottom` are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """(rows, columns), for `array[box.slices]`."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, slots=True)
class Origin:
    """What the file was, so that a result can be written back as the same kind of file."""

    format: Format = "png"
    lossless: bool = True
    grey: bool = False
    """One colour channel in the file; `rgb` repeats it three times."""
    orientation: int = 1
    """EXIF orientation 1..8 that was applied to make the pixels upright."""
    icc: bytes | None = None
    exif: bytes | None = None
    """Raw EXIF block as the file had it, orientation included."""
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture, upright, in the colour space of its own ICC profile (sRGB when it has none).

    Attributes:
        rgb: (H, W, 3) uint8. For 16-bit files the rounded 8-bit view of `deep`.
        deep: (H, W, 3) uint16, or None when the file has 8 bits a channel.
        alpha: (H, W) opacity, uint8, or uint16 when `deep` is set; None when opaque.
        origin: what the file was.
    """

    rgb: Rgb8
    deep: NDArray[np.uint16] | None = None
    alpha: NDArray[np.uint8] | NDArray[np.uint16] | None = None
    origin: Origin = field(default_factory=Origin)

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])


@dataclass(frozen=True, slots=True)
class Mask:
    """Where to paint.

    Attributes:
        alpha: (H, W) float32 in [0, 1]; **1 = repaint**, 0 = keep.
    """

    alpha: Alpha

    @property
    def height(self) -> int:
        return int(self.alpha.shape[0])

    @property
    def width(self) -> int:
        return int(self.alpha.shape[1])
