"""New colours on a picture whose brightness stays: luma from one, chroma from another."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Alpha, Rgb8

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, as JPEG and every grey conversion here have it."""
_ROWS = 256
_STRONGEST = 0.85
"""Share of a colour's own saturation; painted on as it is, it looks like ink on a photograph."""


def recolour(brightness: Rgb8, colours: Rgb8) -> Rgb8:
    """Put the colours of one picture on the brightness of another.

    Where a colour would not fit at that brightness it is paler, never brighter or of another hue.

    Args:
        brightness, colours: (H, W, 3) uint8 of one size.

    Returns:
        (H, W, 3) uint8; its luma is that of `brightness` within the rounding of the values.
    """
    out = np.empty_like(brightness)
    for rows in _bands(brightness):
        out[rows] = _fit_gamut(_luma(brightness[rows]), _chroma(colours[rows].astype(np.float32)))
    return out


def tint(rgb: Rgb8, alpha: Alpha, colour: tuple[int, int, int]) -> Rgb8:
    """Give a part of the picture a colour; its brightness stays, and shade and highlights are paler.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) float32 in [0, 1], 1 = wholly of that colour.
        colour: (red, green, blue), 0..255.

    Returns:
        (H, W, 3) uint8.
    """
    wanted = np.array(colour, np.float32)
    level = max(float(wanted @ _LUMA), 1.0)
    own = wanted - wanted @ _LUMA
    out = rgb.copy()
    for rows in _bands(rgb):
        if not alpha[rows].any():
            continue
        luma, share = _luma(rgb[rows]), alpha[rows][..., None]
        shaded = (
            own * (_STRONGEST * np.minimum(luma / level, (255 - luma) / (256 - level)).clip(0, 1))[..., None]
        )
        mixed = _chroma(rgb[rows].astype(np.float32)) * (1 - share) + shaded * share
        out[rows] = np.where(share > 0, _fit_gamut(luma, mixed), rgb[rows])
    return out


def _bands(rgb: Rgb8) -> list[slice]:
    return [slice(row, row + _ROWS) for row in range(0, rgb.shape[0], _ROWS)]


def _luma(rgb: Rgb8) -> NDArray[np.float32]:
    return cast(NDArray[np.float32], rgb.astype(np.float32) @ _LUMA)


def _chroma(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    return cast(NDArray[np.float32], rgb - (rgb @ _LUMA)[..., None])


def _fit_gamut(luma: NDArray[np.float32], chroma: NDArray[np.float32]) -> Rgb8:
    """Luma and as much of the chroma as every channel has room for."""
    level = luma[..., None]
    ahead = np.where(chroma > 0, 255 - level, level)
    room = np.min(ahead / np.maximum(np.abs(chroma), 1e-3), axis=2, keepdims=True)
    fitted = np.rint(level + chroma * np.minimum(room, 1))
    return cast(Rgb8, np.clip(fitted, 0, 255).astype(np.uint8))
