"""Dress an object in a material: its colour, grain and light, which a style transfer leaves out."""

from dataclasses import dataclass
from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.types import Alpha, Rgb8

_Plane: TypeAlias = NDArray[np.float32]
_FULL = 255.0
_LEVELS = 256
_HALF = 0.5
_PIECES_ACROSS = 2.2
"""How often the piece of material is laid over the longer side of the object."""
_BULGE = 0.35
"""How far the grain follows the form: in sides of the piece, from black to white."""
_RANGE = (0.5, 99.5)
"""Percentiles of a material's colours beyond which no colour of it lies."""
_SUN = (-0.45, -0.6, 0.66)
"""Where the light of the gloss comes from: right, down, towards the viewer; a unit vector."""
_STEEPNESS = 0.11
_HIGHLIGHT, _SHARPNESS, _SHADE, _GLOW = 150.0, 24, 90.0, 110.0
"""Grey values of the highlight, its exponent (Phong, 1975), those of the shading, and those of the glow."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a material is worn. All are shares, 0..1.

    Attributes:
        kept: of the photo's own lightness; the rest is the network's.
        grain: of the material's own pattern in the lightness.
        tint: of the colour that the material has at that lightness; the rest varies as the network's.
        gloss: of a highlight as on something blown up.
        glow: of light from within.
    """

    kept: float = 0.3
    grain: float = 0.0
    tint: float = 0.4
    gloss: float = 0.0
    glow: float = 0.0


def dressed(photo: Rgb8, made: Rgb8, alpha: Alpha, piece: Rgb8, look: Look) -> Rgb8:
    """The object as if it were of that material.

    Args:
        photo: (H, W, 3) uint8.
        made: (H, W, 3) uint8, the photo in the style of `piece`.
        alpha: (H, W) float32, 1 = the object.
        piece: (s, s, 3) uint8, the material.
        look: how it is worn.

    Returns:
        (H, W, 3) uint8; what lies outside of the object means nothing.
    """
    lab = _lab(made)
    light = _lab(photo)[..., 0].astype(np.float32)
    worn = look.kept * light + (1 - look.kept) * lab[..., 0]
    if look.grain:
        worn += look.grain * _grain(light, piece)
    if look.gloss or look.glow:
        worn = _lit(worn, alpha, look)
    lab[..., 0] = np.rint(np.clip(worn, 0, _FULL))
    _take_colours(lab, alpha, _lab(piece), look.tint)
    return cast(Rgb8, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def _lab(rgb: Rgb8) -> NDArray[np.uint8]:
    return cast(NDArray[np.uint8], cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB))


def _take_colours(lab: NDArray[np.uint8], alpha: Alpha, piece: NDArray[np.uint8], tint: float) -> None:
    """Give the object the material's a and b, in place.

    A share `tint` is the colour that the material has where it is as light. The rest is what is there, with
    the mean and the spread of the material's (Reinhard et al., "Color transfer between images", 2001).
    """
    inside = (alpha > _HALF).astype(np.uint8)
    mean, spread = (values.ravel() for values in cv2.meanStdDev(lab, mask=inside))
    wanted, wanted_spread = (values.ravel() for values in cv2.meanStdDev(piece))
    for channel in (1, 2):
        gain = float(np.clip(wanted_spread[channel] / max(spread[channel], 1.0), 0.5, 1.5))
        shift = float(wanted[channel] - gain * mean[channel])
        least, most = np.percentile(piece[..., channel], _RANGE)
        taken = np.clip(
            cv2.convertScaleAbs(lab[..., channel], alpha=gain, beta=shift), round(least), round(most)
        )
        by_light = cv2.LUT(lab[..., 0], _by_light(piece, channel))
        lab[..., channel] = cv2.addWeighted(by_light, tint, taken, 1 - tint, 0)


def _by_light(piece: NDArray[np.uint8], channel: int) -> NDArray[np.uint8]:
    """(256,): the mean of the channel where the material has that lightness, or the nearest that it has."""
    light = piece[..., 0].ravel()
    counts = np.bincount(light, minlength=_LEVELS)
    sums = np.bincount(light, piece[..., channel].ravel(), minlength=_LEVELS)
    known = np.flatnonzero(counts)
    means = np.interp(np.arange(_LEVELS), known, sums[known] / counts[known]).astype(np.float32)
    return cast(NDArray[np.uint8], np.rint(cv2.blur(means[:, None], (1, 15)).ravel()).astype(np.uint8))


def _grain(light: _Plane, piece: Rgb8) -> _Plane:
    """The material's pattern laid over the object, shifted by its light so that it follows the form."""
    height, width = light.shape
    side = piece.shape[0]
    step = side * _PIECES_ACROSS / max(height, width)
    smooth = cv2.GaussianBlur(light, (0, 0), max(height, width) / 60)
    bulge = smooth * np.float32(side * _BULGE / _FULL)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) * np.float32(step)
    pattern = cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY).astype(np.float32)
    pattern -= pattern.mean()
    laid = cv2.remap(pattern, x + bulge, y + bulge, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return cast(_Plane, laid)


def _lit(light: _Plane, alpha: Alpha, look: Look) -> _Plane:
    """Highlight and shade of a body that swells from its outline, and the glow of its middle."""
    solid = np.pad((alpha > _HALF).astype(np.uint8), 1)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    deepest = max(float(depth.max()), 1.0)
    share = cv2.GaussianBlur(np.sqrt(np.minimum(depth / (0.7 * deepest), 1)), (0, 0), max(deepest / 12, 0.8))
    lit = light + look.glow * _GLOW * (share * share - np.float32(0.45))
    if not look.gloss:
        return cast(_Plane, lit)
    right = cv2.Sobel(share, cv2.CV_32F, 1, 0, scale=deepest * _STEEPNESS)
    down = cv2.Sobel(share, cv2.CV_32F, 0, 1, scale=deepest * _STEEPNESS)
    towards_sun = _SUN[2] - _SUN[0] * right - _SUN[1] * down
    facing = np.clip(towards_sun / np.sqrt(1 + right**2 + down**2), 0, 1)
    shade = _SHADE * (facing - np.float32(_SUN[2]))
    return cast(_Plane, lit + look.gloss * (_HIGHLIGHT * facing**_SHARPNESS + shade))
