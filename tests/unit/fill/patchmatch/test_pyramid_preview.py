"""What a fill shows on its way: from coarse to fine, in the full size, and without a say in the result."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.base import Prior
from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch.fill import fill
from cleanplate.pixels.types import Hole, Rgb8

HEIGHT, WIDTH = 203, 251
"""Odd at every size: the last row and column of each are cut off when they are enlarged."""
Shown = list[tuple[float, Rgb8]]


def silent(done: float) -> None:
    """For a fill that nobody ends."""


def noise() -> Rgb8:
    white = np.random.default_rng(3).normal(128, 60, (HEIGHT, WIDTH, 3)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(white, (0, 0), 0.7).clip(0, 255), np.uint8)


def disc() -> Hole:
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    return np.asarray((x - 130) ** 2 + (y - 100) ** 2 < 45**2)


def filled(options: FillOptions, prior: Prior | None = None) -> tuple[Rgb8, Shown]:
    shown: Shown = []

    def preview(done: float, draw: Callable[[], Rgb8]) -> None:
        shown.append((done, draw()))

    hole = disc()
    return fill(noise(), hole, np.zeros_like(hole), options, silent, prior, preview), shown


def detail(rgb: Rgb8, hole: Hole) -> float:
    """How much of the finest detail there is in the hole."""
    grey: NDArray[np.float32] = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inner = cv2.erode(hole.view(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[inner].mean())


def test_it_goes_from_coarse_to_fine() -> None:
    _, shown = filled(FillOptions())
    shares = [done for done, _ in shown]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert shares[-1] == 1
    assert {rgb.shape for _, rgb in shown} == {(HEIGHT, WIDTH, 3)}
    first, middle, last = (detail(shown[number][1], disc()) for number in (0, len(shown) // 2, -1))
    assert first < 0.3 * middle < 0.3 * last


@pytest.mark.parametrize("fast", [False, True])
def test_the_result_is_the_same_without(fast: bool) -> None:
    hole, options = disc(), FillOptions(seed=4, fast=fast)
    alone = fill(noise(), hole, np.zeros_like(hole), options, silent)
    assert (filled(options)[0] == alone).all()


def test_what_shows_less_than_the_prior_is_left_out() -> None:
    """A network's picture is there already: the first that is shown has more than that."""
    soft = np.asarray(cv2.GaussianBlur(noise(), (0, 0), 4), np.uint8)
    _, shown = filled(FillOptions(), Prior(soft, side_px=WIDTH // 4))
    assert shown
    assert min(detail(rgb, disc()) for _, rgb in shown) > detail(soft, disc())
    assert len(shown) < len(filled(FillOptions())[1])


def test_in_a_hurry_there_is_as_much_to_show() -> None:
    """The full size has no colours of its own then: the others are spread over all of it."""
    _, shown = filled(FillOptions(fast=True))
    shares = [done for done, _ in shown]
    assert shares == sorted(shares)
    assert shares[0] < 0.25
    assert shares[-1] == 1
