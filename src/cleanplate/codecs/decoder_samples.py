"""Samples of a picture that a decoder has opened, and its opacity: 8 bits, or 16 where the file has them."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from cleanplate.colour.native_samples import view
from cleanplate.errors import NotAPicture
from cleanplate.pixels.types import Format, Native, Samples

Values: TypeAlias = tuple[Samples, Samples | None]
"""(H, W) or (H, W, 3), and (H, W) opacity of the same type or None."""

_BITS, _PHOTOMETRIC, _EXTRA_SAMPLES = 0x102, 0x106, 0x152
_MIN_IS_WHITE, _TIFF_RGB, _PREMULTIPLIED = 0, 2, 1
_DEEP_BITS = 16
_PNG_GREY, _PNG_GREY_ALPHA = 0, 4
SUPPORTED: Final = "use 8 or 16 bits a channel of grey, RGB or CMYK"
_KINDS: Final[Mapping[str, str]] = {
    "I": "a channel of 32 bits",
    "F": "floating point",
    "LAB": "the colour space LAB",
    "HSV": "the colour space HSV",
}
"""What is opened and not read, by Pillow's name for it."""


def deep(image: ImageFile, data: bytes, known: Format) -> Values | None:
    """Samples of a 16-bit file in colour, which Pillow would cut to 8 bits; None for any other file.

    Args:
        image: the picture, loaded: Pillow refuses damage that OpenCV lets pass.
    """
    if known == "png" and data[24] == _DEEP_BITS and data[25] != _PNG_GREY:
        return _split_deep(_decode_deep(data, 0), grey=data[25] == _PNG_GREY_ALPHA)
    if isinstance(image, TiffImageFile) and _deep_tiff(image):
        return _split_deep(_decode_deep(data, image.tell()), grey=False)
    return None


def _deep_tiff(image: TiffImageFile) -> bool:
    tags = image.tag_v2
    return (
        set(tags.get(_BITS, ())) == {_DEEP_BITS}
        and tags.get(_PHOTOMETRIC) == _TIFF_RGB
        and _PREMULTIPLIED not in tags.get(_EXTRA_SAMPLES, ())
    )


def _decode_deep(data: bytes, page: int) -> NDArray[np.uint16]:
    """(H, W, 2..4) of one page."""
    coded = np.frombuffer(data, np.uint8)
    # given another list than a fresh one, it would keep what is in there
    _, pages = cv2.imdecodemulti(coded, cv2.IMREAD_UNCHANGED, [], (page, page + 1)) if page else (True, [])
    found: Any = pages[0] if pages else cv2.imdecode(coded, cv2.IMREAD_UNCHANGED)
    if found is None or found.dtype != np.uint16 or found.ndim != 3:  # noqa: PLR2004 - in colour
        raise ValueError("OpenCV could not read the 16-bit samples")
    return cast(NDArray[np.uint16], found)


def _split_deep(bgr: NDArray[np.uint16], *, grey: bool) -> Values:
    has_opacity = bgr.shape[2] == 4  # noqa: PLR2004 - BGRA
    opacity = cast(Samples, cv2.extractChannel(bgr, 3)) if has_opacity else None
    if grey:
        return cast(Samples, cv2.extractChannel(bgr, 0)), opacity
    code = cv2.COLOR_BGRA2RGB if has_opacity else cv2.COLOR_BGR2RGB
    return cast(Samples, cv2.cvtColor(bgr, code)), opacity


def plain(image: Image.Image) -> Values:
    """Grey or RGB samples of a loaded picture, and its opacity."""
    if image.mode.startswith("I;16"):
        return _deep_grey(image)
    if image.mode in _KINDS:
        raise NotAPicture(f"{_KINDS[image.mode]} is not supported, {SUPPORTED}")
    if image.mode == "CMYK":
        return view(cmyk(image)), None
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        return _split(image)
    mode = "L" if image.mode in ("1", "L") else "RGB"
    return np.asarray(image if image.mode == mode else image.convert(mode)), None


def _split(image: Image.Image) -> Values:
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


def cmyk(image: Image.Image) -> Native:
    """The inks of a loaded picture of mode "CMYK"."""
    icc = image.info.get("icc_profile")
    return Native(np.asarray(image), "cmyk", icc if isinstance(icc, bytes) and icc else None)
