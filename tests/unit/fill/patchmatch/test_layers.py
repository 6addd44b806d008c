import numpy as np
import pytest

from cleanplate.fill.patchmatch.layers import NOWHERE, PLACE_COST, layers_of
from cleanplate.fill.patchmatch.pyramid import PyramidImage
from cleanplate.pixels.types import Hole

SIDE = 32


def step(rgb: np.ndarray[tuple[int, ...], np.dtype[np.float64]], hole: Hole | None = None) -> PyramidImage:
    hole = np.zeros((SIDE, SIDE), np.bool_) if hole is None else hole
    planes = np.zeros((SIDE, SIDE, 4), np.uint8)
    planes[..., :3] = rgb
    planes[hole] = 0
    return PyramidImage(planes, hole, np.zeros_like(hole))


def sunset() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.broadcast_to(np.linspace(20, 230, SIDE)[:, None, None], (SIDE, SIDE, 3)).copy()


def test_a_sunset_lies_in_layers_and_its_columns_say_nothing() -> None:
    layers = layers_of(step(sunset()))
    assert layers.down == pytest.approx(PLACE_COST, rel=0.01)
    assert layers.across == pytest.approx(0, abs=1)


def test_on_its_side_it_lies_across() -> None:
    layers = layers_of(step(sunset().swapaxes(0, 1)))
    assert layers.across == pytest.approx(PLACE_COST, rel=0.01)
    assert layers.down == pytest.approx(0, abs=1)


def test_a_hole_in_a_corner_does_not_make_columns_speak() -> None:
    hole = np.zeros((SIDE, SIDE), np.bool_)
    hole[:14, 12:] = True
    layers = layers_of(step(sunset(), hole))
    assert layers.down > 0.95 * PLACE_COST
    assert layers.across < 0.02 * PLACE_COST


def test_a_texture_is_in_no_layers() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3)).astype(np.float64)
    assert max(layers_of(step(noise))) < 0.1 * PLACE_COST


@pytest.mark.parametrize("grey", [0, 128])
def test_one_colour_is_in_no_layers(grey: int) -> None:
    assert layers_of(step(np.full((SIDE, SIDE, 3), float(grey)))) == NOWHERE


def test_where_nothing_is_known_every_place_is_as_good() -> None:
    assert layers_of(step(sunset(), np.ones((SIDE, SIDE), np.bool_))) == NOWHERE
