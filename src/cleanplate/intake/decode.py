"""Decode: outside bytes become `Pixels`, a `Mask`, or `BadInput`. Nothing else comes out.

In order: byte limit, format by signature, size in the header, then the samples.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import BadInput, InputTooLarge, MaskMismatch, NotAPicture, PictureSize
from cleanplate.imaging.composite import flatten
from cleanplate.imaging.depth import DEEP_SCALE, shallow
from cleanplate.imaging.native import view
from cleanplate.imaging.orientation import upright
from cleanplate.imaging.profile import Kind, profile
from cleanplate.imaging.types import Alpha, Format, Mask, Native, Pixels, Rgb8, Samples
from cleanplate.intake.raster import Raster, read_raster
from cleanplate.intake.rules import Fit, PictureRules, Repaint
from cleanplate.intake.sniff import foreign_name, sniff, too_many_scans

_WHITE = 128
_JPEG_NOISE = 16
_COLOUR_NOISE = 8
_SIDEWAYS = frozenset({5, 6, 7, 8})
_Flags: TypeAlias = NDArray[np.bool_]


def decode_picture(data: bytes, rules: PictureRules, *, role: str = "image") -> Pixels:
    """Decode one picture, upright.

    Args:
        data: the file.
        rules: what is accepted. `rules.flatten` composites transparency on white.
        role: the field's name; every message starts with it.

    Raises:
        InputTooLarge: more bytes than `rules.max_bytes`.
        NotAPicture: unknown or not accepted format, broken, animated.
        PictureSize: a side or the area is out of range.
    """
    pixels = _pixels(_read(data, rules, role))
    return flatten(pixels) if rules.flatten else pixels


def decode_mask(data: bytes, rules: PictureRules, picture: Pixels, *, role: str = "mask") -> Mask:
    """Decode a mask drawn on `picture`.

    Transparent parts are black. A mask that was drawn on the picture as stored, before its EXIF
    orientation, is turned like the picture.

    Args:
        data: the file.
        rules: what is accepted; `rules.repaint` or `rules.colours` say which values mean "repaint".
        picture: what the mask belongs to.
        role: the field's name; every message starts with it.

    Returns:
        A mask of the picture's size; alpha is 0 or 1.

    Raises:
        MaskMismatch: the sizes differ; the message names both.
        InputTooLarge, NotAPicture, PictureSize: as for a picture.
    """
    raster = _read(data, rules, role)
    painted = _of_colours(raster, rules.colours) if rules.colours else _painted(raster, rules.repaint)
    alpha = painted.astype(np.float32)
    return Mask(_fitted(alpha, picture, rules.fit, role))


def _read(data: bytes, rules: PictureRules, role: str) -> Raster:
    try:
        known = _accepted(data, rules)
        return read_raster(data, known, _size_check(rules))
    except BadInput as error:
        raise type(error)(f"{role}: {error.public}", log=f"{role}: {error}") from error.__cause__


def _accepted(data: bytes, rules: PictureRules) -> Format:
    if len(data) > rules.max_bytes:
        raise InputTooLarge(f"the file has {_mb(len(data))}, at most {_mb(rules.max_bytes)} are accepted")
    known = sniff(data)
    if known is None or known not in rules.formats:
        name = foreign_name(data) if known is None else known.upper()
        accepted = ", ".join(name.upper() for name in rules.formats)
        if name is None:
            raise NotAPicture("the file is empty" if not data else f"this is not a picture, use {accepted}")
        raise NotAPicture(f"{name} is not accepted, use {accepted}")
    if known == "jpeg" and too_many_scans(data):
        raise NotAPicture("this JPEG has far too many scans")
    return known


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.1f} MB" if size_bytes >= 2**20 else f"{size_bytes} bytes"


def _size_check(rules: PictureRules) -> Callable[[int, int], None]:
    def check(width: int, height: int) -> None:
        if not all(rules.min_side_px <= side <= rules.max_side_px for side in (width, height)):
            raise PictureSize(
                f"it is {width}x{height} px, each side must be {rules.min_side_px} to {rules.max_side_px} px"
            )
        if width * height > rules.max_pixels:
            raise PictureSize(f"it is {width}x{height} px, at most {rules.max_pixels} pixels are accepted")

    return check


def _pixels(raster: Raster) -> Pixels:
    native = _profiled(raster)
    if native is None:
        return Pixels(rgb=_plain(raster.values), alpha=raster.opacity, origin=raster.origin)
    origin = raster.origin
    viewed = native.space == "cmyk"
    if native.icc or viewed:  # what it says is true of `native`, and no more of `rgb`
        origin = replace(origin, icc=None, gamma=())
    rgb = view(native) if native.icc and not viewed else _plain(raster.values)
    return Pixels(rgb=rgb, alpha=raster.opacity, origin=origin, native=native)


def _profiled(raster: Raster) -> Native | None:
    """The file's own samples, with a profile if it says anything but sRGB; None when `values` say it all."""
    values, native, icc = raster.values, raster.native, raster.origin.icc
    if native is not None and native.space == "cmyk":
        return native
    kind: Kind = "grey" if raster.origin.grey else "rgb"
    found = profile(icc, kind) if icc else None
    if found is None or found.is_srgb:
        icc = None
    if native is not None:
        return replace(native, icc=icc)
    return Native(values, kind, icc) if icc or values.dtype == np.uint16 else None


