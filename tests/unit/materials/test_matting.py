"""Where an object ends, and what is seen behind it."""

import numpy as np
import pytest

from cleanplate.materials.matting import (
    composite_over_background,
    estimate_alpha,
    estimate_background,
    extrapolate,
)
from cleanplate.pixels.types import Alpha, Rgb8

SIZE = (80, 100)
GREEN, RED, BLUE = (40, 160, 60), (200, 40, 30), (30, 60, 220)


def disc(radius: float, soft_px: float = 1.0) -> Alpha:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    return np.asarray(np.clip((radius - np.hypot(y - 40, x - 50)) / soft_px + 0.5, 0, 1), np.float32)


def picture(radius: float = 25) -> Rgb8:
    """A red ball on green, its edge mixed over a pixel."""
    share = disc(radius)[..., None]
    return np.rint(np.array(RED) * share + np.array(GREEN) * (1 - share)).astype(np.uint8)


def test_a_rough_mask_ends_where_the_object_does() -> None:
    rough = (disc(29) > 0).astype(np.float32)
    close = estimate_alpha(picture(), rough, 6)
    truth = disc(25)
    assert np.abs(close - truth).mean() < 0.3 * np.abs(rough - truth).mean()
    assert (close[rough == 0] == 0).all()
    assert (close[disc(20) > 0] == 1).all()


def test_it_never_grows_and_the_frame_is_no_edge() -> None:
    tight = np.zeros(SIZE, np.float32)
    tight[:, :60] = 1
    close = estimate_alpha(np.full((*SIZE, 3), 90, np.uint8), tight, 4)
    assert (close[:, 60:] == 0).all()
    assert (close[:, :50] == 1).all()


def test_what_is_behind_is_the_surroundings_without_the_object() -> None:
    there = estimate_background(picture(), disc(25))
    assert np.abs(there.astype(int) - GREEN).max() <= 12
    assert np.abs(there[40, 50].astype(int) - GREEN).max() <= 3


def test_colours_are_carried_on_smoothly() -> None:
    rgb = np.zeros((40, 60, 3), np.uint8)
    rgb[:, :30], rgb[:, 30:] = 40, 200
    known = np.zeros((40, 60), np.bool_)
    known[:, :10] = known[:, -10:] = True
    full = extrapolate(rgb, known)
    np.testing.assert_allclose(full[known], rgb[known], atol=1e-3)
    assert 40 <= full[20, 12, 0] < full[20, 30, 0] < full[20, 47, 0] <= 200
    assert np.abs(np.diff(full[20, 10:50, 0])).max() < 40
    assert (extrapolate(rgb, np.zeros((40, 60), np.bool_)) == 0).all()


def test_nothing_of_the_old_colour_is_left_at_the_rim() -> None:
    made = np.broadcast_to(np.array(BLUE, np.uint8), (*SIZE, 3)).copy()
    alpha = disc(26)
    done = composite_over_background(picture(), made, disc(25) * (alpha > 0), alpha)
    assert (done[alpha == 0] == picture()[alpha == 0]).all()
    assert (done[disc(24) == 1] == BLUE).all()
    assert done[alpha > 0][:, 0].max() < 70  # neither green nor blue has more red


def test_what_is_not_covered_shows_what_is_behind() -> None:
    done = composite_over_background(picture(), np.zeros((*SIZE, 3), np.uint8), disc(10), disc(27))
    assert np.abs(done[40, 50].astype(int)).max() == 0
    assert np.abs(done[40, 68].astype(int) - GREEN).max() <= 12


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (50, 2)])
def test_any_shape(shape: tuple[int, int]) -> None:
    rgb, alpha = np.zeros((*shape, 3), np.uint8), np.ones(shape, np.float32)
    assert estimate_alpha(rgb, alpha, 2).shape == shape
    assert composite_over_background(rgb, rgb, alpha, alpha).shape == rgb.shape
