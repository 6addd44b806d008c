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

Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W) one channel, or (H, W, C)."""

Format: TypeAlias = Literal["jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif"]
Space: TypeAlias = Literal["rgb", "grey", "cmyk", "index"]
Chunk: TypeAlias = tuple[bytes, bytes]
"""Name (four letters) and content of a PNG chunk."""


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
    def edges(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom), as recipes and parameters have them."""
        return self.left, self.top, self.right, self.bottom

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
    """One colour channel in the file; `rgb` repeats it three times, give or take what a profile does."""
    orientation: int = 1
    """EXIF orientation 1..8 that was applied to make the pixels upright."""
    icc: bytes | None = None
    """A profile that leaves `Pixels.rgb` as it is: sRGB, or one that cannot be used. Else see `Native`."""
    exif: bytes | None = None
    """Raw EXIF block as the file had it, orientation included."""
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text_chunks: tuple[Chunk, ...] = ()
    """PNG chunks of words and dates: tEXt, zTXt, iTXt, tIME. XMP is not among them."""
    side_data: tuple[str, ...] = ()
    """Names for what else the file held and no result can keep, such as "C2PA manifest"."""
    colour_chunks: tuple[Chunk, ...] = ()
    """PNG chunks that say what the colours mean: gAMA, cHRM, sRGB, cICP."""
    offset: tuple[int, int] | None = None
    """(x, y) in pixels: where the upper left corner belongs on the picture that it is a part of."""
    metadata_clean: bool = False
    """Whether EXIF, XMP and text hold nothing that shows how the picture was: see `clean_metadata`."""
    jpeg: bytes | None = field(default=None, repr=False)
    """The file itself when it is a JPEG: blocks that no edit touched are taken from it."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours that indices stand for.

    Attributes:
        entries: (N, 3) uint8, N in 1..256, in the colour space of the file.
        opacity: (N,) uint8, or None when all are opaque.
        bits: 1, 2, 4 or 8 of an index in the file.
        fixed: black and white of a bilevel file: nothing can be added, and no palette is written.
        map16: the entries as a TIFF has them, (N, 3) uint16; None when they are 257 times `entries`.
    """

    entries: NDArray[np.uint8]
    opacity: NDArray[np.uint8] | None = None
    bits: int = 8
    fixed: bool = False
    map16: NDArray[np.uint16] | None = None


@dataclass(frozen=True, slots=True)
class Native:
    """The picture as its file has it, where that is more than 8 bits of sRGB or grey.

    Attributes:
        samples: upright. "rgb" (H, W, 3), "grey" (H, W): uint8 or uint16. "cmyk" (H, W, 4) uint8, 255 = all
            ink. "index" (H, W) uint8.
        space: what the samples are.
        icc: profile of the samples; None is sRGB, or for CMYK the plain rule.
        palette: what indices mean; None for other spaces.
    """

    samples: Samples
    space: Space
    icc: bytes | None = None
    palette: Palette | None = None


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture, upright.

    Attributes:
        rgb: (H, W, 3) uint8, sRGB: what edits work on. Where `native` is set, a view of that, rounded.
        alpha: (H, W) opacity, uint8, or uint16 when `native` has 16 bits; None when opaque.
        origin: what the file was.
        native: the file's own samples, when `rgb` does not hold all they say. Whole-picture edits drop it.
    """

    rgb: Rgb8
    alpha: Samples | None = None
    origin: Origin = field(default_factory=Origin)
    native: Native | None = None

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])


@dataclass(frozen=True, slots=True)
class Mask:
    """Which pixels somebody means: those to paint, or those to keep.

    Attributes:
        flags: (H, W) bool; **True = painted in the mask**.
    """

    flags: Hole

    @property
    def height(self) -> int:
        return int(self.flags.shape[0])

    @property
    def width(self) -> int:
        return int(self.flags.shape[1])
