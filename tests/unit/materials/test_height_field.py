"""The height field that is guessed from outline and edges."""

import cv2
import numpy as np
import pytest

from cleanplate.materials.height_field import estimate_height_field, outline_distance, surface_normals
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
    form = estimate_height_field(np.full((*SIZE, 3), 90, np.uint8), disc())
    assert form.side_px == pytest.approx(np.sqrt(np.pi) * 50, rel=0.02)
    assert form.whole[60, 80] > form.whole[60, 100] > form.whole[60, 122] > 1
    assert form.parts[60, 80] > form.parts[60, 125] > 1
    assert form.whole[5, 5] < 0.5
    assert form.edge_distance[60, 80] == pytest.approx(50, abs=2)


def test_an_edge_inside_makes_two_parts_of_it() -> None:
    form = estimate_height_field(two_halves(), disc())
    assert form.edge_distance[60, 80] < 2
    assert form.parts[60, 80] < 0.6 * min(form.parts[60, 62], form.parts[60, 98])
    assert form.whole[60, 80] > 20  # the whole is a cushion still


def test_texture_and_noise_are_no_edges() -> None:
    noise = np.random.default_rng(0).integers(94, 106, (*SIZE, 3)).astype(np.uint8)
    form = estimate_height_field(noise, disc())
    assert form.edge_distance[60, 80] > 40


def test_where_it_meets_the_frame_it_goes_on() -> None:
    alpha = np.zeros(SIZE, np.float32)
    alpha[40:, :] = 1
    form = estimate_height_field(np.full((*SIZE, 3), 90, np.uint8), alpha)
    assert form.whole[119, 80] == form.whole.max()
    assert form.whole[42, 80] < 0.5 * form.whole.max()
    assert (outline_distance(np.ones(SIZE, np.float32)) == max(SIZE)).all()


def test_heights_of_a_large_picture_are_in_its_own_pixels() -> None:
    small = estimate_height_field(two_halves(), disc())
    scale = 10
    size = (SIZE[1] * scale, SIZE[0] * scale)
    large = estimate_height_field(
        np.asarray(cv2.resize(two_halves(), size, interpolation=cv2.INTER_NEAREST), np.uint8),
        np.asarray(cv2.resize(disc(), size, interpolation=cv2.INTER_NEAREST), np.float32),
    )
    assert large.whole.shape == size[::-1]
    assert large.whole[600, 800] == pytest.approx(scale * small.whole[60, 80], rel=0.05)
    assert large.side_px == pytest.approx(scale * small.side_px, rel=0.03)


def test_a_slope_faces_away_from_what_is_higher() -> None:
    slope = np.broadcast_to(np.arange(30, dtype=np.float32), (20, 30)).copy()
    normal = surface_normals(slope)[10, 15]
    np.testing.assert_allclose(normal, (-np.sqrt(0.5), 0, np.sqrt(0.5)), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (3, 2)])
def test_any_shape(shape: tuple[int, int]) -> None:
    form = estimate_height_field(np.zeros((*shape, 3), np.uint8), np.ones(shape, np.float32))
    assert form.whole.shape == shape
    assert np.isfinite(form.parts).all()
    estimate_height_field(np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.float32))
