"""What an object looks like in a material."""

import cv2
import numpy as np
import pytest

from cleanplate.imaging.dressing import Look, dressed
from cleanplate.imaging.materials import draw
from cleanplate.imaging.types import Alpha, Rgb8

SIZE = (120, 160)


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
    piece = draw("wood", 0)
    green = np.clip(photo() * np.array((0.7, 1, 0.6)), 0, 255).astype(np.uint8)
    colour = lab(dressed(photo(), green, disc(), piece, Look(tint=tint)))[disc() > 0][:, 1:].mean(0)
    np.testing.assert_allclose(colour, lab(piece)[..., 1:].mean((0, 1)), atol=6)


def test_no_colour_is_made_that_the_material_does_not_have() -> None:
    piece = draw("porcelain", 0)
    random = np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    worn = lab(dressed(photo(), random, disc(), piece, Look(tint=0.0)))
    assert worn[..., 2].max() <= lab(piece)[..., 2].max() + 3  # b above is yellow


def test_the_photos_light_is_kept_as_far_as_the_look_says() -> None:
    flat = np.full((*SIZE, 3), 128, np.uint8)
    spreads = [
        float(lab(dressed(photo(), flat, disc(), flat, Look(kept=kept)))[..., 0].std())
        for kept in (0, 0.3, 1)
    ]
    assert spreads[0] < 1
    assert spreads[1] == pytest.approx(0.3 * spreads[2], rel=0.05)


def test_grain_lays_the_pattern_over_a_flat_object() -> None:
    flat = np.full((*SIZE, 3), 128, np.uint8)
    piece = draw("knit", 0)

    def spread(grain: float) -> float:
        return float(lab(dressed(flat, flat, disc(), piece, Look(grain=grain, tint=1.0)))[..., 0].std())

    assert spread(0) < 1
    assert spread(0.9) > 2 * spread(0.3) > 8


def test_gloss_is_towards_the_upper_left_and_glow_in_the_middle() -> None:
    flat = np.full((*SIZE, 3), 110, np.uint8)

    def brightest(look: Look) -> tuple[int, int]:
        light = lab(dressed(flat, flat, disc(), flat, look))[..., 0].astype(float) * disc()
        y, x = np.unravel_index(cv2.GaussianBlur(light, (0, 0), 3).argmax(), SIZE)
        return int(y), int(x)

    y, x = brightest(Look(gloss=1.0))
    assert y < 55
    assert x < 75
    y, x = brightest(Look(glow=1.0))
    assert np.hypot(y - 60, x - 80) < 20
