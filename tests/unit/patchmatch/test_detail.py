import numpy as np
import pytest

from cleanplate.patchmatch import detail


def grain(height: int, width: int, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(90, 166, (height, width, 3)).astype(np.uint8)


def test_shrink_is_the_block_mean() -> None:
    rgb = grain(8, 12)
    means = rgb.reshape(2, 4, 3, 4, 3).mean(axis=(1, 3))
    assert np.abs(detail.shrink(rgb, (2, 3)) - means).max() <= 1


@pytest.mark.parametrize("shape", [(3, 2), (5, 3), (9, 7)])
def test_a_small_pixel_with_any_part_of_a_flag_is_flagged(shape: tuple[int, int]) -> None:
    flags = np.zeros((9, 7), np.bool_)
    flags[8, 6] = True
    small = detail.shrink_any(flags, shape)
    assert small.shape == shape
    assert small.sum() == 1
    assert small[-1, -1]


@pytest.mark.parametrize("shape", [(64, 64), (61, 67), (64, 63)])
@pytest.mark.parametrize("scale", [1.2, 2, 3.3, 5])
def test_the_hole_gets_the_grain_of_the_photo(shape: tuple[int, int], scale: float) -> None:
    rgb = grain(*shape)
    hole = np.zeros(shape, np.bool_)
    hole[20:44, 20:44] = True
    flat = np.full((round(shape[0] / scale), round(shape[1] / scale), 3), 128, np.uint8)
    out = detail.add_detail(rgb, flat, hole, np.zeros_like(hole), 0)
    assert (out[~hole] == rgb[~hole]).all()
    assert out[hole].std() == pytest.approx(rgb[~hole].std(), rel=0.25)


def test_barred_pixels_give_no_detail() -> None:
    rgb = np.full((64, 64, 3), 100, np.uint8)
    rgb[:, :24] = grain(64, 24)  # the only detail in the picture, and it is barred
    hole = np.zeros((64, 64), np.bool_)
    hole[24:40, 36:52] = True
    barred = np.zeros_like(hole)
    barred[:, :28] = True
    out = detail.add_detail(rgb, np.full((32, 32, 3), 100, np.uint8), hole, barred, 0)
    assert (out[hole] == 100).all()


def test_without_any_source_the_smooth_fill_stays() -> None:
    rgb = grain(32, 32)
    hole = np.ones((32, 32), np.bool_)
    out = detail.add_detail(rgb, np.full((16, 16, 3), 77, np.uint8), hole, np.zeros_like(hole), 0)
    assert (out == 77).all()
