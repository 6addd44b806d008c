"""A mask as it is looked at: how light and how coloured each of its pixels is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.decoded_raster import DecodedRaster
from cleanplate.colour.bit_depth import DEEP_SCALE
from cleanplate.pixels.types import Hole, Samples

HALF: Final = 128
NOISE: Final = 16
_BYTE: Final = 255
_ROWS: Final = 256
_CHROMA, _LOSSY_CHROMA, _LOSSY_LIGHT = 24, 64, 96
"""Colours of a lossy file run out over their neighbours."""
_FEW: Final = 0.0005
"""Share of the pixels below which colours are an accident."""
_COLOURFUL: Final = 0.1
MOST_LABELS: Final = 32
"""So many values may be labels; more are shades."""
_LITTLE, _NEARLY_ALL = 0.08, 0.9
_SOLID_PX: Final = 5
_FEWEST_SPECKS: Final = 64
_SOLID, _ALONE, _OPEN = 0.1, 0.25, 0.35


@dataclass(frozen=True)
class MaskSamples:
    """What a mask shows.

    Attributes:
        light: (H, W) largest channel, in the file's own depth; 0 where it is transparent.
        luma: (H, W) luminance by ITU-R BT.601.
        chroma: (H, W) largest channel less the smallest; None for a grey file.
        unit: what 1 of 8 bits is in these samples.
        lossless: no compression has blurred it.
    """

    light: Samples
    luma: Samples
    chroma: Samples | None
    unit: int
    lossless: bool

    @classmethod
    def from_raster(cls, raster: DecodedRaster, seen: Hole | None = None) -> "MaskSamples":
        """Of a decoded mask; `seen` is (H, W), True where it is not transparent."""
        values = raster.values if seen is None else _black_out(raster.values, seen)
        light = luma = values
        chroma: Samples | None = None
        if values.ndim == 3:  # noqa: PLR2004 - (H, W, 3)
            red, green, blue = cv2.split(values)
            light = cast(Samples, cv2.max(cv2.max(red, green), blue))
            chroma = cast(Samples, light - cv2.min(cv2.min(red, green), blue))
            luma = cast(Samples, cv2.cvtColor(values, cv2.COLOR_RGB2GRAY))
        deep = values.dtype == np.uint16 and light.max() > _BYTE
        return cls(light, luma, chroma, DEEP_SCALE if deep else 1, raster.origin.lossless)

    @cached_property
    def top(self) -> int:
        return int(self.light.max())

    @cached_property
    def lit(self) -> Hole:
        """What is not black."""
        return np.asarray(self.light > NOISE * self.unit)

    def without_artefacts(self, lit: Hole) -> Hole:
        """`lit` without what compression throws round strokes: less light than a third, and not solid."""
        if self.lossless:
            return lit
        disc = np.ones((_SOLID_PX, _SOLID_PX), np.uint8)
        solid = cv2.morphologyEx(lit.view(np.uint8), cv2.MORPH_OPEN, disc) > 0
        return np.asarray(solid | (lit & (self.light >= self.top // 3)))

    @cached_property
    def all_lit(self) -> bool:
        return bool(self.lit.all())

    @cached_property
    def bright(self) -> Hole:
        """The brighter half."""
        return np.asarray(self.luma >= HALF * self.unit)

    @cached_property
    def coloured(self) -> Hole | None:
        """What is neither black nor grey; None when all is."""
        if self.chroma is None:
            return None
        chroma, light = (_CHROMA, NOISE) if self.lossless else (_LOSSY_CHROMA, _LOSSY_LIGHT)
        flags = (self.chroma > chroma * self.unit) & (self.light > light * self.unit)
        return np.asarray(flags) if flags.any() else None

    @cached_property
    def is_colourful(self) -> bool:
        return self.coloured is not None and bool(self.coloured.mean() > _COLOURFUL)

    @cached_property
    def is_on_white(self) -> bool:
        """Whether it has colours, and more white round them than black."""
        if self.coloured is None or self.coloured.mean() <= _FEW:
            return False
        white = np.count_nonzero(self.bright & ~self.coloured)
        return bool(white > np.count_nonzero(~self.lit))

    @cached_property
    def is_ramp(self) -> bool:
        """Whether next to nothing is black or white, and the rest of many greys, as a ramp is.

        However soft a stroke is, it has a ground, or a middle.
        """
        counts = self._counts()
        black, white = counts[: NOISE + 1].sum(), counts[_BYTE - NOISE :].sum()
        if max(black, white) > _LITTLE * self.light.size:
            return False
        between = np.sort(counts[NOISE + 1 : _BYTE - NOISE])[::-1]
        total = int(between.sum())
        # of flat greys, blurred by compression, a few values are nearly all
        return int(np.searchsorted(np.cumsum(between), _NEARLY_ALL * total)) >= MOST_LABELS

    def _counts(self) -> NDArray[np.int64]:
        """(256,) how many pixels have each value of 8 bits."""
        counts = np.zeros(_BYTE + 1, np.int64)
        for row in range(0, len(self.light), _ROWS):  # in bands: counting takes eight bytes a pixel
            band = (self.light[row : row + _ROWS] // self.unit).astype(np.uint8)
            counts += np.bincount(band.ravel(), minlength=_BYTE + 1)
        return counts

    def count_values(self) -> int:
        """How many different values `light` has."""
        many = int(np.iinfo(self.light.dtype).max) + 1
        return int(np.count_nonzero(cv2.calcHist([self.light], [0], None, [many], [0, many])))


def without_specks(flags: Hole, faint: Hole) -> Hole:
    """`flags` without those that are `faint` too, if these are noise: specks, nothing solid among them."""
    low = flags & faint
    count = np.count_nonzero(low)
    if count < _FEWEST_SPECKS:
        return flags
    plane, disc = low.view(np.uint8), np.ones((3, 3), np.uint8)
    solid = np.count_nonzero(cv2.erode(plane, disc))
    if solid >= _SOLID * count:
        return flags
    ring = disc.copy()
    ring[1, 1] = 0
    alone = np.count_nonzero(low & (cv2.dilate(plane, ring) == 0))
    clear = np.count_nonzero(cv2.dilate(plane, disc) == 0)
    noisy = alone > _ALONE * count or clear < _OPEN * (low.size - count)
    return flags & ~low if noisy else flags


def _black_out(values: Samples, seen: Hole) -> Samples:
    where = seen if values.ndim == 2 else seen[..., None]  # noqa: PLR2004 - (H, W)
    return values * where
