"""What a thing takes with it: its shadow and its reflection, and nothing that only looks so."""

import cv2
import numpy as np
from tests.unit.text.lettering import ground

from cleanplate.analysis.shadows import with_shadows
from cleanplate.pixels.types import Hole, Rgb8

HEIGHT, WIDTH = 240, 320


def thing() -> Hole:
    flags = np.zeros((HEIGHT, WIDTH), np.bool_)
    flags[60:150, 140:180] = True
    return flags


def scene(seed: int = 0) -> Rgb8:
    rgb = np.asarray(ground(HEIGHT, WIDTH, seed) // 4 + 120, np.uint8)
    texture = np.random.default_rng(1).integers(0, 256, (18, 8, 3)).astype(np.uint8)
    rgb[60:150, 140:180] = cv2.resize(texture, (40, 90), interpolation=cv2.INTER_CUBIC)
    return rgb


def test_a_shadow_at_its_feet_goes_too() -> None:
    rgb = scene()
    shadow = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(shadow, [np.array([[140, 149], [180, 149], [255, 175], [215, 180]])], 1)
    cast = (shadow > 0) & ~thing()
    rgb[cast] = np.rint(rgb[cast] * 0.55).astype(np.uint8)
    found = with_shadows(rgb, thing())
    assert found[cast].mean() > 0.95
    assert found[thing()].all()
    assert found.sum() < 1.35 * (cast.sum() + thing().sum())


def test_a_dark_thing_of_another_colour_stays() -> None:
    rgb = scene()
    rgb[130:160, 185:230] = (140, 20, 20)
    assert (with_shadows(rgb, thing()) == thing()).all()


def test_a_dark_place_elsewhere_stays() -> None:
    rgb = scene()
    rgb[170:200, 20:80] = rgb[170:200, 20:80] // 2
    assert (with_shadows(rgb, thing()) == thing()).all()


def test_a_reflection_below_it_goes_too() -> None:
    rgb = scene()
    mirrored = rgb[60:150, 140:180][::-1][: HEIGHT - 154]
    rgb[154:, 140:180] = np.rint(0.5 * mirrored + 0.5 * rgb[154:, 140:180]).astype(np.uint8)
    found = with_shadows(rgb, thing())
    assert found[158:236, 144:176].mean() > 0.95
    assert not found[:, :120].any()


def test_nothing_has_no_shadow() -> None:
    assert not with_shadows(scene(), np.zeros((HEIGHT, WIDTH), np.bool_)).any()


def test_a_mast_that_goes_on_below_is_no_reflection() -> None:
    rgb = scene()
    ribs = np.array([200, 250, 210, 255], np.uint8).repeat(10)
    rgb[60:, 140:180] = ribs[None, :, None]
    assert not with_shadows(rgb, thing())[170:, 145:175].any()
