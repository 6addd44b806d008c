"""The pictures of materials: what they look like in numbers, and that they stay the same."""

import cv2
import numpy as np
import pytest

from cleanplate.materials.textures import NAMES, SIDE_PX, draw_texture, fractal_noise


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_picture_with_a_pattern_and_another_seed_is_another_piece(name: str) -> None:
    piece = draw_texture(name, 3)
    assert piece.shape == (SIDE_PX, SIDE_PX, 3)
    assert piece.dtype == np.uint8
    assert piece.std() > 5
    np.testing.assert_array_equal(piece, draw_texture(name, 3))
    assert (piece != draw_texture(name, 4)).any()


@pytest.mark.parametrize(
    ("name", "darker", "lighter"),
    [
        ("ice", "r", "b"),
        ("wood", "b", "r"),
        ("knit", "g", "r"),
        ("gold foil", "b", "r"),
        ("porcelain", "r", "b"),
    ],
)
def test_its_colour(name: str, darker: str, lighter: str) -> None:
    mean = dict(zip("rgb", draw_texture(name, 0).mean((0, 1)), strict=True))
    assert mean[lighter] > mean[darker] + 15


def test_wood_has_its_grain_upright_and_clouds_have_none() -> None:
    def upright(name: str) -> float:
        grey = cv2.cvtColor(draw_texture(name, 0), cv2.COLOR_RGB2GRAY).astype(np.float32)
        return float(np.abs(np.diff(grey, axis=1)).mean() / np.abs(np.diff(grey, axis=0)).mean())

    assert upright("wood") > 2
    assert 0.7 < upright("cloud") < 1.4


def test_fractal_noise_has_bumps_of_that_size_and_fits_any_shape() -> None:
    def steepness(bump_px: float) -> float:
        noise = fractal_noise(np.random.default_rng(1), (90, 140), bump_px)
        assert noise.shape == (90, 140)
        assert abs(float(noise.mean())) < 1e-3
        assert float(noise.std()) == pytest.approx(1, abs=1e-3)
        return float(np.abs(np.diff(noise, axis=1)).mean())

    assert steepness(8) > 1.7 * steepness(32)
    assert fractal_noise(np.random.default_rng(1), (1, 1), 5).shape == (1, 1)