def _plain(values: Samples) -> Rgb8:
    """(H, W[, 3]) as RGB of 8 bits."""
    eight = shallow(cast(NDArray[np.uint16], values)) if values.dtype == np.uint16 else values
    if eight.ndim == 2:  # noqa: PLR2004 - (H, W)
        eight = cast(Samples, cv2.cvtColor(eight, cv2.COLOR_GRAY2RGB))
    return cast(Rgb8, eight)


def _painted(raster: Raster, repaint: Repaint) -> _Flags:
    """(H, W), True where the mask says "repaint". See `PictureRules.repaint`."""
    values = raster.values
    scale = DEEP_SCALE if values.dtype == np.uint16 else 1
    if repaint == "white":
        return _luminance(raster) >= _WHITE * scale
    if not raster.origin.lossless:
        return _luminance(raster) > _JPEG_NOISE * scale
    # taken literally: a blue of 1 is not zero, though its luminance rounds to it
    painted = values > 0
    if values.ndim == 3:  # noqa: PLR2004 - (H, W, 3)
        painted = np.logical_or.reduce(painted, axis=2)
    return painted if raster.opacity is None else painted & (raster.opacity > 0)


def _of_colours(raster: Raster, colours: Sequence[tuple[int, int, int]]) -> _Flags:
    """(H, W), True where the mask has one of these colours. See `PictureRules.colours`."""
    rgb = _plain(raster.values)
    noise = 0 if raster.origin.lossless else _COLOUR_NOISE
    painted = np.zeros(rgb.shape[:2], np.bool_)
    for colour in colours:
        least = tuple(max(part - noise, 0) for part in colour)
        most = tuple(min(part + noise, 255) for part in colour)
        painted |= cv2.inRange(rgb, least, most) > 0
    return painted if raster.opacity is None else painted & (raster.opacity > 0)


def _luminance(raster: Raster) -> Samples:
    """(H, W) over black, in the file's own depth. Weights of ITU-R BT.601."""
    values = raster.values
    if values.ndim == 3:  # noqa: PLR2004 - (H, W, 3)
        values = cast(Samples, cv2.cvtColor(values, cv2.COLOR_RGB2GRAY))
    if raster.opacity is None:
        return values
    return cast(Samples, cv2.multiply(values, raster.opacity, scale=1 / np.iinfo(values.dtype).max))


def _fitted(alpha: Alpha, picture: Pixels, fit: Fit, role: str) -> Alpha:
    wanted = (picture.height, picture.width)
    if alpha.shape == wanted:
        return alpha
    sideways = picture.origin.orientation in _SIDEWAYS
    if sideways and alpha.shape == wanted[::-1]:
        return upright(alpha, picture.origin.orientation)
    if sideways and fit != "exact" and _alike(alpha.shape, wanted[::-1]):
        alpha = upright(alpha, picture.origin.orientation)
    if fit == "scale" or (fit == "aspect" and _alike(alpha.shape, wanted)):
        # exact: it looks at the centres of the pixels, so the mask does not move
        size = picture.width, picture.height
        return cast(Alpha, cv2.resize(alpha, size, interpolation=cv2.INTER_NEAREST_EXACT))
    height, width = alpha.shape
    raise MaskMismatch(
        f"{role}: it is {width}x{height} px, but the image is {picture.width}x{picture.height} px"
    )


def _alike(shape: tuple[int, ...], wanted: tuple[int, int]) -> bool:
    """Whether (H, W) is `wanted` made larger or smaller, a side rounded to whole pixels."""
    return abs(shape[0] * wanted[1] - shape[1] * wanted[0]) <= max(wanted)
