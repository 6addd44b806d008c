"""Decode: outside bytes become `Pixels` or `BadInput`; what becomes of a mask is in `intake.mask_decoding`.

In order: byte limit, format by signature, size in the header, then the samples.
"""

from dataclasses import replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.codec_table import foreign_name, sniff
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck
from cleanplate.codecs.decoding import decode
from cleanplate.colour.bit_depth import to_8_bit
from cleanplate.colour.icc_profile import Kind, read_profile
from cleanplate.colour.native_samples import srgb_view
from cleanplate.compositing.paste import flatten
from cleanplate.errors import BadInput, InputTooLarge, NotAPicture, PictureSize
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Format, Native, Pixels, Rgb8, Samples


def decode_picture(
    data: bytes, rules: PictureRules, *, role: str = "image", check: SizeCheck | None = None
) -> Pixels:
    """Decode one picture, upright.

    Args:
        data: the file.
        rules: what is accepted. `rules.flatten` composites transparency on white.
        role: the field's name; every message starts with it.
        check: told a size that `rules` allow, before anything is decoded.

    Raises:
        BadInput: what `check` raised.
        InputTooLarge: more bytes than `rules.max_bytes`.
        NotAPicture: unknown or not accepted format, broken, animated.
        PictureSize: a side or the area is out of range.
    """
    pixels = _pixels(decode_file(data, rules, role, size_check(rules, check)))
    return flatten(pixels) if rules.flatten else pixels


def decode_file(data: bytes, rules: PictureRules, role: str, check: SizeCheck | None = None) -> DecodedRaster:
    """The samples of one file, upright.

    Args:
        check: told the size before anything is decoded, in place of the limits of `rules`.

    Raises:
        BadInput: as for `decode_picture`, or what `check` raised; the message starts with `role`.
    """
    try:
        known = _accepted_format(data, rules)
        return decode(data, known, check or size_check(rules))
    except BadInput as error:
        raise type(error)(f"{role}: {error.public}", log=f"{role}: {error.log}") from error.__cause__


def _accepted_format(data: bytes, rules: PictureRules) -> Format:
    if len(data) > rules.max_bytes:
        raise InputTooLarge(f"the file has {_mb(len(data))}, at most {_mb(rules.max_bytes)} are accepted")
    known = sniff(data)
    if known is None or known not in rules.formats:
        name = foreign_name(data) if known is None else known.upper()
        accepted = ", ".join(name.upper() for name in rules.formats)
        if name is None:
            raise NotAPicture("the file is empty" if not data else f"this is not a picture, use {accepted}")
        raise NotAPicture(f"{name} is not accepted, use {accepted}")
    return known


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.1f} MB" if size_bytes >= 2**20 else f"{size_bytes} bytes"


def size_check(rules: PictureRules, then: SizeCheck | None = None) -> SizeCheck:
    """What refuses a size that the rules do not allow, with `PictureSize`, and tells `then` of any other."""

    def check(width: int, height: int) -> None:
        if not all(rules.min_side_px <= side <= rules.max_side_px for side in (width, height)):
            raise PictureSize(
                f"it is {width}x{height} px, each side must be {rules.min_side_px} to {rules.max_side_px} px"
            )
        if width * height > rules.max_pixels:
            raise PictureSize(f"it is {width}x{height} px, at most {rules.max_pixels} pixels are accepted")
        if then is not None:
            then(width, height)

    return check


def _pixels(raster: DecodedRaster) -> Pixels:
    native = _native(raster)
    if native is None:
        return Pixels(rgb=to_rgb(raster.values), alpha=raster.opacity, origin=raster.origin)
    origin = raster.origin
    viewed = native.space == "cmyk"
    if native.icc or viewed:  # what it says is true of `native`, and no more of `rgb`
        origin = replace(origin, icc=None, colour_chunks=())
    rgb = srgb_view(native) if native.icc and not viewed else to_rgb(raster.values)
    return Pixels(rgb=rgb, alpha=raster.opacity, origin=origin, native=native)


def _native(raster: DecodedRaster) -> Native | None:
    """The file's own samples, with a profile if it says anything but sRGB; None when `values` say it all."""
    values, native, icc = raster.values, raster.native, raster.origin.icc
    if native is not None and native.space == "cmyk":
        return native
    kind: Kind = "grey" if raster.origin.grey else "rgb"
    found = read_profile(icc, kind) if icc else None
    if found is None or found.is_srgb:
        icc = None
    if native is not None:
        return replace(native, icc=icc)
    return Native(values, kind, icc) if icc or values.dtype == np.uint16 else None


def to_rgb(values: Samples) -> Rgb8:
    """(H, W[, 3]) as RGB of 8 bits."""
    eight = to_8_bit(cast(NDArray[np.uint16], values)) if values.dtype == np.uint16 else values
    if eight.ndim == 2:  # noqa: PLR2004 - (H, W)
        eight = cast(Samples, cv2.cvtColor(eight, cv2.COLOR_GRAY2RGB))
    return cast(Rgb8, eight)
