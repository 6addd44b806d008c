"""EXIF orientation: how stored rows become an upright picture, and back; and the tag that says which."""

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

import cv2
from numpy.typing import NDArray

from cleanplate.metadata.exif_tags import EXIF_HEADER, ORIENTATION
from cleanplate.metadata.tiff_block import TiffBlock

Samples = TypeVar("Samples", bound=NDArray[Any])
_Turn = Callable[[NDArray[Any]], Any]

SIDEWAYS = frozenset({5, 6, 7, 8})
"""Orientations that swap width and height."""
_INVERSE: Final[Mapping[int, int]] = {6: 8, 8: 6}
_UPRIGHT: Final[Mapping[int, _Turn]] = {
    2: lambda a: cv2.flip(a, 1),
    3: lambda a: cv2.rotate(a, cv2.ROTATE_180),
    4: lambda a: cv2.flip(a, 0),
    5: cv2.transpose,
    6: lambda a: cv2.rotate(a, cv2.ROTATE_90_CLOCKWISE),
    7: lambda a: cv2.rotate(cv2.transpose(a), cv2.ROTATE_180),
    8: lambda a: cv2.rotate(a, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
"""What to do to the stored rows, by the value of EXIF tag 274 (TIFF 6.0, "Orientation")."""


def to_upright(stored: Samples, orientation: int) -> Samples:
    """Turn (H, W[, 1..4]) uint8, uint16 or float32 from file order to upright. 1 returns it as it is."""
    turn = _UPRIGHT.get(orientation)
    return stored if turn is None else cast(Samples, turn(stored))


def to_stored(pixels: Samples, orientation: int) -> Samples:
    """The inverse of `to_upright`."""
    return to_upright(pixels, _INVERSE.get(orientation, orientation))


def orientation_block(orientation: int) -> bytes | None:
    """The smallest EXIF block that says `orientation`; none for upright rows."""
    if orientation == 1:
        return None
    return EXIF_HEADER + b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def with_orientation(exif: bytes, orientation: int) -> bytes:
    """The same block with its orientation set, every other byte in its place."""
    block = bytearray(exif)
    structure = TiffBlock(block)
    try:
        for tag, entry in structure.entries():
            if tag == ORIENTATION:
                structure.set_short(entry, orientation)
    except struct.error:
        return exif  # broken; readers ignore it, as we did
    return bytes(block)
