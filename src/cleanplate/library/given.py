"""What a program gave: paths, bytes and arrays become pixels and masks."""

import os
from collections.abc import Sequence
from dataclasses import replace
from operator import index
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.edits.parts.drawn_boxes import check_edges, with_boxes
from cleanplate.errors import BadInput, BadParameter, NotAPicture
from cleanplate.intake.mask_decoding import read_mask
from cleanplate.intake.named_file import file_name_fault
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import Means, PictureRules
from cleanplate.pixels.types import Mask, Pixels

Picture: TypeAlias = str | os.PathLike[str] | bytes | NDArray[Any]
"""A file's path, a file's bytes, or an array-like: (H, W), (H, W[, 3 or 4]) uint8; for masks any numbers."""
Rectangle: TypeAlias = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels of the upright picture, right and bottom outside."""

_RECTANGLES = "a list of rectangles, each of four whole numbers: left, top, right, bottom"

_OTHER_MODES = frozenset({"P", "PA", "CMYK", "HSV", "LAB", "YCbCr"})
"""Pillow's modes whose arrays look like grey or RGB and are not: indices, inks, hues."""

RULES = PictureRules(
    formats=("jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif"),
    max_bytes=1 << 30,
    max_side_px=1 << 15,
    max_pixels=1 << 28,
    repaint="nonzero",
    say_means="--mask-means {}",
)
"""What files may be here: far more than a server lets strangers send, and still bounded."""


def size_of(image: Picture) -> tuple[int, int] | BadInput:
    """(width, height) in pixels, or why it cannot be read."""
    try:
        pixels = picture_of(image)
    except BadInput as error:
        return error
    return pixels.width, pixels.height


def read_file(path: str | os.PathLike[str], role: str) -> bytes:
    """The bytes of a file the user named. Raises `BadInput` in one line."""
    if isinstance(path, str) and (fault := file_name_fault(path)):
        raise BadInput(f"{role}: {fault}")
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{role}: no such file: {path}") from None
    except IsADirectoryError:
        raise BadInput(f"{role}: {path} is a folder, not a picture") from None
    except OSError as error:
        raise BadInput(f"{role}: cannot read {path}: {error.strerror}") from None
    except ValueError:  # a zero byte in it
        raise BadInput(f"{role}: {os.fspath(path)!r} is no name of a file") from None


def picture_of(source: Picture, role: str = "image") -> Pixels:
    """The picture. Raises `BadInput`, which names the role."""
    given = _given(source, role)
    if isinstance(given, bytes):
        return decode_picture(given, RULES, role=role)
    return _from_array(np.asarray(given))


def _given(source: Picture, role: str) -> bytes | NDArray[Any]:
    mode = getattr(source, "mode", None)
    if isinstance(mode, str) and mode in _OTHER_MODES:
        raise NotAPicture(f"{role}: a Pillow image of mode {mode} is not taken; convert it to RGB, RGBA or L")
    return read_file(source, role) if isinstance(source, str | os.PathLike) else source


def _from_array(array: NDArray[Any]) -> Pixels:
    grey = array.ndim == 2  # noqa: PLR2004 - (H, W)
    if grey:
        array = np.repeat(array[..., None], 3, axis=2)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or array.dtype != np.uint8 or not array.size:  # noqa: PLR2004
        what = f"this is {array.shape} {array.dtype}"
        if array.dtype == np.object_:
            what = "else send a path, or the bytes of a file"
        raise NotAPicture(f"image: an array must be (H, W[, 3 or 4]) uint8, {what}")
    alpha = array[..., 3] if array.shape[2] == 4 else None  # noqa: PLR2004 - RGBA
    pixels = Pixels(rgb=np.ascontiguousarray(array[..., :3]), alpha=alpha)
    return replace(pixels, origin=replace(pixels.origin, grey=grey))


def painted(
    drawn: Mask | None, boxes: Sequence[Rectangle], pixels: Pixels, *, clicked: bool = False
) -> Mask | None:
    """The mask and the boxes together; None where there are neither, and clicks say it.

    Raises:
        BadParameter: there are neither, a box is none, or there are boxes and none touches the picture.
    """
    try:
        edges = [_edges(box) for box in boxes]
    except TypeError:
        raise BadParameter(f"boxes: {_RECTANGLES}") from None
    if edges:
        return with_boxes(drawn, edges, pixels)
    if drawn is None and not clicked:
        raise BadParameter("mask: say what to remove: a mask, or at least one box, or `points`")
    return drawn


def _edges(rectangle: Rectangle) -> Rectangle:
    try:
        left, top, right, bottom = map(index, rectangle)
    except (TypeError, ValueError):
        raise BadParameter(f"boxes: {_RECTANGLES}") from None
    try:
        return check_edges((left, top, right, bottom))
    except ValueError as error:
        raise BadParameter(f"boxes: {error}") from None


def given_mask(source: Picture | None, pixels: Pixels, role: str, means: Means) -> Mask | None:
    """A mask of the size of `pixels`; None where there is none. Raises `BadInput`."""
    return None if source is None else read_mask(_given(source, role), RULES, pixels, role=role, means=means)
