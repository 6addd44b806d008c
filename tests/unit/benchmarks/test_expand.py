"""What the benchmark of `expand` counts."""

import numpy as np

from benchmarks.expand import Rim, again, colour_off, twins
from cleanplate.pixels.types import Hole, Rgb8

HEIGHT, WIDTH = 120, 180


def photo() -> tuple[Rgb8, Hole]:
    """Blots of 12 x 12 px, no two alike; and a rim."""
    blots = np.random.default_rng(0).integers(0, 256, (HEIGHT // 12, WIDTH // 12, 3)).astype(np.uint8)
    hole = np.ones((HEIGHT, WIDTH), np.bool_)
    hole[36:-36, 36:-36] = False
    return np.kron(blots, np.ones((12, 12, 1), np.uint8)).astype(np.uint8), hole


def test_what_is_there_twice_is_found() -> None:
    rgb, hole = photo()
    assert twins(rgb, hole) == 0
    rgb[:36] = rgb[-36:]
    assert 30 < twins(rgb, hole) <= 100


def test_a_plain_sky_has_no_twins() -> None:
    _, hole = photo()
    assert twins(np.full((HEIGHT, WIDTH, 3), 180, np.uint8), hole) == 0


def test_colour_is_compared_on_the_rim_alone() -> None:
    rgb, hole = photo()
    far = rgb.copy()
    far[55:65, 85:95] = 255
    assert colour_off(Rim(rgb, rgb, hole)) == 0
    assert colour_off(Rim(rgb, far, hole)) < 0.1
    far[:36] = 255
    assert colour_off(Rim(rgb, far, hole)) > 5


def test_the_rim_is_made_again() -> None:
    rgb = np.ascontiguousarray(photo()[0][:72, :96])
    rim = again(rgb)
    assert rim.made.shape == rgb.shape
    assert (rim.made[~rim.hole] == rgb[~rim.hole]).all()
    assert rim.hole[:12].all()
    assert not rim.hole[12:-12, 16:-16].any()
