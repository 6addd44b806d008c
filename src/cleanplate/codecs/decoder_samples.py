"""Samples of a picture that a decoder has opened, and its opacity: 8 bits, or 16 of grey."""

from collections.abc import Mapping
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from cleanplate.colour.native_samples import srgb_view
from cleanplate.errors import NotAPicture
from cleanplate.pixels.types import Native, Samples

Values: TypeAlias = tuple[Samples, Samples | None]
"""(H, W) or (H, W, 3), and (H, W) opacity of the same type or None."""

_PHOTOMETRIC, _MIN_IS_WHITE = 0x106, 0
SUPPORTED: Final = "use 8 or 16 bits a channel of grey, RGB or CMYK"
_UNSUPPORTED_MODES: Final[Mapping[str, str]] = {
    "I": "a channel of 32 bits",
    "F": "floating point",
    "LAB": "the colour space LAB",
    "HSV": "the colour space HSV",
}
"""What is opened and not read, by Pillow's name for it."""


def plain_samples(image: Image.Image) -> Values:
    """Grey or RGB samples of a loaded picture, and its opacity."""
    if image.mode.startswith("I;16"):
        return _deep_grey(image)
    if image.mode in _UNSUPPORTED_MODES:
        raise NotAPicture(f"{_UNSUPPORTED_MODES[image.mode]} is not supported, {SUPPORTED}")
    if image.mode == "CMYK":
        return srgb_view(cmyk_samples(image)), None
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        return _split_opacity(image)
    mode = "L" if image.mode in ("1", "L") else "RGB"
    return np.asarray(image if image.mode == mode else image.convert(mode)), None


def _split_opacity(image: Image.Image) -> Values:
    grey = image.mode in ("1", "L", "LA", "La")
    mode = "LA" if grey else "RGBA"
    samples: NDArray[np.uint8] = np.asarray(image if image.mode == mode else image.convert(mode))
    if grey:
        return np.ascontiguousarray(samples[..., 0]), np.ascontiguousarray(samples[..., 1])
    rgb = cv2.cvtColor(samples, cv2.COLOR_RGBA2RGB)
    return cast(Samples, rgb), cast(Samples, cv2.extractChannel(samples, 3))


def _deep_grey(image: Image.Image) -> Values:
    values = np.asarray(image).astype(np.uint16, copy=False)
    if isinstance(image, TiffImageFile) and image.tag_v2.get(_PHOTOMETRIC) == _MIN_IS_WHITE:
        values = ~values
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return values, None
    return values, np.where(values == clear, 0, 65535).astype(np.uint16)


def cmyk_samples(image: Image.Image) -> Native:
    """The inks of a loaded picture of mode "CMYK"."""
    icc = image.info.get("icc_profile")
    return Native(np.asarray(image), "cmyk", icc if isinstance(icc, bytes) and icc else None)
