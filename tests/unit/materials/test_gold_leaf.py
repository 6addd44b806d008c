"""Gold leaf: its colour, that the picture can be seen in it, and the seed."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from cleanplate.materials.gold_leaf import render_gold_leaf
from cleanplate.pixels.types import Rgb8

MEADOW = Path(__file__).parents[3] / "examples" / "meadow.jpg"


def meadow() -> Rgb8:
    whole = cv2.imread(str(MEADOW))
    assert whole is not None
    return np.asarray(cv2.cvtColor(cv2.resize(whole, (360, 270)), cv2.COLOR_BGR2RGB), np.uint8)


def test_it_is_gold_from_dark_to_bright_and_shows_the_picture() -> None:
    gold = render_gold_leaf(meadow(), 0)
    assert gold.shape == meadow().shape
    assert (gold[..., 0].astype(int) + 2 >= gold[..., 1]).all()
    assert (gold[..., 1].astype(int) + 2 >= gold[..., 2]).all()
    dark, bright = np.percentile(gold.mean(2), (2, 98))
    assert bright - dark > 120
    assert np.corrcoef(gold.mean(2).ravel(), meadow().mean(2).ravel())[0, 1] > 0.5


def test_an_edge_is_pressed_in_lit_on_one_side_and_dark_on_the_other() -> None:
    rgb = np.full((300, 300, 3), 110, np.uint8)
    rgb[100:200, 100:200] = 150
    light = render_gold_leaf(rgb, 0).mean(2)
    assert light[120:180, 98:103].mean() > light[120:180, 198:203].mean() + 20


def test_the_seed_has_a_say_and_is_kept() -> None:
    first = render_gold_leaf(meadow(), 1)
    np.testing.assert_array_equal(first, render_gold_leaf(meadow(), 1))
    assert (first != render_gold_leaf(meadow(), 2)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (50, 3)])
def test_any_shape(shape: tuple[int, int]) -> None:
    assert render_gold_leaf(np.zeros((*shape, 3), np.uint8), 0).shape == (*shape, 3)
