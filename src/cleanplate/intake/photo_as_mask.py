"""Whether what came as a mask is a picture: the one it belongs to, marked or not, or any photo."""

from typing import Any, Final, TypeAlias, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Hole, Rgb8

_Plane: TypeAlias = NDArray[np.float32]
_Array = TypeVar("_Array", bound=NDArray[Any])

_SIDE_PX: Final = 512
"""So many rows and columns are looked at, at most."""
_BLACK, _WHITE = 16, 239
_NEAR, _VERY_NEAR = 24, 8
"""Values that differ by no more are the same, after JPEG and before."""
_FEWEST: Final = 64
_MANY_VALUED, _MOSTLY_MANY_VALUED = 0.01, 0.1
_AGREE, _SAME_DRAWING = 0.4, 0.95
_FLAT: Final = 6.0
"""Standard deviation of what has but one value."""
_FOLLOWS: Final = 0.9
_DETAIL: Final = 0.4
_MOST_DETAIL: Final = 12
_KEYED: Final = 0.05
_MOST_COLOURS, _SHARE = 64, 0.9
_MOST_COLOURS_DRAWN: Final = 12


def is_the_picture(mask: Rgb8, picture: Rgb8, seen: Hole | None = None) -> bool:
    """Whether the mask is the picture, or was: recompressed, in grey, brighter or darker, with strokes on it.

    Only values that are neither black nor white count: a mask has next to none, and a drawing in black and
    white proves nothing.

    Args:
        mask, picture: (H, W, 3) of one size, the mask as `subsample` makes it or whole.
        seen: (H, W), True where the mask is not transparent.
    """
    given, wanted, rgb = _grey(mask), _grey(picture), subsample(mask)
    middle = ((rgb > _BLACK) & (rgb < _WHITE)).any(axis=2)
    if seen is not None:
        middle &= subsample(seen)
    count = np.count_nonzero(middle)
    if count < _FEWEST or count < _MANY_VALUED * middle.size:
        return False
    off = np.abs(given - wanted)
    agree = middle & (off <= _NEAR)
    if np.count_nonzero(agree) >= _AGREE * count and min(given[agree].std(), wanted[agree].std()) > _FLAT:
        same = np.count_nonzero(middle & (off <= _VERY_NEAR)) >= _AGREE * count
        if same or _correlation(_detail(given)[agree], _detail(wanted)[agree]) >= _DETAIL:
            return True
    if count < _MOSTLY_MANY_VALUED * middle.size or _is_a_key(given, wanted):
        return False
    return abs(_correlation(given[middle], wanted[middle])) >= _FOLLOWS and (
        abs(_correlation(_detail(given)[middle], _detail(wanted)[middle])) >= _DETAIL
    )


def is_same_drawing(mask: Rgb8, picture: Rgb8, seen: Hole) -> bool:
    """Whether all that is seen of the mask is the picture, black and white included, and not of one value."""
    where = subsample(seen)
    given, wanted = _grey(mask)[where], _grey(picture)[where]
    alike = np.abs(given - wanted) <= _NEAR
    return bool(alike.mean() >= _SAME_DRAWING) and bool(wanted.std() > _FLAT) if alike.size else False


def has_many_colours(mask: Rgb8, seen: Hole | None = None) -> bool:
    """Whether it takes many colours to make up most of it: no drawing has them, every photo does."""
    rgb = subsample(mask).reshape(-1, 3) if seen is None else subsample(mask)[subsample(seen)]
    if not len(rgb):
        return False
    coarse = (rgb >> 3).astype(np.int64)
    counts = np.sort(np.bincount((coarse[:, 0] << 10) | (coarse[:, 1] << 5) | coarse[:, 2]))[::-1]
    needed = int(np.searchsorted(np.cumsum(counts), _SHARE * len(rgb))) + 1
    return needed > (_MOST_COLOURS if seen is None else _MOST_COLOURS_DRAWN)


def _is_a_key(given: _Plane, wanted: _Plane) -> bool:
    """Whether the mask is black where the picture is not: made of it, as a soft key, and no copy."""
    black = given <= _BLACK
    return bool(black.mean() > _KEYED) and bool(wanted[black].std() > _NEAR)


def _detail(plane: _Plane) -> _Plane:
    """What differs from its surroundings: soft masks have none of it, every photo does."""
    # no more than a little, or the edges of strokes are all that counts
    return np.asarray(np.clip(plane - cv2.blur(plane, (5, 5)), -_MOST_DETAIL, _MOST_DETAIL), np.float32)


def _correlation(first: _Plane, second: _Plane) -> float:
    if not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _grey(rgb: Rgb8) -> _Plane:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(subsample(rgb)), cv2.COLOR_RGB2GRAY), np.float32)


def subsample(array: _Array) -> _Array:
    """Every nth row and column of (H, W[, C]), at most 512 of each: no value is mixed with another."""
    step = max(1, -(-max(array.shape[:2]) // _SIDE_PX))
    return array if step == 1 else cast(_Array, np.ascontiguousarray(array[::step, ::step]))
