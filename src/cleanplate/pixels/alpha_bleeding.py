"""Alpha bleeding: what can be seen lends its colour to what cannot.

Editors leave black, white or noise under full transparency. A network that enlarges or restyles a picture
sees it, and draws it into the soft edge beside it.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Rgb8

SURE = 16
"""Opacity (of 255) from which on a colour is taken as it is. That of fainter pixels was often worked out by a
division, from hardly any colour at all."""
_ROWS = 256

_F32 = NDArray[np.float32]


def bleed_alpha(rgb: Rgb8, opacity: NDArray[np.uint8]) -> Rgb8:
    """The picture with colours that go on under what is transparent, ever smoother with the distance.

    Args:
        rgb: (H, W, 3).
        opacity: (H, W), 0..255.

    Returns:
        (H, W, 3), the same where `opacity` is at least `SURE`; all the same where nothing or everything is.
    """
    faint = opacity < SURE
    if not faint.any() or not opacity.any():
        return rgb
    sums = [_halve(*_weigh(rgb[rows], opacity[rows])) for rows in _bands(len(rgb))]
    below = _fill_gaps(np.concatenate([colour for colour, _ in sums]), np.concatenate([w for _, w in sums]))
    coarse = _double(below, faint.shape)
    out = rgb.copy()
    share = opacity[faint].astype(np.float32)[:, None] / SURE
    out[faint] = np.rint(rgb[faint] * share + coarse[faint] * (1 - share))
    return out


def _bands(height: int) -> Iterator[slice]:
    """Floats of a whole picture would take four times its bytes."""
    for top in range(0, height, _ROWS):
        yield slice(top, top + _ROWS)


def _weigh(rgb: Rgb8, opacity: NDArray[np.uint8]) -> tuple[_F32, _F32]:
    weight = np.minimum(opacity, SURE).astype(np.float32) / SURE
    return np.asarray(rgb * weight[..., None], np.float32), np.asarray(weight, np.float32)


def _halve(colour: _F32, weight: _F32) -> tuple[_F32, _F32]:
    """Sums of two by two; at an odd edge of what there is."""
    return _sum_blocks(colour), _sum_blocks(weight)


def _sum_blocks(values: _F32) -> _F32:
    below, right = (side % 2 for side in values.shape[:2])
    even = np.pad(values, ((0, below), (0, right), *((0, 0),) * (values.ndim - 2)))
    rows = even[::2] + even[1::2]
    return np.asarray(rows[:, ::2] + rows[:, 1::2], np.float32)


def _fill_gaps(colour: _F32, weight: _F32) -> Rgb8:
    """(h, w, 3) colours from weighted sums of them: where the weight is below 1 the rest comes from afar."""
    own = colour / np.maximum(weight, np.finfo(np.float32).tiny)[..., None]
    share = np.minimum(weight, 1)[..., None]
    if max(weight.shape) > 1 and share.min() < 1:
        own = own * share + _double(_fill_gaps(*_halve(colour, weight)), weight.shape) * (1 - share)
    return np.asarray(np.rint(own), np.uint8)


def _double(small: Rgb8, shape: tuple[int, ...]) -> Rgb8:
    """Twice as large, less a row or a column where that was added."""
    size = (2 * small.shape[1], 2 * small.shape[0])
    large = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[: shape[0], : shape[1]], np.uint8)
