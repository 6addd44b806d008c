"""The compressed rows of a PNG of 8 bits a channel, about as small as usual and as fast as that can be.

OpenCV writes them. What takes the time is zlib's search for repetitions: photographs have none that are
worth it, drawings and screenshots are nothing but. So a few rows are tried first, in the ways of `_WAYS`.

Format: PNG specification, third edition (W3C, 2025), 12.7; the strategies: zlib's manual, `deflateInit2`.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

_Way: TypeAlias = tuple[int, int]
"""How zlib looks for repetitions, and the filters that may be used on a row."""

_THOROUGH: Final[_Way] = (cv2.IMWRITE_PNG_STRATEGY_DEFAULT, cv2.IMWRITE_PNG_ALL_FILTERS)
_WAYS: Final[Sequence[tuple[_Way, float]]] = (
    ((cv2.IMWRITE_PNG_STRATEGY_RLE, cv2.IMWRITE_PNG_FILTER_AVG), 1.01),
    ((cv2.IMWRITE_PNG_STRATEGY_RLE, cv2.IMWRITE_PNG_FILTER_PAETH), 1.04),
)
"""The fastest first: of a photograph's time in `_THOROUGH` about 0.5 and 0.65. With each, how many times as
large a file is worth that."""
_LEVEL = 1  # level 6 takes four times as long for 4096 x 4096 px and saves a tenth
_BAND_ROWS = 16
"""Rows that are tried together, because drawings repeat what is above."""
_ROWS_A_BAND, _MOST_BANDS = 192, 8
"""A band for each so many rows: trying takes a tenth of the time that it can save."""
_TO_BGR: Final[Mapping[int, int]] = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}


def compress(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A whole file without metadata, lossless.

    Args:
        samples: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA.

    Returns:
        (N,) the file's bytes.
    """
    return _written(samples, _way_of(samples))


def _way_of(samples: NDArray[np.uint8]) -> _Way:
    """The fastest way in which some rows of the picture become about as small as usual."""
    bands = min(_MOST_BANDS, len(samples) // _ROWS_A_BAND)
    if not bands:
        return _THOROUGH
    tried = _some_rows(samples, bands)
    usual = len(_written(tried, _THOROUGH))
    return next((way for way, most in _WAYS if len(_written(tried, way)) <= most * usual), _THOROUGH)


def _some_rows(samples: NDArray[np.uint8], bands: int) -> NDArray[np.uint8]:
    """So many bands from all over the picture."""
    starts = ((np.arange(bands) + 0.5) * (len(samples) / bands)).astype(np.intp) - _BAND_ROWS // 2
    return np.asarray(samples[(starts[:, None] + np.arange(_BAND_ROWS)).reshape(-1)], np.uint8)


def _written(samples: NDArray[np.uint8], way: _Way) -> NDArray[np.uint8]:
    strategy, filters = way
    options = (
        *(cv2.IMWRITE_PNG_COMPRESSION, _LEVEL),
        *(cv2.IMWRITE_PNG_STRATEGY, strategy),
        *(cv2.IMWRITE_PNG_FILTER, filters),
    )
    bgr = samples if samples.ndim == 2 else cv2.cvtColor(samples, _TO_BGR[samples.shape[2]])  # noqa: PLR2004
    done, file = cv2.imencode(".png", bgr, options)
    if not done:
        raise RuntimeError("OpenCV could not write the PNG")
    return np.asarray(file, np.uint8)
