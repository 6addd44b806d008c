"""Sizes and holes that nobody thinks of: a sensible result or one clear error."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate import erase
from cleanplate.errors import BadInput
from cleanplate.pixels.types import Rgb8

both = pytest.mark.parametrize("fast", [False, True])


def noise(height: int, width: int) -> Rgb8:
    rgb = np.random.default_rng(0).integers(60, 200, (height, width, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    return rgb


def erased(mask: NDArray[np.uint8], *, fast: bool = False, margin_px: int = 0) -> Rgb8:
    """Noise with red under the mask, erased; only the mask and `margin_px` round it may change."""
    rgb = noise(*mask.shape)
    rgb[mask > 0] = (255, 0, 0)
    done = erase(rgb, mask, fast=fast, dilate_px=margin_px, feather_px=0)
    assert done.recipe["changed_outside_mask"] == 0
    out = done.array()
    assert out.shape == rgb.shape
    assert out[mask > 0][:, 0].max() < 60, "the object is still there"
    assert out[mask > 0][:, 1:].min() > 30
    if not margin_px:
        assert (out[mask == 0] == rgb[mask == 0]).all()
    return out


@both
@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 13), (300, 200)])
def test_a_mask_over_everything_is_one_clear_error(height: int, width: int, fast: bool) -> None:
    with pytest.raises(BadInput, match="covers the whole picture") as raised:
        erase(noise(height, width), np.full((height, width), 255, np.uint8), fast=fast)
    assert "\n" not in raised.value.public


@both
def test_what_is_not_masked_but_kept_is_no_source_either(fast: bool) -> None:
    mask = np.full((40, 50), 255, np.uint8)
    mask[:10] = 0
    with pytest.raises(BadInput, match="covers all of the picture that is not to be kept"):
        erase(noise(40, 50), mask, keep=255 - mask, fast=fast)


@both
@pytest.mark.parametrize(
    ("height", "width", "hole"),
    [
        (1, 2, np.s_[:, :1]),
        (2, 1, np.s_[:1]),
        (7, 13, np.s_[2:5, 4:9]),
        (4001, 3, np.s_[1000:1800, :2]),
        (3, 4001, np.s_[:2, 1000:1800]),
        (90, 110, np.s_[:30, 40:70]),
        (90, 110, np.s_[60:, 40:70]),
        (90, 110, np.s_[30:60, :40]),
        (90, 110, np.s_[30:60, 70:]),
        (90, 110, np.s_[:, :90]),
    ],
)
def test_odd_sizes_and_borders(height: int, width: int, hole: tuple[slice, slice], fast: bool) -> None:
    mask = np.zeros((height, width), np.uint8)
    mask[hole] = 255
    erased(mask, fast=fast)


@both
def test_a_hole_that_is_the_picture_but_a_pixel(fast: bool) -> None:
    mask = np.full((60, 70), 255, np.uint8)
    mask[30, 20] = 0
    erased(mask, fast=fast)


@both
@pytest.mark.parametrize(("height", "width", "dilate_px"), [(2, 2, 0), (5, 3, 0), (5, 9, 4), (300, 1, 297)])
def test_the_soft_edge_leaves_something_to_fill_from(
    height: int, width: int, dilate_px: int, fast: bool
) -> None:
    mask = np.zeros((height, width), np.uint8)
    mask[0, 0] = 255
    rgb = noise(height, width)
    rgb[0, 0] = (255, 0, 0)
    out = erase(rgb, mask, fast=fast, dilate_px=dilate_px).array()
    assert out[0, 0, 0] < 60, "the object is still there"
    assert (out[-1, -1] == rgb[-1, -1]).all()


@both
def test_two_holes_far_apart_are_two_crops(fast: bool) -> None:
    mask = np.zeros((900, 1000), np.uint8)
    mask[20:50, 30:60] = mask[840:880, 900:960] = 255
    rgb = noise(900, 1000)
    done = erase(rgb, mask, fast=fast, dilate_px=0, feather_px=0)
    assert len(done.recipe["crops"]) == 2
    erased(mask, fast=fast, margin_px=5)


@both
def test_fifty_holes(fast: bool) -> None:
    mask = np.zeros((700, 900), np.uint8)
    for y in range(20, 700, 140):
        for x in range(20, 900, 90):
            mask[y : y + 14, x : x + 14] = 255
    assert np.count_nonzero(mask) == 50 * 14 * 14
    erased(mask, fast=fast)


def test_an_odd_picture_survives_its_file(tmp_path: Path) -> None:
    """4001 x 3 as a JPEG: blocks of 16 do not fit either side."""
    rgb = noise(3, 4001)
    mask = np.zeros((3, 4001), np.uint8)
    mask[:, 2000:2040] = 255
    file = erase(rgb, mask, dilate_px=0, feather_px=0).encode("jpeg")
    again = erase(file, mask, dilate_px=0, feather_px=0)
    assert again.array().shape == rgb.shape
    assert again.save(tmp_path / "thin.jpg").stat().st_size > 0
