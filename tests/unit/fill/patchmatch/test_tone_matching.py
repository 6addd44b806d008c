from typing import TypeAlias

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.tone_matching import CAP_LEVELS, match_tone
from cleanplate.pixels.types import Hole, Rgb8

FloatImage: TypeAlias = NDArray[np.float32]
SIDE = 160


def disc(shape: tuple[int, int] = (SIDE, SIDE), radius: int = 45) -> tuple[Hole, Hole]:
    """A round hole in the middle, and the ring of 3 px round it."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    far = np.hypot(y - shape[0] / 2, x - shape[1] / 2)
    return far < radius, (far >= radius) & (far < radius + 3)


def sky(noise: float = 0.0, seed: int = 0) -> Rgb8:
    """A vertical gradient from blue to pale, with white noise."""
    y = np.linspace(0, 1, SIDE)[:, None, None]
    smooth = np.broadcast_to(
        np.array([90.0, 130.0, 200.0]) + y * np.array([80.0, 50.0, 20.0]), (SIDE, SIDE, 3)
    )
    return np.rint(smooth + np.random.default_rng(seed).normal(0, noise, smooth.shape)).astype(np.uint8)


def drift() -> FloatImage:
    """A tone that is off by another amount on every side: -6 .. 8 levels."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    return np.asarray(np.dstack([9 * x - 3, 8 * y - 4, 2 - 4 * x * y]), np.float32)


def step(picture: FloatImage, hole: Hole) -> float:
    """Largest mean difference across the border, over sectors of it and channels, in levels."""
    inner = hole & (cv2.erode(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    outer = (cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~hole
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    sector = np.floor((np.arctan2(y, x) / np.pi + 1) * 5.999).astype(int)
    parts = [(inner & (sector == n), outer & (sector == n)) for n in range(12)]
    return float(max(np.abs(picture[a].mean(0) - picture[b].mean(0)).max() for a, b in parts))


@pytest.mark.parametrize("noise", [0.0, 3.0])
@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_a_smooth_sky_shows_no_step(noise: float, kind: type) -> None:
    photo, (hole, band) = sky(), disc()
    made = np.rint(sky(noise, 1) + drift()).astype(kind)
    out = match_tone(sky(noise), made, hole, band)
    assert step(np.where(hole[..., None], made, photo).astype(np.float32), hole) > 4
    own = step(photo.astype(np.float32), hole)
    assert (
        step(np.where(hole[..., None], out, photo).astype(np.float32), hole) < own + 1 + noise / 3
    )  # a sector is some 25 px long


def test_a_drift_of_tone_is_undone_in_the_whole_hole() -> None:
    photo, (hole, band) = sky(), disc()
    out = match_tone(photo, photo + drift(), hole, band)
    assert np.abs(out - photo)[hole].max() < 0.75


def test_one_offset_is_undone_to_the_middle_of_a_large_hole() -> None:
    photo = np.full((700, 700, 3), 120, np.uint8)
    hole, band = disc((700, 700), 330)
    out = match_tone(photo, photo - np.float32(9), hole, band)
    assert np.abs(out - 120.0)[hole].max() < 0.6


def test_only_the_hole_is_touched_and_nothing_is_changed_in_place() -> None:
    photo, (hole, band) = sky(), disc()
    made = photo + drift()
    before = made.copy()
    out = match_tone(photo, made, hole, band)
    assert (made == before).all()
    assert (out[~hole] == made[~hole]).all()


def test_the_photo_is_read_on_the_band_only() -> None:
    photo, (hole, band) = sky(), disc()
    other = photo.copy()
    other[~band] = 255 - other[~band]
    made = photo + drift()
    assert (match_tone(photo, made, hole, band) == match_tone(other, made, hole, band)).all()


def test_an_object_at_the_border_leaves_no_smear() -> None:
    photo, (hole, band) = sky(1.0), disc()
    made = sky(1.0, 1).astype(np.float32)
    made[:, :50] += np.array([-60, 20, 40], np.float32)  # what the fill expects to go on at the left
    out = match_tone(photo, made, hole, band)
    inner = cv2.erode(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.abs(cv2.blur(out - made, (9, 9)))[inner].max() < 2


def test_a_border_of_texture_that_differs_at_random_does_not_pull() -> None:
    hole, band = disc()
    rng = np.random.default_rng(0)
    photo, made = (rng.integers(60, 196, (SIDE, SIDE, 3)).astype(np.uint8) for _ in range(2))
    change = match_tone(photo, made, hole, band) - made
    assert np.abs(change[hole].mean(0)).max() < 3


def test_the_correction_is_capped() -> None:
    hole, band = disc()
    photo = np.full((SIDE, SIDE, 3), 130, np.uint8)
    change = match_tone(photo, photo - np.float32(30), hole, band) - (photo - np.float32(30))
    assert change[hole].max() == pytest.approx(CAP_LEVELS, abs=0.5)


def test_the_amount_scales_the_correction() -> None:
    photo, (hole, band) = sky(), disc()
    made = photo + drift()
    none, half, whole = (match_tone(photo, made, hole, band, amount) for amount in (0.0, 0.5, 1.0))
    assert (none == made).all()
    assert np.allclose(half - made, (whole - made) / 2, atol=1e-3)


def test_each_hole_has_its_own_tone() -> None:
    photo = np.full((80, 200, 3), 100, np.uint8)
    hole, made = np.zeros((80, 200), np.bool_), np.full((80, 200, 3), 100, np.float32)
    hole[20:60, 20:60] = hole[20:60, 140:180] = True
    made[:, :100] += 8
    made[:, 100:] -= 5
    band = (cv2.dilate(hole.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0) & ~hole
    assert np.abs(match_tone(photo, made, hole, band)[hole] - 100).max() < 0.75


@pytest.mark.parametrize("sides", [slice(45, 75), slice(0, 120)])
def test_where_there_is_no_band_the_tone_runs_on(sides: slice) -> None:
    """Other objects on three sides, or the picture's own edge."""
    photo = np.full((120, 160, 3), 100, np.uint8)
    hole, band = np.zeros((120, 160), np.bool_), np.zeros((120, 160), np.bool_)
    hole[sides, 61:130] = True
    band[sides, 58:61] = True
    assert np.abs(match_tone(photo, photo + np.float32(7), hole, band)[hole] - 100).max() < 0.75


def test_the_smooth_part_of_a_border_speaks_for_the_part_in_texture() -> None:
    hole, band = disc()
    rng = np.random.default_rng(0)
    photo, made = (np.full((SIDE, SIDE, 3), 128, np.uint8) for _ in range(2))
    for picture in (photo, made):
        picture[:, 80:] = rng.integers(108, 148, (SIDE, 80, 3))
    change = match_tone(photo, made - np.float32(6), hole, band) - (made - np.float32(6))
    assert np.abs(change[hole] - 6).max() < 3


@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (401, 3), (3, 401)])
def test_odd_sizes(shape: tuple[int, int]) -> None:
    photo = np.full((*shape, 3), 50, np.uint8)
    hole = np.zeros(shape, np.bool_)
    hole[shape[0] // 2 :] = True
    rest = ~hole
    out = match_tone(photo, photo + np.float32(4), hole, rest)
    wanted = 50 if rest.any() else 54
    assert np.abs(out[hole] - wanted).max() < 1


def test_without_a_hole_nothing_happens() -> None:
    photo, nothing = sky(), np.zeros((SIDE, SIDE), np.bool_)
    assert (match_tone(photo, photo, nothing, nothing) == photo).all()
