"""A material's colours and pattern on an object, which a style transfer leaves out."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import is_painted
from cleanplate.pixels.types import Alpha, Rgb8

_Plane: TypeAlias = NDArray[np.float32]
_FULL = 255.0
_LEVELS = 256


@dataclass(frozen=True, slots=True)
class TextureMappingParameters:
    """Of a texture on an object.

    Attributes:
        across: pieces of a pattern along the longer side.
        large_px: from this side on there are more pieces, with the root of the size.
        colour_percentiles: of a texture's colours, beyond which none is made.
        gains: bounds of what the object's own spread of colour is multiplied with.
        lightness_blur: levels of lightness over which a texture's colours are averaged; odd.
    """

    across: float = 2.2
    large_px: int = 700
    colour_percentiles: tuple[float, float] = (0.5, 99.5)
    gains: tuple[float, float] = (0.5, 1.5)
    lightness_blur: int = 15


TEXTURE_MAPPING: Final = TextureMappingParameters()
"""In the gallery: ice, wood, porcelain, weaving. No figure bounds it; see `material_parameters`."""


def map_colours(made: Rgb8, light: _Plane, alpha: Alpha, texture: Rgb8, tint: float) -> Rgb8:
    """That lightness, (H, W) about 0..255, in the colours of `texture`: no others are made."""
    lab = _lab(made)
    lab[..., 0] = np.rint(np.clip(light, 0, _FULL))
    _transfer_colours(lab, alpha, _lab(texture), tint)
    return cast(Rgb8, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def map_pattern(texture: Rgb8, displacement: _Plane, across: float = TEXTURE_MAPPING.across) -> _Plane:
    """(H, W): the material's pattern in grey values, its mean 0, laid as by `map_texture`."""
    grey = cv2.cvtColor(texture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return map_texture(grey - grey.mean(), displacement, across)


def map_texture(texture: NDArray[Any], displacement: _Plane, across: float) -> NDArray[np.float32]:
    """The piece over and over, so that it follows a form.

    Args:
        texture: (s, s) or (s, s, channels).
        displacement: (H, W), how far it is pushed aside, pixels.
        across: pieces along the longer side; of what is large there are more.

    Returns:
        (H, W) or (H, W, channels).
    """
    height, width = displacement.shape
    longer = max(height, width)
    step = np.float32(texture.shape[0] * across * max(longer / TEXTURE_MAPPING.large_px, 1) ** 0.5 / longer)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    right, down = (_mirror((along + displacement) * step, texture.shape[0]) for along in (x, y))
    plain = texture.astype(np.float32)
    found = cv2.remap(plain, right, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return cast(NDArray[np.float32], found)


def _lab(rgb: Rgb8) -> NDArray[np.uint8]:
    return cast(NDArray[np.uint8], cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB))


def _mirror(along: _Plane, side: int) -> _Plane:
    """Places on a line, folded onto 0..side - 1: OpenCV folds them once, and no more."""
    last = np.float32(side - 1)
    return cast(_Plane, last - np.abs(along % (2 * last) - last))


def _transfer_colours(lab: NDArray[np.uint8], alpha: Alpha, texture: NDArray[np.uint8], tint: float) -> None:
    """Give the object the material's a and b, in place.

    A share `tint` is the colour that the material has where it is as light. The rest is what is there, with
    the mean and the spread of the material's (Reinhard et al., "Color transfer between images", 2001).
    """
    inside = is_painted(alpha).astype(np.uint8)
    mean, spread = (values.ravel() for values in cv2.meanStdDev(lab, mask=inside))
    wanted, wanted_spread = (values.ravel() for values in cv2.meanStdDev(texture))
    for channel in (1, 2):
        gain = float(np.clip(wanted_spread[channel] / max(spread[channel], 1.0), *TEXTURE_MAPPING.gains))
        shift = float(wanted[channel] - gain * mean[channel])
        least, most = np.percentile(texture[..., channel], TEXTURE_MAPPING.colour_percentiles)
        taken = np.clip(
            cv2.convertScaleAbs(lab[..., channel], alpha=gain, beta=shift), round(least), round(most)
        )
        by_light = cv2.LUT(lab[..., 0], _colour_by_lightness(texture, channel))
        lab[..., channel] = cv2.addWeighted(by_light, tint, taken, 1 - tint, 0)


def _colour_by_lightness(texture: NDArray[np.uint8], channel: int) -> NDArray[np.uint8]:
    """(256,): the mean of the channel where the material has that lightness, or the nearest that it has."""
    light = texture[..., 0].ravel()
    counts = np.bincount(light, minlength=_LEVELS)
    sums = np.bincount(light, texture[..., channel].ravel(), minlength=_LEVELS)
    known = np.flatnonzero(counts)
    means = np.interp(np.arange(_LEVELS), known, sums[known] / counts[known]).astype(np.float32)
    smooth = cv2.blur(means[:, None], (1, TEXTURE_MAPPING.lightness_blur)).ravel()
    return cast(NDArray[np.uint8], np.rint(smooth).astype(np.uint8))
