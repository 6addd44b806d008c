from typing import TypeAlias

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.grain import add_grain, lacking_grain
from cleanplate.pixels.types import Hole, Rgb8

FloatImage: TypeAlias = NDArray[np.float32]
SIDE = 240


def square(low: int = 70, high: int = 170) -> Hole:
    hole = np.zeros((SIDE, SIDE), np.bool_)
    hole[low:high, low:high] = True
    return hole


def slope() -> FloatImage:
    """A smooth wall: brighter to the right, a colour of its own."""
    x = np.linspace(0, 20, SIDE, dtype=np.float32)[None, :, None]
    return np.asarray(np.broadcast_to(x + np.array([90, 110, 140], np.float32), (SIDE, SIDE, 3)), np.float32)


def noise(strength: float, blur: float = 0.0, seed: int = 0) -> FloatImage:
    made = np.random.default_rng(seed).normal(0, 1, (SIDE, SIDE, 3)).astype(np.float32)
    if blur:
        made = np.asarray(cv2.GaussianBlur(made, (0, 0), blur), np.float32)
    return made * np.float32(strength / made.std())


def rounded(picture: NDArray[np.floating]) -> Rgb8:
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


def strength(picture: Rgb8, where: Hole) -> NDArray[np.floating]:
    """Standard deviation of each channel round the smooth wall."""
    return np.asarray((picture - slope())[where].std(0))


@pytest.mark.parametrize("blur", [0.0, 0.8])
@pytest.mark.parametrize("level", [1.5, 4.0, 9.0])
def test_a_smooth_fill_gets_the_noise_of_its_surroundings(level: float, blur: float) -> None:
    photo, hole = rounded(slope() + noise(level, blur)), square()
    out = add_grain(photo, slope(), hole, ~hole)
    assert (out[~hole] == photo[~hole]).all()
    assert strength(out, hole) == pytest.approx(strength(photo, ~hole), rel=0.15)


@pytest.mark.parametrize("blur", [0.0, 0.8])
def test_the_grain_has_the_size_of_the_photos(blur: float) -> None:
    photo, hole = rounded(slope() + noise(4, blur)), square()
    found = (add_grain(photo, slope(), hole, ~hole) - slope())[70:170, 70:170]
    own = (photo - slope())[:60]
    for axis in (0, 1):
        here, there = (
            np.mean(part * np.roll(part, 1, axis)) / np.mean(np.square(part)) for part in (found, own)
        )
        assert here == pytest.approx(there, abs=0.1)


def test_grey_noise_stays_grey_and_colours_keep_their_own_strength() -> None:
    grey = noise(5)[..., :1]
    photo, hole = rounded(slope() + grey * np.array([1, 0.5, 0.25], np.float32)), square()
    out = add_grain(photo, slope(), hole, ~hole) - slope()
    assert np.corrcoef(out[hole][:, 0], out[hole][:, 1])[0, 1] > 0.9
    assert out[hole].std(0) == pytest.approx([5, 2.5, 1.25], rel=0.15)


