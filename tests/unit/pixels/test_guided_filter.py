"""What follows the edges of a picture."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.pixels.guided_filter import guided_upsample, refine_to_edges, scale_to_fit
from cleanplate.pixels.types import Rgb8


def textured(height: int, width: int) -> Rgb8:
    random = np.random.default_rng(1)
    fine = random.integers(0, 120, (height, width, 1))
    slope = np.linspace(0, 120, width)[None, :, None]
    return np.broadcast_to(fine + slope, (height, width, 3)).astype(np.uint8)


def distance(first: Rgb8, second: Rgb8) -> float:
    return float(np.abs(first.astype(float) - second).mean())


@pytest.mark.parametrize("size", [(20, 30), (80, 120), (200, 300)])
def test_no_share_of_the_result_is_the_picture_itself(size: tuple[int, int]) -> None:
    picture = textured(80, 120)
    small = np.asarray(cv2.resize(picture, size[::-1]), np.uint8)
    np.testing.assert_array_equal(guided_upsample(picture, small, 255 - small, 0.0), picture)


def test_what_did_not_change_comes_back_sharp() -> None:
    picture = textured(240, 320)
    small = scale_to_fit(picture, 120 * 160, 1.0)
    plain = np.asarray(cv2.resize(small, (320, 240), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert distance(guided_upsample(picture, small, small, 1.0), picture) < 0.4 * distance(plain, picture)


def test_detail_does_not_show_through_what_was_painted_over() -> None:
    picture = textured(240, 320)
    small = scale_to_fit(picture, 120 * 160, 1.0)
    flat = np.full_like(small, 90)
    assert np.ptp(guided_upsample(picture, small, flat, 1.0)) <= 2


def test_a_result_of_the_pictures_size_is_mixed_in() -> None:
    picture = np.full((8, 9, 3), 100, np.uint8)
    made = np.full_like(picture, 200)
    assert (guided_upsample(picture, picture, made, 0.25) == 125).all()
    assert (guided_upsample(picture, picture, made, 1.0) == made).all()


def test_a_result_that_is_larger_is_made_small() -> None:
    picture = np.full((8, 9, 3), 100, np.uint8)
    large = np.full((16, 18, 3), 60, np.uint8)
    assert (guided_upsample(picture, large, large, 1.0) == 60).all()


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((400, 100), (200, 50)), ((10, 10), (20, 20)), ((1, 20_000), (1, 14_142)), ((100, 100), (100, 100))],
)
def test_scaled_keeps_the_shape_and_the_bounds(shape: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert scale_to_fit(np.zeros((*shape, 3), np.uint8), 10_000, 2.0).shape[:2] == wanted


def test_a_rough_mask_moves_to_the_edge_that_is_near() -> None:
    guide = np.full((60, 100, 3), 40, np.uint8)
    guide[:, 50:] = 200
    rough: NDArray[np.float32] = np.zeros((60, 100), np.float32)
    rough[:, 46:] = 1
    rough = np.asarray(cv2.GaussianBlur(rough, (0, 0), 5), np.float32)
    better = refine_to_edges(guide, rough, 8)
    step = float(np.abs(np.diff(better[30])).max())
    assert np.abs(np.diff(better[30])).argmax() == 49
    assert step > 3 * float(np.abs(np.diff(rough[30])).max())
    assert 0 <= better.min() <= better.max() <= 1


def test_an_edge_between_colours_of_one_brightness_counts() -> None:
    guide = np.zeros((60, 100, 3), np.uint8)
    guide[:, :50], guide[:, 50:] = (180, 40, 40), (32, 118, 40)
    rough = np.clip((np.arange(100, dtype=np.float32) - 40) / 14, 0, 1)[None].repeat(60, 0).astype(np.float32)
    better = refine_to_edges(guide, rough, 8)
    assert np.abs(np.diff(better[30])).argmax() == 49


def test_a_mask_of_a_large_picture_is_drawn_closer_too() -> None:
    guide = np.full((1500, 1600, 3), 40, np.uint8)
    guide[:, 800:] = 200
    rough = (
        np.clip((np.arange(1600, dtype=np.float32) - 780) / 30, 0, 1)[None].repeat(1500, 0).astype(np.float32)
    )
    better = refine_to_edges(guide, rough, 40)
    assert better.shape == rough.shape
    assert better[700, 790] < 0.25
    assert better[700, 810] > 0.75
