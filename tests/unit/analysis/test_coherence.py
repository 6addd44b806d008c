"""The score of a fill: what occurs round the hole is better than what does not."""

import numpy as np
import pytest

from cleanplate.analysis.coherence import coherence
from cleanplate.pixels.types import Hole, Rgb8

SIDE_PX = 160


def stripes() -> tuple[Rgb8, Hole]:
    """Noisy stripes, and a hole in them."""
    rng = np.random.default_rng(0)
    wave = 128 + 90 * np.sin(np.arange(SIDE_PX) / 3)[None, :, None] + rng.normal(0, 5, (SIDE_PX, SIDE_PX, 3))
    hole = np.zeros((SIDE_PX, SIDE_PX), np.bool_)
    hole[50:110, 50:110] = True
    return wave.clip(0, 255).astype(np.uint8), hole


def of(rgb: Rgb8, hole: Hole) -> float:
    found = coherence(rgb, hole, ~hole)
    assert found is not None
    return found


def test_the_truth_beats_what_does_not_occur_round_it() -> None:
    rgb, hole = stripes()
    upright = rgb.copy()
    upright[50:110, 50:110] = rgb.swapaxes(0, 1)[50:110, 50:110]
    flat = rgb.copy()
    flat[hole] = 128
    assert 0 < of(flat, hole) < of(rgb, hole) <= 1
    assert of(upright, hole) < 0.7 * of(rgb, hole)


def test_the_more_of_it_is_wrong_the_worse() -> None:
    rgb, hole = stripes()
    scores = []
    for bottom in (50, 70, 90, 110):
        spoilt = rgb.copy()
        spoilt[50:bottom, 50:110] = rgb.swapaxes(0, 1)[50:bottom, 50:110]
        scores.append(of(spoilt, hole))
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_what_is_not_known_is_not_compared_with() -> None:
    rgb, hole = stripes()
    spoilt = rgb.copy()
    spoilt[:, :40] = (255, 0, 0)
    red = spoilt.copy()
    red[hole] = (255, 0, 0)
    known = ~hole
    blind = coherence(red, hole, known & (np.arange(SIDE_PX) > 42)[None])
    assert blind is not None
    assert blind < of(red, hole)


def test_the_same_every_time() -> None:
    rgb, hole = stripes()
    assert of(rgb, hole) == of(rgb, hole)


@pytest.mark.parametrize("side", [0, 4])
def test_too_small_to_say(side: int) -> None:
    rgb, hole = stripes()
    hole[:] = False
    hole[50 : 50 + side, 50 : 50 + side] = True
    assert coherence(rgb, hole, ~hole) is None


def test_nothing_round_it() -> None:
    rgb, hole = stripes()
    assert coherence(rgb, hole, np.zeros_like(hole)) is None
