"""Distances are exact, wherever the memory lies and however many threads OpenCV has."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.types import Hole

SHAPES = [(40, 50), (127, 128), (128, 129), (300, 200)]
"""OpenCV treats pictures of fewer than 128 x 128 pixels unlike larger ones."""


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(request.param)
    yield request.param
    cv2.setNumThreads(before)


def zeros(shape: tuple[int, int]) -> NDArray[np.intp]:
    """(n, 2) places, few enough to be tried one by one."""
    return np.random.default_rng(0).integers(0, shape, (12, 2))


def inside(shape: tuple[int, int]) -> Hole:
    flags = np.ones(shape, np.bool_)
    flags[tuple(zeros(shape).T)] = False
    return flags


def exact(shape: tuple[int, int]) -> NDArray[np.float32]:
    """Every distance from its whole square."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    squares = [(y - row) ** 2 + (x - column) ** 2 for row, column in zeros(shape)]
    return np.asarray(np.sqrt(np.min(squares, axis=0)), np.float32)


def moved(flags: Hole, offset: int) -> Hole:
    """The same at so many bytes beyond a border of 64."""
    memory = np.zeros(flags.size + 128, np.bool_)
    start = -memory.ctypes.data % 64 + offset
    there = memory[start : start + flags.size].reshape(flags.shape)
    there[:] = flags
    return there


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("offset", [0, 1, 3, 8, 17, 33])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_exact_distance_rounded_once(shape: tuple[int, int], offset: int) -> None:
    np.testing.assert_array_equal(distance_transform(moved(inside(shape), offset)), exact(shape))


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("shape", SHAPES)
def test_with_nothing_outside_it_is_farther_than_any_picture(shape: tuple[int, int]) -> None:
    assert (distance_transform(np.ones(shape, np.uint8)) == 65536).all()


@pytest.mark.parametrize("used", [True, False])
def test_the_callers_switch_is_left_as_it_was(used: bool) -> None:
    before = cv2.ipp.useIPP()
    try:
        cv2.ipp.setUseIPP(used)
        had = cv2.ipp.useIPP()
        distance_transform(inside((40, 50)))
        assert cv2.ipp.useIPP() == had
        with pytest.raises(cv2.error):
            distance_transform(np.ones((4, 4, 3), np.uint8))
        assert cv2.ipp.useIPP() == had
    finally:
        cv2.ipp.setUseIPP(before)
