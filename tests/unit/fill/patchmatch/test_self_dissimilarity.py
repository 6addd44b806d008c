"""What is there once is rare; what comes again is not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.patchmatch import self_dissimilarity as module
from cleanplate.fill.patchmatch.self_dissimilarity import MOST_DISSIMILAR, self_dissimilarity
from cleanplate.pixels.types import Hole

RADIUS = 3
HEIGHT, WIDTH = 40, 50


def noise(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(100, 130, (height, width, 4)).astype(np.uint8)


def whole(planes: NDArray[np.uint8]) -> Hole:
    """The centres whose patch lies in the picture."""
    sources = np.zeros(planes.shape[:2], np.bool_)
    sources[RADIUS:-RADIUS, RADIUS:-RADIUS] = True
    return sources


def found(planes: NDArray[np.uint8], sources: Hole | None = None) -> NDArray[np.float32]:
    return self_dissimilarity(
        planes, whole(planes) if sources is None else sources, RADIUS, np.random.default_rng(0)
    )


def test_as_defined() -> None:
    planes = noise(18, 17)
    wide = planes.astype(np.int64)

    def patch(y: int, x: int) -> NDArray[np.int64]:
        return wide[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1]

    centres = list(zip(*np.nonzero(whole(planes)), strict=True))
    for y, x in centres[::13]:
        beside = [p for p in centres if max(abs(p[0] - y), abs(p[1] - x)) > 2 * RADIUS]
        wanted = min((((patch(y, x) - patch(*p)) ** 2).sum() / 49 for p in beside), default=MOST_DISSIMILAR)
        assert found(planes)[y, x] == np.float32(min(wanted, MOST_DISSIMILAR))


def test_one_mark_is_rare_and_two_are_not() -> None:
    planes = noise()
    planes[10:15, 10:15] = 250
    one = found(planes)
    assert one[8:17, 8:17].min() > 5 * np.median(one)
    planes[25:30, 30:35] = 250
    assert found(planes)[12, 12] < 0.2 * one[12, 12]


def test_many_patches_are_drawn_by_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    planes = noise()
    planes[10:15, 10:15] = 250
    monkeypatch.setattr(module, "MOST_PATCHES", 300)
    some = found(planes)
    assert some[12, 12] > 5 * np.median(some)
    assert (some > 0).all()  # every pixel has a value, its own or its neighbour's


def test_where_nothing_can_be_compared_all_is_rare() -> None:
    planes = noise(10, 11)
    assert (found(planes) == MOST_DISSIMILAR).all()


def test_only_sources_are_looked_at() -> None:
    planes = noise()
    planes[10:15, 10:15] = planes[25:30, 30:35] = 250
    sources = whole(planes)
    sources[20:, 25:] = False  # the twin is excluded
    assert found(planes, sources)[12, 12] > 5 * np.median(found(planes, sources))
