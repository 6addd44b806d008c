"""A material's colours and pattern on an object, which a style transfer leaves out."""

from typing import Any, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import painted
from cleanplate.pixels.types import Alpha, Rgb8

_Plane: TypeAlias = NDArray[np.float32]
_FULL = 255.0
_LEVELS = 256
_LARGE_PX = 700
_RANGE = (0.5, 99.5)
"""Percentiles of a material's colours beyond which no colour of it lies."""


def coloured(made: Rgb8, light: _Plane, alpha: Alpha, piece: Rgb8, tint: float) -> Rgb8:
    """That lightness, (H, W) about 0..255, in the colours of `piece`: none is made that it does not have."""
    lab = _lab(made)
    lab[..., 0] = np.rint(np.clip(light, 0, _FULL))
    _take_colours(lab, alpha, _lab(piece), tint)
    return cast(Rgb8, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def patterned(piece: Rgb8, bulge: _Plane, across: float = 2.2) -> _Plane:
    """(H, W): the material's pattern in grey values, its mean 0, laid as by `laid`."""
    grey = cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return laid(grey - grey.mean(), bulge, across)


def laid(piece: NDArray[Any], bulge: _Plane, across: float) -> NDArray[np.float32]:
    """The piece over and over, so that it follows a form.

    Args:
        piece: (s, s) or (s, s, channels).
        bulge: (H, W), how far it is pushed aside, pixels.
        across: pieces along the longer side; of what is large there are more.

    Returns:
        (H, W) or (H, W, channels).
    """
    height, width = bulge.shape
    longer = max(height, width)
    step = np.float32(piece.shape[0] * across * max(longer / _LARGE_PX, 1) ** 0.5 / longer)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    right, down = (_mirrored((along + bulge) * step, piece.shape[0]) for along in (x, y))
    plain = piece.astype(np.float32)
    found = cv2.remap(plain, right, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return cast(NDArray[np.float32], found)


def _lab(rgb: Rgb8) -> NDArray[np.uint8]:
    return cast(NDArray[np.uint8], cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB))


def _mirrored(along: _Plane, side: int) -> _Plane:
    """Places on a line, folded onto 0..side - 1: OpenCV folds them once, and no more."""
    last = np.float32(side - 1)
    return cast(_Plane, last - np.abs(along % (2 * last) - last))


def _take_colours(lab: NDArray[np.uint8], alpha: Alpha, piece: NDArray[np.uint8], tint: float) -> None:
    """Give the object the material's a and b, in place.

    A share `tint` is the colour that the material has where it is as light. The rest is what is there, with
    the mean and the spread of the material's (Reinhard et al., "Color transfer between images", 2001).
    """
    inside = painted(alpha).astype(np.uint8)
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