def test_dark_and_bright_parts_have_noise_of_their_own() -> None:
    wall = np.full((SIDE, SIDE, 3), 60, np.float32)
    wall[:, SIDE // 2 :] = 190
    each = np.where(wall < 100, np.float32(5), np.float32(2.5))
    photo, hole = rounded(wall + each * noise(1)), square()
    out = add_grain(photo, wall, hole, ~hole) - wall
    dark, bright = hole.copy(), hole.copy()
    dark[:, SIDE // 2 - 16 :] = False
    bright[:, : SIDE // 2 + 16] = False
    assert out[dark].std() == pytest.approx(5, rel=0.15)
    assert out[bright].std() == pytest.approx(2.5, rel=0.15)


def test_a_fill_that_has_its_grain_gets_no_more() -> None:
    photo, hole = rounded(slope() + noise(4)), square()
    made = rounded(slope() + noise(4, seed=1))
    out = add_grain(photo, made, hole, ~hole)
    assert np.square(out[hole].astype(float) - made[hole]).mean() < 0.2


def test_half_of_the_grain_is_filled_up() -> None:
    photo, hole = rounded(slope() + noise(6)), square()
    out = add_grain(photo, slope() + noise(3, seed=1), hole, ~hole)
    assert strength(out, hole) == pytest.approx(6, rel=0.15)


def test_texture_is_left_alone() -> None:
    photo, hole = rounded(slope() + noise(3)), square()
    made = slope()
    made = made + 25 * np.sin(np.arange(SIDE, dtype=np.float32))[:, None, None]
    out = add_grain(photo, made, hole, ~hole)
    assert np.abs(out[hole] - made[hole]).max() <= 1


def test_coarse_texture_in_the_photo_is_not_taken_for_noise() -> None:
    photo, hole = rounded(slope() + 8 * noise(1, 3) + 10 * noise(1, 8, seed=1)), square()
    assert strength(add_grain(photo, slope(), hole, ~hole), hole).max() < 0.6


@pytest.mark.parametrize("texture", [3.3, 7.0])
def test_fine_texture_beside_plain_noise_is_not_taken_for_noise(texture: float) -> None:
    photo, hole = rounded(slope() + noise(texture)), square()
    photo[:110] = rounded(slope() + noise(1.5, seed=1))[:110]
    assert strength(add_grain(photo, slope(), hole, ~hole), hole).max() < 2


def test_fine_texture_of_another_brightness_is_not_taken_for_noise() -> None:
    wall, hole = slope().copy(), square()
    wall[:, 100:] += 80
    photo = rounded(wall + noise(9))
    photo[:, :100] = rounded(wall + noise(1.5, seed=1))[:, :100]
    out = add_grain(photo, wall, hole, ~hole) - wall
    assert out[hole].std(0).max() < 2


def test_a_drawing_stays_exactly_smooth() -> None:
    photo, hole = np.full((SIDE, SIDE, 3), (30, 200, 120), np.uint8), square()
    assert (add_grain(photo, photo, hole, ~hole) == photo).all()
    assert (add_grain(photo, photo.astype(np.float32), hole, ~hole) == photo).all()


def test_a_smooth_gradient_is_dithered_and_no_more() -> None:
    hole = square()
    out = add_grain(rounded(slope()), slope(), hole, ~hole)
    assert np.abs(out[hole] - slope()[hole]).max() <= 1
    assert np.abs(cv2.blur(out - slope(), (15, 15))[100:140, 100:140]).max() < 0.2
    assert len(np.unique(out[72:168, 120, 0])) == 2  # one column of a slope lies between two levels


def test_the_amount_scales_the_grain() -> None:
    photo, hole = rounded(slope() + noise(8)), square()
    none, half = (add_grain(photo, slope(), hole, ~hole, amount) for amount in (0.0, 0.5))
    assert strength(none, hole).max() < 0.6
    assert strength(half, hole) == pytest.approx(4, rel=0.15)


def test_the_seed_decides() -> None:
    photo, hole = rounded(slope() + noise(4)), square()
    first, again, other = (add_grain(photo, slope(), hole, ~hole, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_pixels_that_are_not_known_are_not_measured() -> None:
    photo, hole = rounded(slope() + noise(6)), square()
    known = np.zeros_like(hole)
    known[:, :60] = True
    photo[:, :60] = rounded(slope() + noise(2, seed=1))[:, :60]
    out = add_grain(photo, slope(), hole, known)
    assert strength(out, hole) == pytest.approx(2, rel=0.2)


def test_no_repetition_shows() -> None:
    photo, hole = rounded(slope() + noise(5)), square(20, 220)
    grain = (add_grain(photo, slope(), hole, ~hole) - slope())[20:220, 20:220, 1]
    spectrum = np.abs(np.fft.rfft2(grain - grain.mean())) ** 2
    echo = np.fft.irfft2(spectrum)
    echo[:3, :3] = echo[-2:, :3] = echo[:3, -2:] = echo[-2:, -2:] = 0
    assert echo.max() < 0.3 * np.mean(spectrum)


@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (401, 3), (3, 401)])
def test_odd_sizes(shape: tuple[int, int]) -> None:
    photo = np.full((*shape, 3), 50, np.uint8)
    hole = np.zeros(shape, np.bool_)
    hole[shape[0] // 2 :] = True
    out = add_grain(photo, photo + np.float32(300), hole, ~hole)
    assert (out[hole] == 255).all()
    assert (out[~hole] == 50).all()


def test_without_a_hole_the_photo_comes_back() -> None:
    photo, nothing = rounded(slope()), np.zeros((SIDE, SIDE), np.bool_)
    assert (add_grain(photo, photo, nothing, ~nothing) == photo).all()


def beside(hole: Hole) -> Hole:
    near = cv2.dilate(hole.view(np.uint8), np.ones((7, 7), np.uint8)) > 0
    return np.asarray(near & ~hole, np.bool_)


def test_a_picture_that_predicts_the_grain_lacks_none() -> None:
    photo, hole = rounded(slope() + noise(6)), square()
    assert lacking_grain(photo, photo, hole, beside(hole)) == 0
    assert lacking_grain(photo, rounded(slope() + noise(6, seed=1)), hole, beside(hole)) == 0


def test_a_smooth_one_lacks_all_and_one_between_a_part() -> None:
    photo, hole = rounded(slope() + noise(6)), square()
    assert lacking_grain(photo, rounded(slope()), hole, beside(hole)) > 0.95
    assert 0.4 < lacking_grain(photo, rounded(slope() + noise(4, seed=1)), hole, beside(hole)) < 0.9


def test_nothing_is_lacking_where_the_photo_has_none_and_all_where_nothing_tells() -> None:
    flat, hole = rounded(np.full((SIDE, SIDE, 3), 90.0)), square()
    assert lacking_grain(flat, flat, hole, beside(hole)) == 0
    assert lacking_grain(flat, flat, hole, np.zeros_like(hole)) == 1
