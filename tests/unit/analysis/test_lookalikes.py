"""What looks like the thing that is taken out, and what does not."""

import numpy as np
import pytest

from cleanplate.analysis.lookalikes import lookalikes
from cleanplate.pixels.types import Hole, Rgb8

HEIGHT, WIDTH = 240, 320
RED, BLUE = (200, 50, 40), (50, 60, 190)


def disc(x: int, y: int = 120, radius: int = 35) -> Hole:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.asarray((rows - y) ** 2 + (columns - x) ** 2 < radius**2, np.bool_)


def meadow(*things: tuple[Hole, tuple[int, int, int]]) -> Rgb8:
    """Rough things on rough grass."""
    rgb = np.broadcast_to(np.array([70.0, 120.0, 60.0]), (HEIGHT, WIDTH, 3)).copy()
    for where, colour in things:
        rgb[where] = colour
    return np.clip(rgb + np.random.default_rng(0).normal(0, 12, rgb.shape), 0, 255).astype(np.uint8)


def share(found: Hole, of: Hole) -> float:
    return float(found[of].mean())


def test_the_second_of_a_kind_is_found_and_the_grass_is_not() -> None:
    first, second = disc(90), disc(240)
    found = lookalikes(meadow((first, RED), (second, RED)), disc(90, radius=40))
    assert share(found, second) > 0.9
    assert share(found, ~second) < 0.02


def test_a_thing_of_another_kind_is_not_found() -> None:
    assert not lookalikes(meadow((disc(90), RED), (disc(240), BLUE)), disc(90, radius=40)).any()


def test_what_goes_on_under_the_hole_is_not_found() -> None:
    bar = np.zeros((HEIGHT, WIDTH), np.bool_)
    bar[70:170] = True
    assert not lookalikes(meadow((bar, RED)), disc(90, radius=40)).any()


@pytest.mark.parametrize("things", [(), ((disc(240), RED),)])
def test_a_hole_in_the_grass_has_no_like(things: tuple[tuple[Hole, tuple[int, int, int]], ...]) -> None:
    assert not lookalikes(meadow(*things), disc(90, radius=40)).any()


def test_paint_under_the_hole_is_nothing() -> None:
    hole = disc(90, radius=40)
    rgb = meadow((disc(240), (8, 8, 8)))
    rgb[hole] = 0
    assert not lookalikes(rgb, hole).any()


def test_never_in_the_hole_whatever_the_size() -> None:
    first, second = disc(90), disc(240)
    rgb = meadow((first, RED), (second, RED))
    hole = disc(90, radius=40)
    large = np.repeat(np.repeat(rgb, 3, axis=0), 3, axis=1), np.repeat(np.repeat(hole, 3, axis=0), 3, axis=1)
    found = lookalikes(*large)
    assert found.shape == large[1].shape
    assert share(found[1::3, 1::3], second) > 0.9
    assert not (found & large[1]).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (9, 12)])
def test_a_tiny_picture_has_none(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)
    hole = np.zeros(size, np.bool_)
    hole[0, 0] = True
    assert not lookalikes(rgb, hole).any()


def test_a_speck_is_left() -> None:
    first, speck = disc(90), disc(240, radius=3)
    assert not lookalikes(meadow((first, RED), (speck, RED)), disc(90, radius=40)).any()
