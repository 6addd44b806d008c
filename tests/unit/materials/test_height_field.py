"""The form that is guessed from outline and edges."""

import cv2
import numpy as np
import pytest

from cleanplate.materials.height_field import depth_px, form_of, lean
from cleanplate.pixels.types import Alpha, Rgb8

SIZE = (120, 160)


def disc(radius: float = 50) -> Alpha:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    return np.asarray(np.hypot(y - 60, x - 80) < radius, np.float32)


def two_halves() -> Rgb8:
    rgb = np.full((*SIZE, 3), 90, np.uint8)
    rgb[:, 80:] = 190
    return rgb


def test_a_plain_disc_is_one_cushion() -> None:
    form = form_of(np.full((*SIZE, 3), 90, np.uint8), disc())
    assert form.side_px == pytest.approx(np.sqrt(np.pi) * 50, rel=0.02)
    assert form.body[60, 80] > form.body[60, 100] > form.body[60, 122] > 1
    assert form.parts[60, 80] > form.parts[60, 125] > 1
    assert form.body[5, 5] < 0.5
    assert form.from_edge[60, 80] == pytest.approx(50, abs=2)


def test_an_edge_inside_makes_two_parts_of_it() -> None:
    form = form_of(two_halves(), disc())
    assert form.from_edge[60, 80] < 2
    assert form.parts[60, 80] < 0.6 * min(form.parts[60, 62], form.parts[60, 98])
    assert form.body[60, 80] > 20  # the whole is a cushion still


def test_texture_and_noise_are_no_edges() -> None:
    noise = np.random.default_rng(0).integers(94, 106, (*SIZE, 3)).astype(np.uint8)
    form = form_of(noise, disc())
    assert form.from_edge[60, 80] > 40


def test_where_it_meets_the_frame_it_goes_on() -> None:
    alpha = np.zeros(SIZE, np.float32)
    alpha[40:, :] = 1
    form = form_of(np.full((*SIZE, 3), 90, np.uint8), alpha)
    assert form.body[119, 80] == form.body.max()
    assert form.body[42, 80] < 0.5 * form.body.max()
    assert (depth_px(np.ones(SIZE, np.float32)) == max(SIZE)).all()


def test_heights_of_a_large_picture_are_in_its_own_pixels() -> None:
    small = form_of(two_halves(), disc())
    scale = 10
    size = (SIZE[1] * scale, SIZE[0] * scale)
    large = form_of(
        np.asarray(cv2.resize(two_halves(), size, interpolation=cv2.INTER_NEAREST), np.uint8),
        np.asarray(cv2.resize(disc(), size, interpolation=cv2.INTER_NEAREST), np.float32),
    )
    assert large.body.shape == size[::-1]
    assert large.body[600, 800] == pytest.approx(scale * small.body[60, 80], rel=0.05)
    assert large.side_px == pytest.approx(scale * small.side_px, rel=0.03)


def test_a_slope_faces_away_from_what_is_higher() -> None:
    slope = np.broadcast_to(np.arange(30, dtype=np.float32), (20, 30)).copy()
    facing = lean(slope)[10, 15]
    np.testing.assert_allclose(facing, (-np.sqrt(0.5), 0, np.sqrt(0.5)), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (3, 2)])
def test_any_shape(shape: tuple[int, int]) -> None:
    form = form_of(np.zeros((*shape, 3), np.uint8), np.ones(shape, np.float32))
    assert form.body.shape == shape
    assert np.isfinite(form.parts).all()
    form_of(np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.float32))
