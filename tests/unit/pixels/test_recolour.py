"""Colours change, brightness stays."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.pixels.recolour import recolour, tint

LUMA = np.array([0.299, 0.587, 0.114])


def noise(seed: int, height: int = 300, width: int = 40) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_brightness_of_one_colours_of_the_other() -> None:
    before, colours = noise(0), noise(1)
    after = recolour(before, colours)
    assert np.abs(after @ LUMA - before @ LUMA).max() <= 0.5 + 1e-4
    hue = colours - (colours @ LUMA)[..., None]
    got = after - (after @ LUMA)[..., None]
    assert (np.einsum("hwc,hwc->hw", hue, got) >= -300).all()
    assert np.corrcoef(hue.ravel(), got.ravel())[0, 1] > 0.7


def test_its_own_colours_change_nothing() -> None:
    before = noise(2)
    assert (recolour(before, before) == before).all()


def test_grey_stays_grey_under_grey() -> None:
    grey = np.repeat(noise(3)[..., :1], 3, axis=2)
    assert (recolour(grey, np.full_like(grey, 77)) == grey).all()


def test_a_tint_is_that_colour_and_stays_inside() -> None:
    grey = np.repeat(noise(4)[..., :1], 3, axis=2)
    alpha = np.zeros(grey.shape[:2], np.float32)
    alpha[100:280, 10:30] = 1
    red = tint(grey, alpha, (196, 38, 34)).astype(int)
    assert (red[alpha == 0] == grey[alpha == 0]).all()
    inside = red[alpha == 1]
    middling = (grey[alpha == 1][:, 0] > 60) & (grey[alpha == 1][:, 0] < 200)
    assert (inside[middling, 0] - inside[middling, 1] > 30).all()
    assert np.abs(red @ LUMA - grey @ LUMA).max() <= 1


@pytest.mark.parametrize("colour", [(255, 255, 255), (16, 16, 16), (128, 128, 128)])
def test_neutral_colours_take_the_colour_away(colour: tuple[int, int, int]) -> None:
    after = tint(noise(5), np.ones((300, 40), np.float32), colour).astype(int)
    assert np.ptp(after, axis=2).max() <= 1
