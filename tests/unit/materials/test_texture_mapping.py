"""What an object looks like in a material."""

import cv2
import numpy as np
import pytest

from cleanplate.materials.texture_mapping import map_colours, map_pattern, map_texture
from cleanplate.materials.textures import draw_texture
from cleanplate.pixels.types import Alpha, Rgb8

SIZE = (120, 160)


LIGHT = np.broadcast_to(np.linspace(60, 190, SIZE[1], dtype=np.float32)[None], SIZE)


def photo() -> Rgb8:
    slope = np.linspace(40, 210, SIZE[1])[None, :, None]
    return np.broadcast_to(slope, (*SIZE, 3)).astype(np.uint8)


def disc() -> Alpha:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    return np.asarray(np.hypot(y - 60, x - 80) < 50, np.float32)


def lab(rgb: Rgb8) -> Rgb8:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.uint8)


@pytest.mark.parametrize("tint", [0.0, 0.5, 1.0])
def test_a_greenish_result_takes_the_materials_colour(tint: float) -> None:
    piece = draw_texture("wood", 0)
    green = np.clip(photo() * np.array((0.7, 1, 0.6)), 0, 255).astype(np.uint8)
    colour = lab(map_colours(green, LIGHT, disc(), piece, tint))[disc() > 0][:, 1:].mean(0)
    np.testing.assert_allclose(colour, lab(piece)[..., 1:].mean((0, 1)), atol=6)


def test_no_colour_is_made_that_the_material_does_not_have() -> None:
    piece = draw_texture("porcelain", 0)
    random = np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    done = lab(map_colours(random, LIGHT, disc(), piece, 0.0))
    assert done[..., 2].max() <= lab(piece)[..., 2].max() + 3  # b above is yellow


def test_the_light_is_the_one_that_is_asked_for() -> None:
    made = np.random.default_rng(0).integers(60, 190, (*SIZE, 3)).astype(np.uint8)
    done = lab(map_colours(made, LIGHT, disc(), draw_texture("wood", 0), 1.0))[..., 0]
    assert np.abs(done - LIGHT).mean() < 4


def test_the_pattern_is_pushed_aside_by_the_form_and_is_not_stretched_without() -> None:
    piece = draw_texture("wood", 0)
    flat = np.zeros(SIZE, np.float32)
    plain = map_pattern(piece, flat)
    assert plain.shape == SIZE
    assert abs(float(plain.mean())) < 8
    np.testing.assert_allclose(map_pattern(piece, flat + 7)[:-7, :-7], plain[7:, 7:], atol=1)


def test_large_objects_get_more_pieces_and_colours_stay_colours() -> None:
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, :, None], (64, 64, 3))
    small, large = (map_texture(ramp, np.zeros((side, side), np.float32), 2.0) for side in (350, 2800))
    turns = [int((np.diff(np.sign(np.diff(rows[5, ::7, 0]))) != 0).sum()) for rows in (small, large)]
    assert small.shape == (350, 350, 3)
    assert turns[1] > 1.5 * turns[0]


def test_far_from_the_first_piece_the_pattern_goes_on() -> None:
    far = map_texture(draw_texture("wood", 0), np.zeros((600, 640), np.float32), 6.0)
    assert np.abs(np.diff(far[:, -80:], axis=1)).mean() > 0.5 * np.abs(np.diff(far[:, :80], axis=1)).mean()
