"""Masks: outside bytes, or an array, become a `Mask` of the picture's size, or `BadInput`.

What is paint in them is decided in `intake.mask_meaning`, and nowhere else.
"""

from dataclasses import replace
from typing import Any, cast, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck, turn_upright
from cleanplate.errors import BadParameter, MaskMismatch, UnclearMask
from cleanplate.intake.mask_meaning import painted_flags
from cleanplate.intake.picture_decoding import decode_file, size_check
from cleanplate.intake.picture_rules import Fit, Means, PictureRules
from cleanplate.metadata.exif_orientation import SIDEWAYS
from cleanplate.pixels.types import Mask, Origin, Pixels, Samples

_GREY_ALPHA, _RGB, _RGBA = 2, 3, 4
_BYTE, _WORD = 255, 65535


def decode_mask(data: bytes, rules: PictureRules, picture: Pixels, *, role: str = "mask") -> Mask:
    """Decode a mask drawn on `picture`.

    A mask that was drawn on the picture as stored, before its EXIF orientation, is turned like the picture.

    Args:
        data: the file.
        rules: what is accepted, and what is known of its meaning.
        picture: what the mask belongs to.
        role: the field's name; every message starts with it.

    Returns:
        A mask of the picture's size. There may be nothing painted.

    Raises:
        MaskMismatch: the sizes differ; the message names both.
        UnclearMask: it can be read in two ways, or is no mask.
        InputTooLarge, NotAPicture, PictureSize: as for a picture.
    """
    return _mask(decode_file(data, rules, role, _size_check(rules, picture)), rules, picture, role)


def read_mask(
    given: bytes | NDArray[Any], rules: PictureRules, picture: Pixels, *, role: str, means: Means
) -> Mask:
    """A mask from a file's bytes or an array-like, with what the caller says of its meaning.

    Raises:
        BadParameter: there is no such meaning.
        BadInput: as for `decode_mask` and `mask_from_array`.
    """
    if means not in get_args(Means):
        raise BadParameter(f"mask_means: there is no {means!r}; choose one of {', '.join(get_args(Means))}")
    rules = replace(rules, means=means)
    if isinstance(given, bytes):
        return decode_mask(given, rules, picture, role=role)
    return mask_from_array(np.asarray(given), rules, picture, role=role)


def mask_from_array(array: NDArray[Any], rules: PictureRules, picture: Pixels, *, role: str = "mask") -> Mask:
    """A mask from an array, read as a lossless file with its values.

    Args:
        array: (H, W), or (H, W, C) with 1 channel, grey and alpha, RGB, or RGBA: bool, whole numbers
            0..65535, or floats 0..1 (0..255 if any is above 1).

    Raises:
        BadParameter: another shape, or values that are none of these.
        MaskMismatch, UnclearMask: as for a file.
    """
    values = _samples(_check_shape(array, role), role)
    opacity: Samples | None = None
    if values.ndim == _RGB and values.shape[2] in (_GREY_ALPHA, _RGBA):
        values, opacity = values[..., :-1], values[..., -1]
    if values.ndim == _RGB and values.shape[2] == 1:
        values = values[..., 0]
    return _mask(
        DecodedRaster(cast(Samples, np.ascontiguousarray(values)), opacity, Origin()), rules, picture, role
    )


def _mask(raster: DecodedRaster, rules: PictureRules, picture: Pixels, role: str) -> Mask:
    fitted = _fit(raster, picture, rules.fit, role)
    try:
        return Mask(painted_flags(fitted, rules, picture.rgb))
    except UnclearMask as error:
        raise UnclearMask(f"{role}: {error.public}") from None


# --- of the picture's size ---------------------------------------------------------------------------------


