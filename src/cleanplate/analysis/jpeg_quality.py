"""How badly a picture was compressed, and how the traces of that are softened without a network."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.jpeg.jpeg_header import NotSpliceable, read_header
from cleanplate.pixels.types import Pixels, Rgb8

UNCOMPRESSED = 100
"""The quality of a picture that shows no compression."""

_LUMA_STEPS = 3681
"""Sum of the 64 steps of the luma table in ITU-T T.81, annex K.1, which libjpeg calls quality 50."""
_BLOCK_PX = 8
_LOOK_AT_PX = 1024
_LEAST_PX = 8 * _BLOCK_PX
_SUBTLE = 4.0
_STRONG = 48.0
"""Grey levels. A step between two blocks counts as no more than the first; a larger step than the second is
the subject's own, and speaks against blocks."""
_STEPS = (0.35, 0.57, 0.67, 0.75, 0.87, 1.10)
_QUALITIES = (75, 60, 50, 40, 30, 15)
"""How far steps between blocks stand out, and the quality at which they do: medians over 18 photographs.
Without compression they reach at most 0.25."""
_FINE = 85
"""Quality from which on a file's own tables leave room for blocks of an earlier, coarser one."""
_SHIFTS_PX = (0, 10, 4, 14)
"""Four places in a luma block of 8 px, and four in a colour block of 16 px."""
_PAD_PX = 16


def visible_jpeg_quality(pixels: Pixels) -> int:
    """The quality of the worst JPEG that the picture went through, 1..100 on libjpeg's scale, as far as it
    shows: in the file's own tables, or in the pixels when the file came later;
    `UNCOMPRESSED` when in neither.
    """
    quality = _of_file(pixels.origin.jpeg)
    return quality if quality < _FINE else min(quality, _of_pixels(pixels.rgb))


def _of_file(source: bytes | None) -> int:
    if source is None:
        return UNCOMPRESSED
    try:
        steps = sum(read_header(source).frame.quantisation[0])
    except NotSpliceable:  # an odd kind of JPEG: its pixels still say something
        return UNCOMPRESSED
    percent = 100 * steps / _LUMA_STEPS  # as jcparam.c, jpeg_quality_scaling, the other way round
    return round(min(max(100 - percent / 2 if percent <= 100 else 5000 / percent, 1), 100))  # noqa: PLR2004


def _of_pixels(rgb: Rgb8) -> int:
    """From the middle of the picture: how far the steps between blocks stand out, along both axes."""
    if min(rgb.shape[:2]) < _LEAST_PX:
        return UNCOMPRESSED
    top, left = (max(0, (side - _LOOK_AT_PX) // 2) for side in rgb.shape[:2])
    part = np.ascontiguousarray(rgb[top : top + _LOOK_AT_PX, left : left + _LOOK_AT_PX])
    luma = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    outstanding = min(_block_step(luma), _block_step(luma.T))
    return (
        UNCOMPRESSED if outstanding < _STEPS[0] else round(float(np.interp(outstanding, _STEPS, _QUALITIES)))
    )


def _block_step(luma: NDArray[np.float32]) -> float:
    """How much larger than its neighbours the step between two columns is where blocks meet, in grey levels.
    Blocks may begin anywhere: the picture may have been cut."""
    steps = np.abs(np.diff(luma, axis=1))
    beyond = steps[:, 1:-1] - (steps[:, :-2] + steps[:, 2:]) / 2
    beyond[steps[:, 1:-1] > _STRONG] = -_SUBTLE
    columns = np.clip(beyond, -_SUBTLE, _SUBTLE).mean(axis=0)
    whole = len(columns) // _BLOCK_PX * _BLOCK_PX
    places = np.sort(columns[:whole].reshape(-1, _BLOCK_PX).mean(axis=0))
    return float(places[-1] - places[-2])  # one that was resized stands out at several places


def deblock(rgb: Rgb8, quality: int) -> Rgb8:
    """The picture without the blocks and with less of the ringing that a JPEG of this quality has.

    It is compressed again 16 times, each time with the blocks somewhere else, and the mean is taken.

    Source: A. Nosratinia, "Enhancement of JPEG-compressed images by re-application of JPEG", Journal of VLSI
    Signal Processing 27, 2001.

    Args:
        rgb: (H, W, 3) uint8.
        quality: 1..100.
    """
    height, width = rgb.shape[:2]
    padded = np.asarray(
        cv2.copyMakeBorder(rgb, _PAD_PX, _PAD_PX, _PAD_PX, _PAD_PX, cv2.BORDER_REPLICATE), np.uint8
    )
    total = np.zeros(rgb.shape, np.uint16)
    for down in _SHIFTS_PX:
        for right in _SHIFTS_PX:
            moved = np.ascontiguousarray(
                padded[down : down + height + _PAD_PX, right : right + width + _PAD_PX]
            )
            again = _recompress(moved, quality)
            total += again[_PAD_PX - down :, _PAD_PX - right :][:height, :width]
    count = len(_SHIFTS_PX) ** 2
    return ((total + count // 2) // count).astype(np.uint8)


def _recompress(rgb: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Through a JPEG and back."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB), np.uint8)
