"""EXIF orientation: how stored rows become an upright picture, and back."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

import cv2
from numpy.typing import NDArray

Samples = TypeVar("Samples", bound=NDArray[Any])
_Turn = Callable[[NDArray[Any]], Any]

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


def upright(stored: Samples, orientation: int) -> Samples:
    """Turn (H, W[, 1..4]) uint8, uint16 or float32 from file order to upright. 1 returns it as it is."""
    turn = _UPRIGHT.get(orientation)
    return stored if turn is None else cast(Samples, turn(stored))


def as_stored(pixels: Samples, orientation: int) -> Samples:
    """The inverse of `upright`."""
    return upright(pixels, _INVERSE.get(orientation, orientation))
