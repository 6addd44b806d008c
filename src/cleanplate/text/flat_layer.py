"""Flat layers: one colour at one strength over part of a picture, told from both sides of its edge.

Under a layer a picture J looks like I = s J + c, with one s and one c for each channel: s is how much of the
picture shines through. On the two sides of the layer's edge the picture is nearly the same, so s is how much
less it varies inside than outside, and c what then is missing. Nothing has to be guessed, and J comes back.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.pixels.windowed_mean import mean_where

SOFT_PX = 2
"""So near to its edge a layer is of less than its strength, and JPEG has mixed the two sides."""
NEAR_PX = 5
"""Beyond that so many pixels of either side are compared."""
FEWEST = 60
"""Pixels of the edge that are needed."""
VARIES = 4.0
"""Levels, the standard deviation of the picture along the edge, below which its variation says nothing."""
ALIKE = 0.7
"""Correlation of the two sides."""
THROUGH = 0.2, 0.95
"""Least and most of the picture that shines through, for a layer that can be seen and lifted."""
EXPLAINED = 0.25
"""Of the difference between the two sides at most so much may be left without the layer."""
OUTLIERS = 2.5
"""What is left at so many times the usual counts half: the picture has an edge of its own there."""
FAINTEST = 4.0
"""Levels between the two sides below which there is no layer."""
ROUNDS = 6
OUT_OF_RANGE = 12.0
"""Levels by which the colour of a layer may miss black and white."""

_Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FlatLayer:
    """What lies over a picture.

    Attributes:
        through: share of the picture that shines through, 0..1.
        added: (3,), levels that the layer adds.
        left: share of the difference between the two sides of its edge that it does not explain.
    """

    through: float
    added: NDArray[np.float64]
    left: float

    def lifted(self, rgb: Rgb8) -> Rgb8:
        """(H, W, 3) uint8: the picture without the layer."""
        return np.clip(np.rint((rgb - self.added) / self.through), 0, 255).astype(np.uint8)

    def left_of(self, inner: _Planes, outer: _Planes) -> float:
        """Share of the difference between two sides, (N, 3) each, that this layer does not explain."""
        after = float(np.median(np.abs(inner - self.through * outer - self.added).max(axis=1)))
        return after / max(_difference(inner, outer), FAINTEST)

    def laid(self, rgb: Rgb8, where: Hole) -> Rgb8:
        """(H, W, 3) uint8: the picture with the layer over a part of it."""
        under = np.clip(np.rint(rgb * self.through + self.added), 0, 255).astype(np.uint8)
        return np.where(where[..., None], under, rgb)


def layer_of(rgb: Rgb8, inside: Hole, barred: Hole, unexplained: float = EXPLAINED) -> FlatLayer | None:
    """The layer over `inside`, or None when it is none: opaque, too faint, or of changing strength.

    Args:
        rgb: (H, W, 3) uint8.
        inside: (H, W), where the layer is; its edge may be off by a pixel.
        barred: (H, W), what belongs to neither side: writing, other layers.
        unexplained: as for `fit_layer`.
    """
    inner, outer = sides(rgb, inside, barred)
    return fit_layer(inner, outer, unexplained)


def fit_layer(
    inner: _Planes, outer: _Planes, unexplained: float = EXPLAINED, least: float = THROUGH[0]
) -> FlatLayer | None:
    """The layer that makes `inner` of `outer`; both (N, 3), pixel by pixel beside each other.

    Args:
        unexplained: share of the difference between the two sides that may be left without the layer.
        least: so much of the picture shines through at least, 0..1.
    """
    if len(inner) < FEWEST:
        return None
    weight = np.ones(len(inner))
    through, added = 1.0, np.zeros(3)
    for _ in range(ROUNDS):
        spread = _variance(inner, weight), _variance(outer, weight)
        if spread[1] < VARIES**2:
            return None
        through = float(np.sqrt(spread[0] / spread[1]))
        added = np.average(inner - through * outer, axis=0, weights=weight)
        off = np.abs(inner - through * outer - added).max(axis=1)
        weight = 1 / (1 + (off / (OUTLIERS * max(float(np.median(off)), 1.0))) ** 2)
    if not _is_layer(through, added, least) or likeness(inner, outer, weight) < ALIKE:
        return None
    if _difference(inner, outer) < FAINTEST:
        return None
    layer = FlatLayer(through, added, 0.0)
    layer = replace(layer, left=layer.left_of(inner, outer))
    return layer if layer.left <= unexplained else None


def edge_of(inside: Hole) -> Hole:
    """(H, W): where a layer is of less than its strength, on both sides of its edge."""
    return dilate(inside, SOFT_PX) & dilate(~inside, SOFT_PX)


def _is_layer(through: float, added: NDArray[np.float64], least: float) -> bool:
    if not least <= through <= THROUGH[1]:
        return False
    colour = added / (1 - through)
    return bool(colour.min() >= -OUT_OF_RANGE and colour.max() <= 255 + OUT_OF_RANGE)


def _difference(inner: _Planes, outer: _Planes) -> float:
    """Levels between two sides, (N, 3) each."""
    return float(np.median(np.abs(inner - outer).max(axis=1)))


def _variance(planes: _Planes, weight: NDArray[np.float64]) -> float:
    """Of all channels together."""
    middle = np.average(planes, axis=0, weights=weight)
    return float(np.average(((planes - middle) ** 2).sum(axis=1), weights=weight))


def likeness(inner: _Planes, outer: _Planes, weight: NDArray[np.float64] | None = None) -> float:
    """Correlation of two sides, (N, 3) each, all channels together, -1..1."""
    weight = np.ones(len(inner)) if weight is None else weight
    within = inner - np.average(inner, axis=0, weights=weight)
    without = outer - np.average(outer, axis=0, weights=weight)
    power = np.sqrt(_variance(inner, weight) * _variance(outer, weight))
    return float(np.average((within * without).sum(axis=1), weights=weight)) / max(float(power), 1e-6)


def sides(rgb: Rgb8, inside: Hole, barred: Hole) -> tuple[_Planes, _Planes]:
    """(N, 3) each: means within and without, for the pixels along the edge that have both."""
    core = ~dilate(~inside, SOFT_PX) & ~barred
    beyond = ~dilate(inside, SOFT_PX) & ~barred
    side_px = 2 * (SOFT_PX + NEAR_PX) + 1
    planes = rgb.astype(np.float32)
    line = inside & dilate(~inside, 1)
    means = []
    ready = line.copy()
    for where in (core, beyond):
        mean, count = mean_where(planes, where, side_px)
        ready &= count >= 2 * NEAR_PX
        means.append(mean)
    return means[0][ready], means[1][ready]
