"""Masks: boxes, union, growing and softening."""

import numpy as np
import pytest

from cleanplate.pixels.masks import auto_dilate_px, dilate, feather, from_boxes, is_painted, union
from cleanplate.pixels.types import Alpha, Box, Hole


def distance(hole: Hole) -> Alpha:
    """By brute force: pixels from each to the nearest True one."""
    here, there = np.argwhere(hole | True), np.argwhere(hole)
    apart = np.hypot(*(here[:, None, :] - there[None]).transpose(2, 0, 1)).min(axis=1)
    nearest: Alpha = apart.reshape(hole.shape).astype(np.float32)
    return nearest


def blob() -> Hole:
    hole = np.zeros((30, 41), np.bool_)
    hole[10:14, 12:25] = True
    hole[0, 40] = hole[29, 3] = True
    return hole


def test_boxes_become_a_mask() -> None:
    mask = from_boxes([Box(1, 2, 4, 3), Box(8, 4, 99, 99), Box(-5, -5, 1, 1)], 10, 6)
    expected = np.zeros((6, 10), np.bool_)
    expected[2:3, 1:4] = expected[4:, 8:] = expected[0, 0] = True
    assert mask.flags.dtype == np.bool_
    np.testing.assert_array_equal(mask.flags, expected)


@pytest.mark.parametrize(
    "box", [Box(-9, 1, -5, 3), Box(12, 1, 15, 3), Box(1, -9, 3, -2), Box(1, 8, 3, 9)], ids=str
)
def test_a_box_wholly_outside_paints_nothing(box: Box) -> None:
    assert not from_boxes([box], 10, 6).flags.any()


def test_half_painted_is_painted() -> None:
    alpha = np.array([[0, 0.49, 0.5, 1]], np.float32)
    assert is_painted(alpha).tolist() == [[False, False, True, True]]


def test_union_repaints_what_either_does() -> None:
    both = union(from_boxes([Box(0, 0, 2, 2)], 5, 5), from_boxes([Box(1, 1, 3, 3)], 5, 5))
    assert both.flags.sum() == 4 + 4 - 1


@pytest.mark.parametrize(("size", "radius_px"), [((512, 512), 5), ((100, 60), 4), ((3000, 4096), 41)])
def test_the_usual_growth(size: tuple[int, int], radius_px: int) -> None:
    assert auto_dilate_px(*size) == radius_px


@pytest.mark.parametrize("radius_px", [0, 1, 3, 7, 500])
def test_dilate_grows_by_a_disc(radius_px: int) -> None:
    np.testing.assert_array_equal(dilate(blob(), radius_px), distance(blob()) <= radius_px)


@pytest.mark.parametrize("width_px", [0, 1, 2, 5, 9])
def test_feather_is_one_inside_and_zero_from_its_width_on(width_px: int) -> None:
    alpha, away = feather(blob(), width_px), distance(blob())
    assert alpha.dtype == np.float32
    assert (alpha[blob()] == 1).all()
    assert (alpha[(away >= width_px) & ~blob()] == 0).all()
    ramp = (away > 0) & (away < width_px)
    assert ((alpha[ramp] > 0) & (alpha[ramp] < 1)).all()
    order = np.argsort(away[ramp], kind="stable")
    assert (np.diff(alpha[ramp][order]) <= 1e-6).all()


def test_empty_and_full_holes() -> None:
    empty, full = np.zeros((5, 6), np.bool_), np.ones((5, 6), np.bool_)
    assert not dilate(empty, 3).any()
    assert not feather(empty, 3).any()
    assert dilate(full, 3).all()
    assert (feather(full, 3) == 1).all()


def test_the_input_stays() -> None:
    hole = blob()
    grown = dilate(hole, 2)
    grown[:] = True
    np.testing.assert_array_equal(hole, blob())
