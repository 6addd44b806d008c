import numpy as np
import pytest

from cleanplate.pixels.alpha_bleeding import SURE, bleed_alpha
from cleanplate.pixels.types import Rgb8

ORANGE = (230, 120, 40)


def litter(height: int, width: int) -> Rgb8:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (3, 3), (1, 77), (65, 2), (300, 301)])
def test_all_that_is_hidden_gets_the_colour_of_what_is_not(size: tuple[int, int]) -> None:
    rgb, opacity = litter(*size), np.zeros(size, np.uint8)
    seen = np.s_[size[0] // 2 :: 7, size[1] // 2 :: 5]
    opacity[seen], rgb[seen] = 255, ORANGE
    assert (bleed_alpha(rgb, opacity) == ORANGE).all()


def test_what_can_be_seen_stays_and_what_is_faint_counts_a_little() -> None:
    rgb, opacity = litter(40, 60), np.full((40, 60), SURE, np.uint8)
    opacity[:, 30:] = 1
    out = bleed_alpha(rgb, opacity)
    assert (out[:, :30] == rgb[:, :30]).all()
    assert out[:, 30:].std() < rgb[:, 30:].std() / 4


def test_nearer_colours_count_more() -> None:
    rgb, opacity = litter(64, 64), np.zeros((64, 64), np.uint8)
    opacity[:, :8] = opacity[:, -8:] = 255
    rgb[:, :8], rgb[:, -8:] = (200, 0, 0), (0, 0, 200)
    out = bleed_alpha(rgb, opacity).astype(int)
    assert (out[:, 8:14, 0] > out[:, 8:14, 2] + 100).all()
    assert (out[:, 50:56, 2] > out[:, 50:56, 0] + 100).all()


@pytest.mark.parametrize("opacity", [0, SURE, 255])
def test_where_nothing_or_everything_can_be_seen_there_is_nothing_to_do(opacity: int) -> None:
    rgb = litter(9, 12)
    assert (bleed_alpha(rgb, np.full((9, 12), opacity, np.uint8)) == rgb).all()


def test_grey_stays_grey() -> None:
    rgb = np.repeat(litter(50, 70)[..., :1], 3, axis=2)
    opacity = litter(50, 70)[..., 1] // 200 * 255
    out = bleed_alpha(rgb, opacity.astype(np.uint8))
    assert (out == out[..., :1]).all()