def _size_check(rules: PictureRules, picture: Pixels) -> SizeCheck:
    """Another size than the picture's is called that, before anything is said of limits."""
    within = size_check(rules)

    def check(width: int, height: int) -> None:
        # both ways: which one it is on its side may say its EXIF, or that of the picture
        if not any(_fits(shape, picture, rules.fit) for shape in ((height, width), (width, height))):
            raise MaskMismatch(_size_message((height, width), picture))
        within(width, height)

    return check


def _fit(raster: DecodedRaster, picture: Pixels, fit: Fit, role: str) -> DecodedRaster:
    wanted = (picture.height, picture.width)
    shape = raster.values.shape[:2]
    orientation = picture.origin.orientation
    sideways = orientation in SIDEWAYS
    if shape == wanted:
        return raster
    if sideways and (shape == wanted[::-1] or (fit != "exact" and _same_shape(shape, wanted[::-1]))):
        raster = turn_upright(raster, orientation)
        shape = shape[::-1]
    if shape == wanted:
        return raster
    if fit == "exact" or not _fits(shape, picture, fit):
        raise MaskMismatch(f"{role}: {_size_message(shape, picture)}")
    return _resize(raster, picture.width, picture.height)


def _fits(shape: tuple[int, ...], picture: Pixels, fit: Fit) -> bool:
    wanted = (picture.height, picture.width)
    return fit == "scale" or shape == wanted or (fit == "aspect" and _same_shape(shape, wanted))


def _same_shape(shape: tuple[int, ...], wanted: tuple[int, int]) -> bool:
    """Whether (H, W) is `wanted` made larger or smaller, a side rounded to whole pixels."""
    return abs(shape[0] * wanted[1] - shape[1] * wanted[0]) <= max(wanted)


def _size_message(shape: tuple[int, ...], picture: Pixels) -> str:
    return f"it is {shape[1]}x{shape[0]} px, but the image is {picture.width}x{picture.height} px"


def _resize(raster: DecodedRaster, width: int, height: int) -> DecodedRaster:
    def plane(samples: Samples) -> Samples:
        # exact: it looks at the centres of the pixels, so the mask does not move
        return cast(Samples, cv2.resize(samples, (width, height), interpolation=cv2.INTER_NEAREST_EXACT))

    opacity = None if raster.opacity is None else plane(raster.opacity)
    return replace(raster, values=plane(raster.values), opacity=opacity)


# --- arrays ------------------------------------------------------------------------------------------------


def _check_shape(array: NDArray[Any], role: str) -> NDArray[Any]:
    fine = array.ndim == 2 or (array.ndim == _RGB and 1 <= array.shape[2] <= _RGBA)  # noqa: PLR2004 - (H, W)
    if not fine or not array.size:
        raise BadParameter(
            f"{role}: an array must be (H, W), or (H, W, C) with 1 to 4 channels, this is {array.shape}"
        )
    return array


def _samples(array: NDArray[Any], role: str) -> Samples:
    """Values as a file would have them."""
    if array.dtype == np.bool_:
        return np.where(array, np.uint8(_BYTE), np.uint8(0))
    if array.dtype in (np.uint8, np.uint16):
        return cast(Samples, array)
    if not (np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)):
        raise BadParameter(f"{role}: an array must hold numbers or truth values, this has {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if np.issubdtype(array.dtype, np.floating):
        return _from_floats(array, low, high, role)
    if low < 0 or high > _WORD:
        raise BadParameter(f"{role}: whole numbers must be 0 to {_WORD}, these are {low:.0f} to {high:.0f}")
    return array.astype(np.uint8) if high <= _BYTE else array.astype(np.uint16)


def _from_floats(array: NDArray[Any], low: float, high: float, role: str) -> Samples:
    if not (low >= 0 and high <= _BYTE):  # NaN is neither
        raise BadParameter(f"{role}: floats must be 0 to 1, or 0 to {_BYTE}, these are {low:g} to {high:g}")
    return cast(Samples, np.rint(array * (_BYTE if high <= 1 else 1)).astype(np.uint8))
