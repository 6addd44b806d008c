"""What follows the edges of a picture: a mask that is drawn closer to them, and a small result made large.

Source: He, Sun, Tang, "Guided image filtering", 2013, and He, Sun, "Fast guided filter", 2015.
"""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Alpha, Rgb8

_ROWS = 256
_WORKING_PX = 1_000_000
_GAIN_RADIUS_PX = 4
_FLAT = 6.0
"""Contrast in grey values below which the picture counts as flat: its noise is not carried over."""
_MOST_GAIN = 1.25


def refine_to_edges(guide: Rgb8, mask: Alpha, radius_px: int, softness: float = 0.02) -> Alpha:
    """A rough mask, moved to the edges of the picture that lie near its own, edges between colours included.

    Args:
        guide: (H, W, 3) uint8.
        mask: (H, W) float32 in [0, 1].
        radius_px: how far an edge may lie away.
        softness: contrast, 0..1 of full, below which an edge is none.

    Returns:
        (H, W) float32 in [0, 1]. Beside it, memory for about a megapixel.
    """
    height, width = mask.shape
    small = scale_to_fit(guide, _WORKING_PX, 1.0)
    rough = cast(Alpha, cv2.resize(mask, small.shape[1::-1], interpolation=cv2.INTER_AREA))
    reach_px = max(round(radius_px * small.shape[1] / width), 1)
    line = cv2.resize(_plane(small, rough, reach_px, softness**2), (width, height))
    found = np.empty_like(mask)
    for row in range(0, height, _ROWS):
        rows = slice(row, row + _ROWS)
        colour = guide[rows].astype(np.float32) / np.float32(255)
        found[rows] = np.clip((line[rows, :, :3] * colour).sum(2) + line[rows, :, 3], 0, 1)
    return found


def guided_upsample(picture: Rgb8, small: Rgb8, made: Rgb8, share: float) -> Rgb8:
    """What was made of a small copy, at the size of the picture and as sharp as it.

    Enlarged, `made` lacks the picture's finest detail. It is added again, as strongly as the detail of
    `small` shows in `made` there: all of it where the two agree, none of it where a stroke lies over it.

    Args:
        picture: (H, W, 3) uint8.
        small: (h, w, 3) uint8: the picture, scaled.
        made: (h, w, 3) uint8: what became of it.
        share: 0..1, how much of the result is taken; 0 gives the picture's own values.

    Returns:
        (H, W, 3) uint8. Beside pictures of that size in 8 bits it takes one plane of floats.
    """
    height, width = picture.shape[:2]
    if (height, width) == small.shape[:2]:
        return _mix(picture, made, share)
    if small.shape[0] > height:
        return _mix(picture, _resize(made, width, height), share)
    gain = cv2.resize(_gain(small, made), (width, height), interpolation=cv2.INTER_LINEAR)
    large, blurred = _resize(made, width, height), _resize(small, width, height)
    out = np.empty_like(picture)
    for row in range(0, height, _ROWS):
        rows = slice(row, row + _ROWS)
        detail = (_grey(picture[rows]) - _grey(blurred[rows])) * gain[rows]
        sharp = np.clip(large[rows] + detail[..., None], 0, 255)
        own = picture[rows].astype(np.float32)
        out[rows] = np.rint(own + (sharp - own) * share)
    return out


def scale_to_fit(picture: Rgb8, area_px: int, most_enlarged: float) -> Rgb8:
    """The picture with about `area_px` pixels, its shape kept; no side grows by more than `most_enlarged`."""
    height, width = picture.shape[:2]
    scale = min((area_px / (height * width)) ** 0.5, most_enlarged)
    return _resize(picture, max(round(width * scale), 1), max(round(height * scale), 1))


def _resize(picture: Rgb8, width: int, height: int) -> Rgb8:
    how = cv2.INTER_AREA if width * height < picture.shape[0] * picture.shape[1] else cv2.INTER_CUBIC
    return cast(Rgb8, cv2.resize(picture, (width, height), interpolation=how))


def _mix(picture: Rgb8, made: Rgb8, share: float) -> Rgb8:
    return cast(Rgb8, cv2.addWeighted(picture, 1 - share, made, share, 0))


def _grey(rgb: Rgb8) -> NDArray[np.float32]:
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _gain(small: Rgb8, made: Rgb8) -> NDArray[np.float32]:
    """(h, w): how many grey values of `made` one of `small` is worth."""
    slope, _ = _line(_grey(small), _grey(made), _GAIN_RADIUS_PX, _FLAT**2)
    return np.clip(cv2.blur(slope, (2 * _GAIN_RADIUS_PX + 1,) * 2), 0, _MOST_GAIN).astype(np.float32)


def _line(
    guide: NDArray[np.float32], wanted: NDArray[np.float32], radius_px: int, least_variance: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Slope and offset of the line that fits `wanted` to `guide` best in the window round each pixel."""
    size = (2 * radius_px + 1, 2 * radius_px + 1)
    mean, other = cv2.blur(guide, size), cv2.blur(wanted, size)
    variance = cv2.blur(guide * guide, size) - mean * mean
    slope = (cv2.blur(guide * wanted, size) - mean * other) / (variance + least_variance)
    return slope.astype(np.float32), (other - slope * mean).astype(np.float32)


def _plane(
    guide: Rgb8, wanted: NDArray[np.float32], radius_px: int, least_variance: float
) -> NDArray[np.float32]:
    """(H, W, 4): three slopes and the offset of the plane that fits `wanted` to the colours in the window.

    Equations 19 and 20 of the paper of 2013.
    """
    size = (2 * radius_px + 1, 2 * radius_px + 1)
    colour = guide.astype(np.float32) / np.float32(255)
    mean = cast(NDArray[np.float32], cv2.blur(colour, size))
    other = cv2.blur(wanted, size)
    together = cv2.blur(colour * wanted[..., None], size) - mean * other[..., None]
    slope = _solve(_spread(colour, mean, size, least_variance), together)
    offset = other - (slope * mean).sum(2)
    return cast(NDArray[np.float32], cv2.blur(np.dstack([slope, offset]), size))


def _spread(
    colour: NDArray[np.float32], mean: NDArray[np.float32], size: tuple[int, int], least: float
) -> tuple[NDArray[np.float32], ...]:
    """Covariances of the channels in the window: rr, rg, rb, gg, gb, bb."""
    return tuple(
        cv2.blur(colour[..., one] * colour[..., two], size)
        - mean[..., one] * mean[..., two]
        + np.float32(least if one == two else 0)
        for one, two in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    )


def _solve(spread: tuple[NDArray[np.float32], ...], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W, 3): the inverse of each pixel's symmetric matrix times `right`, by Cramer's rule."""
    rr, rg, rb, gg, gb, bb = spread
    over_rr, over_rg, over_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    over_gg, over_gb, over_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    red, green, blue = (right[..., channel] for channel in range(3))
    found = np.dstack(
        [
            over_rr * red + over_rg * green + over_rb * blue,
            over_rg * red + over_gg * green + over_gb * blue,
            over_rb * red + over_gb * green + over_bb * blue,
        ]
    )
    whole = over_rr * rr + over_rg * rg + over_rb * rb
    return cast(NDArray[np.float32], found / whole[..., None])
