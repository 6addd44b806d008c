"""Mixing: what a decoder makes of subsampled colour near the border of a block, to the last bit.

Source: libjpeg-turbo's jidctint.c (`jpeg_idct_islow`, 13-bit constants) and jdsample.c (`fancy` upsampling),
which Pillow, OpenCV and the browsers run.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.jpeg.block_transform import ZIGZAG

Integers: TypeAlias = NDArray[np.int32]
Ratio: TypeAlias = tuple[int, int]
"""Pixels for one sample: (down, across)."""

SMOOTHED_RATIOS: frozenset[Ratio] = frozenset({(2, 1), (1, 2), (2, 2)})
"""Where decoders mix neighbouring samples. In other ratios they repeat them."""

_EVEN = np.array(
    [
        [8192, 10703, 8192, 4433],
        [8192, 4433, -8192, -10704],
        [8192, -4433, -8192, 10704],
        [8192, -10703, 8192, -4433],
    ]
)
_ODD = np.array(
    [
        [11363, 9633, 6437, 2260],
        [9633, -2259, -11362, -6436],
        [6437, -11362, 2261, 9633],
        [2260, -6436, 9633, -11363],
    ]
)
_FIRST_SHIFT, _SECOND_SHIFT = 11, 18
_CENTRE, _MOST = 128, 255
_PLACES = np.array([8 * row + column for row, column in ZIGZAG])


def _idct_matrix() -> NDArray[np.float64]:
    """(8, 8): the eight outputs of one pass for its eight inputs; all butterflies taken together."""
    waves = np.empty((8, 8))
    waves[:4, ::2], waves[:4, 1::2] = _EVEN, _ODD
    waves[:3:-1, ::2], waves[:3:-1, 1::2] = _EVEN, -_ODD
    return waves


_IDCT = _idct_matrix()


def decode_blocks(blocks: NDArray[np.int16], steps: NDArray[np.float32]) -> Integers:
    """(..., 64) quantised coefficients, zigzag, and their 64 steps -> (..., 8, 8) samples 0..255."""
    spectrum = np.zeros(blocks.shape)
    spectrum[..., _PLACES] = blocks * steps.astype(np.float64)
    spectrum = spectrum.reshape(*blocks.shape[:-1], 8, 8)
    # whole numbers below 2 ** 53: products of floats are exact, and much faster than those of integers
    half = np.floor((_IDCT @ spectrum + (1 << _FIRST_SHIFT - 1)) / (1 << _FIRST_SHIFT))
    values = np.floor((half @ _IDCT.T + (1 << _SECOND_SHIFT - 1)) / (1 << _SECOND_SHIFT))
    samples: Integers = np.clip(values + _CENTRE, 0, _MOST).astype(np.int32)
    return samples


def upsample(samples: Integers, ratio: Ratio) -> Integers:
    """The pixels between samples, in a ratio of `SMOOTHED_RATIOS`.

    (..., height, width) -> what lies inside the frame of outermost samples' centres: (..., 2 * height - 2,
    2 * width - 2), or as many as before along a direction with one sample for each pixel.
    """
    if ratio == (2, 2):
        return _interpolate(_interpolate(samples.swapaxes(-1, -2), (0, 0), 0).swapaxes(-1, -2), (7, 8), 4)
    if ratio == (1, 2):
        return _interpolate(samples, (2, 1), 2)
    return _interpolate(samples.swapaxes(-1, -2), (2, 1), 2).swapaxes(-1, -2)


def _interpolate(samples: Integers, rounding: tuple[int, int], shift: int) -> Integers:
    """Along the last axis, the two values between each sample and the next."""
    near, far = samples[..., :-1], samples[..., 1:]
    between = np.empty((*samples.shape[:-1], 2 * near.shape[-1]), np.int32)
    between[..., ::2] = (3 * near + far + rounding[0]) >> shift
    between[..., 1::2] = (near + 3 * far + rounding[1]) >> shift
    return between
