import numpy as np
import pytest

from cleanplate.fill.patchmatch.smooth_fill import smooth, smooth_planes
from cleanplate.pixels.types import Hole, Rgb8

SIDE = 40


def none() -> Hole:
    return np.zeros((SIDE, SIDE), np.bool_)


def middle() -> Hole:
    hole = none()
    hole[12:28, 12:28] = True
    return hole


def ramp() -> Rgb8:
    """Brighter to the right."""
    x = np.broadcast_to(np.arange(SIDE, dtype=np.uint8) * 5 + 20, (SIDE, SIDE))
    return np.ascontiguousarray(np.dstack([x, x // 2, 255 - x]))


def test_a_ramp_runs_on() -> None:
    rgb, hole = ramp(), middle()
    rgb[hole] = (255, 0, 255)
    before = rgb.copy()
    out = smooth(rgb, hole, none())
    assert (rgb == before).all(), "the input was written to"
    assert (out[~hole] == before[~hole]).all()
    assert np.abs(out.astype(int) - ramp())[hole].max() < 40
    assert np.abs(out.astype(int) - ramp())[hole].mean() < 12


def test_one_known_pixel_is_enough() -> None:
    rgb, hole = np.zeros((SIDE, SIDE, 3), np.uint8), ~none()
    hole[20, 20], rgb[20, 20] = False, (10, 200, 90)
    out = smooth(rgb, hole, none())
    assert (out == (10, 200, 90)).all()


@pytest.mark.parametrize("level", [0, 3, 100, 252, 255])
def test_flat_goes_on_flat_beside_anything_else(level: int) -> None:
    """OpenCV's own drifts by up to five levels, up and down, in a checked pattern."""
    rgb, hole = np.full((SIDE, 2 * SIDE, 3), level, np.uint8), np.hstack([middle(), middle()])
    rgb[:, SIDE:] = ramp()
    out = smooth(rgb, hole, np.zeros_like(hole))
    assert (out[:, :SIDE] == level).all()
    assert out[:, SIDE:][middle()].min() >= rgb[:, SIDE:][~middle()].min()


@pytest.mark.parametrize("touching", [False, True])
def test_an_excluded_colour_does_not_flow_in(touching: bool) -> None:
    rgb, hole, excluded = np.full((SIDE, SIDE, 3), 60, np.uint8), middle(), none()
    excluded[12:28, 28 if touching else 30 : 36] = True
    rgb[excluded] = (255, 0, 0)
    rgb[hole] = (255, 0, 0)
    out = smooth(rgb, hole, excluded)
    assert (out[excluded] == (255, 0, 0)).all()
    assert (out[hole] == 60).all()


@pytest.mark.parametrize("at", [np.s_[12:28, 12:28], np.s_[:, 12:28], np.s_[20:], np.s_[10:, :15]])
def test_what_lies_under_the_hole_and_what_is_excluded_is_not_looked_at(at: tuple[slice, slice]) -> None:
    hole, excluded = none(), none()
    hole[at] = True
    excluded[:6] = True
    excluded &= ~hole
    first, second = ramp(), ramp()
    second[hole | excluded] = np.random.default_rng(0).integers(
        0, 256, (np.count_nonzero(hole | excluded), 3)
    )
    assert (smooth(first, hole, excluded)[hole] == smooth(second, hole, excluded)[hole]).all()


def test_four_planes_are_filled_like_three() -> None:
    planes, closed = np.dstack([ramp(), ramp()[..., 0]]), middle()
    planes[closed] = 0
    out = smooth_planes(planes, closed)
    assert out.shape == planes.shape
    assert (out[~closed] == planes[~closed]).all()
    assert np.abs(out[..., :3].astype(int) - smooth(planes[..., :3].copy(), closed, none())).max() <= 5
    assert np.abs(out[..., 3].astype(int) - ramp()[..., 0])[closed].mean() < 12


def test_one_row_is_the_same_every_time() -> None:
    """OpenCV alone reads what lies beyond it in memory."""
    rng = np.random.default_rng(5)
    rgb = rng.integers(0, 256, (1, SIDE, 3)).astype(np.uint8)
    hole = rng.random((1, SIDE)) > 0.8
    seen = set()
    for number in range(20):
        litter = [np.full(size, number, np.float64) for size in (10, 40, 100, 400)]
        out = smooth(rgb, hole, np.zeros_like(hole))
        seen.add(out.tobytes())
        assert (out[~hole] == rgb[~hole]).all()
        del litter
    assert len(seen) == 1
