from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cleanplate.imaging.types import Hole, Rgb8
from cleanplate.patchmatch.shifts import LEAST_PX, Shifts, dominant_shifts

MEADOW = Path(__file__).parents[3] / "examples" / "meadow.jpg"
COURSE, BRICK = 24, 54


def wall(height: int = 320, width: int = 400) -> Rgb8:
    """A brick wall: courses of 24 px, bricks of 54 px, every other course moved by half a brick."""
    random = np.random.default_rng(0)
    rgb = np.full((height, width, 3), (150.0, 80.0, 60.0))
    for row, top in enumerate(range(0, height, COURSE)):
        for left in range(-BRICK // 2 * (row % 2), width, BRICK):
            rgb[top : top + COURSE, max(left, 0) : max(left + BRICK, 0)] += random.normal(0, 12)
            rgb[top : top + COURSE, max(left, 0) : max(left + 3, 0)] = (210, 205, 200)
        rgb[top : top + 3] = (210, 205, 200)
    return np.clip(rgb + random.normal(0, 6, rgb.shape), 0, 255).astype(np.uint8)


def windows() -> Rgb8:
    """A facade: windows every 48 px across and 62 px down."""
    rgb = np.full((320, 400, 3), 190.0)
    for top in range(20, 320, 62):
        for left in range(10, 400, 48):
            rgb[top : top + 34, left : left + 20] = (60, 70, 90)
    return np.clip(rgb + np.random.default_rng(1).normal(0, 6, rgb.shape), 0, 255).astype(np.uint8)


def square(rgb: Rgb8, left: int, top: int, side: int) -> Hole:
    hole = np.zeros(rgb.shape[:2], np.bool_)
    hole[top : top + side, left : left + side] = True
    return hole


def found(rgb: Rgb8, hole: Hole, barred: Hole | None = None) -> Shifts:
    covered = rgb.copy()
    covered[hole] = (255, 0, 255)
    return dominant_shifts(covered, hole, np.zeros_like(hole) if barred is None else barred)


def on_wall(shifts: Shifts, scale: int = 1) -> Hole:
    """(K,) whether a shift lands every brick exactly on a brick."""
    courses = np.rint(shifts[:, 0] / (COURSE * scale))
    across = shifts[:, 1] + courses * (BRICK * scale // 2)
    off_x = np.abs(across - np.rint(across / (BRICK * scale)) * BRICK * scale)
    off_y = np.abs(shifts[:, 0] - courses * COURSE * scale)
    return np.asarray((off_x == 0) & (off_y == 0), np.bool_)


def test_a_brick_wall_repeats_by_its_bricks() -> None:
    rgb = wall()
    shifts = found(rgb, square(rgb, 170, 120, 70))
    assert shifts.shape == (8, 2)
    assert shifts.dtype == np.int32
    assert on_wall(shifts).all()
    assert len(np.unique(shifts, axis=0)) == 8


def test_a_large_wall_is_measured_to_the_pixel() -> None:
    rgb = np.asarray(cv2.resize(wall(), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC), np.uint8)
    shifts = found(rgb, square(rgb, 680, 480, 280))
    assert len(shifts) >= 6
    assert on_wall(shifts, scale=4).all()


def test_a_facade_repeats_by_its_windows() -> None:
    rgb = windows()
    shifts = found(rgb, square(rgb, 150, 120, 60))
    steps = shifts / (62, 48)
    assert (np.abs(steps - np.rint(steps)) * (62, 48) < 0.1).all()
    first = {tuple(step) for step in np.rint(steps).astype(int).tolist()}
    assert first & {(0, 1), (0, -1), (0, 2), (0, -2)}
    assert first & {(1, 0), (-1, 0)}


def test_every_shift_brings_known_pixels_into_the_hole() -> None:
    rgb = windows()
    hole = square(rgb, 0, 100, 100)
    hole[:, :60] = True
    y, x = np.nonzero(hole)
    for dy, dx in found(rgb, hole):
        inside = (y + dy >= 0) & (y + dy < 320) & (x + dx >= 0) & (x + dx < 400)
        assert (~hole[y[inside] + dy, x[inside] + dx]).any()
        assert np.hypot(dy, dx) >= LEAST_PX


def test_barred_pixels_have_no_say() -> None:
    rgb = windows()
    rgb[:, 200:] = np.random.default_rng(2).normal(190, 6, (320, 200, 3))  # a blind wall
    hole = square(rgb, 170, 120, 60)
    barred = np.zeros_like(hole)
    barred[:, :200] = True
    assert len(found(rgb, hole)) > 0
    assert len(found(rgb, hole, barred)) == 0


def test_the_count_is_kept() -> None:
    rgb = wall()
    hole = square(rgb, 170, 120, 70)
    assert len(dominant_shifts(rgb, hole, np.zeros_like(hole), count=3)) == 3


@pytest.mark.parametrize("place", [(60, 240), (480, 620), (850, 640)])
def test_grass_and_fluff_do_not_repeat(place: tuple[int, int]) -> None:
    with Image.open(MEADOW) as file:
        rgb = np.asarray(file.convert("RGB"), np.uint8)
    assert len(found(rgb, square(rgb, *place, 90))) == 0


@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (401, 3)])
@pytest.mark.parametrize("share", ["none", "one", "all"])
def test_odd_sizes(shape: tuple[int, int], share: str) -> None:
    hole = np.full(shape, share == "all")
    hole[shape[0] // 2, shape[1] // 2] = share != "none"
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert found(rgb, hole).shape == (0, 2)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_a_plain_wall_and_a_clear_sky_do_not_repeat(slope: float) -> None:
    rows = 120 + slope * np.arange(200)
    rgb = np.broadcast_to(rows[:, None, None], (200, 220, 3)).astype(np.uint8)
    assert len(found(rgb, square(rgb, 80, 80, 40))) == 0


@pytest.mark.parametrize("seed", range(6))
def test_chance_is_no_repetition(seed: int) -> None:
    rgb = np.random.default_rng(seed).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1.0), np.uint8)
    assert len(found(rgb, square(rgb, 12, 12, 14))) == 0
