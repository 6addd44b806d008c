from itertools import pairwise

import numpy as np
import pytest

from cleanplate.fill.patchmatch.pyramid import FEWEST_SOURCES, RADIUS_PX, Planes, PyramidImage, build, sources
from cleanplate.pixels.types import Hole, Rgb8


def none(height: int, width: int) -> Hole:
    return np.zeros((height, width), np.bool_)


def ellipse(height: int, width: int) -> Hole:
    """About a tenth of the picture."""
    y, x = np.mgrid[:height, :width]
    return np.asarray(((y / height - 0.5) ** 2 + (x / width - 0.45) ** 2) < 0.035)


def greenish(height: int, width: int) -> Rgb8:
    rgb = np.random.default_rng(0).integers(60, 200, (height, width, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    return rgb


def flat(height: int, width: int, hole: Hole, excluded: Hole) -> PyramidImage:
    """A picture of colours (20, 100, 200) with red where nothing may be seen."""
    rgb = np.full((height, width, 3), (20, 100, 200), np.uint8)
    rgb[hole | excluded] = (255, 0, 0)
    return build(rgb, hole, excluded)[-1]


@pytest.mark.parametrize(("height", "width"), [(256, 256), (257, 301), (199, 333), (97, 1001)])
def test_every_size_is_half_the_one_before_rounded_up(height: int, width: int) -> None:
    steps = build(greenish(height, width), ellipse(height, width), none(height, width))
    assert len(steps) > 2
    for fine, coarse in pairwise(steps):
        assert coarse.hole.shape == tuple((side + 1) // 2 for side in fine.hole.shape)
    for step in steps:
        assert step.planes.shape == (*step.hole.shape, 4)
        assert step.hole.any()
        assert not (step.hole & step.excluded).any()
        assert (step.planes[step.hole | step.excluded] == 0).all()


def test_the_full_size_is_the_picture() -> None:
    rgb, hole, excluded = greenish(61, 83), ellipse(61, 83), none(61, 83)
    excluded[:, -4:] = True
    full = build(rgb, hole, excluded)[0]
    open_ = ~(hole | excluded)
    assert (full.planes[open_][:, :3] == rgb[open_]).all()
    assert (full.hole == hole).all()
    assert (full.excluded == excluded).all()


@pytest.mark.parametrize(("height", "width"), [(256, 256), (257, 301), (199, 333)])
def test_no_closed_colour_is_mixed_in_at_any_size(height: int, width: int) -> None:
    hole = ellipse(height, width)
    excluded = none(height, width)
    excluded[10:37, 5:28] = True
    excluded &= ~hole
    rgb = greenish(height, width)
    rgb[hole | excluded] = (255, 0, 0)
    for step in build(rgb, hole, excluded):
        seen = step.planes[~(step.hole | step.excluded)]
        assert seen[:, 0].min() >= 18
        assert seen[:, 0].max() <= 22
        assert seen[:, 1:3].min() >= 58, "black of closed pixels is mixed in"


def test_even_pixels_are_means_of_four() -> None:
    rgb, hole = greenish(128, 160), none(128, 160)
    hole[50:70, 80:100] = True
    steps = build(rgb, hole, none(128, 160))
    mean = rgb.astype(float).reshape(64, 2, 80, 2, 3).mean((1, 3))
    away = none(64, 80)
    away[:, :30] = True
    assert np.abs(steps[1].planes[away][:, :3] - mean[away]).max() <= 1


def test_the_last_row_and_column_of_an_odd_picture_keep_their_colours() -> None:
    hole = none(127, 161)
    hole[50:72, 80:102] = True
    last = flat(127, 161, hole, none(127, 161))
    edge = np.concatenate([last.planes[-1, :, :3], last.planes[:, -1, :3]]).astype(int)
    assert np.abs(edge - (20, 100, 200)).max() <= 1


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_hole_at_the_border_stays_there(turns: int) -> None:
    hole = none(141, 171)
    hole[:90, 60:110] = True
    hole = np.ascontiguousarray(np.rot90(hole, turns))
    steps = build(greenish(*hole.shape), hole, np.zeros_like(hole))
    assert len(steps) > 1
    for step in steps:
        assert np.rot90(step.hole, -turns)[0].any()
        assert not step.excluded.any()


def test_shrinking_ends_where_every_patch_sees_known_pixels() -> None:
    hole = none(1200, 1300)
    hole[400:600, 400:600] = True
    last = build(greenish(1200, 1300), hole, none(1200, 1300))[-1]
    rows = np.flatnonzero(last.hole.any(1))
    assert rows[-1] - rows[0] < 2 * (2 * RADIUS_PX + 1)


def test_shrinking_ends_while_there_is_something_to_copy() -> None:
    hole = ~none(400, 400)
    hole[:, :60] = False
    for step in build(greenish(400, 400), hole, none(400, 400)):
        assert np.count_nonzero(sources(step, RADIUS_PX)) >= FEWEST_SOURCES


def test_an_excluded_speck_does_not_grow() -> None:
    hole, excluded = ellipse(256, 256), none(256, 256)
    excluded[20, 20] = True
    steps = build(greenish(256, 256), hole, excluded)
    assert len(steps) > 1
    assert not any(step.excluded.any() for step in steps[1:])


def test_an_excluded_object_stays_excluded_and_is_not_made() -> None:
    hole, excluded = ellipse(256, 256), none(256, 256)
    excluded[200:240, 16:48] = True
    for number, step in enumerate(build(greenish(256, 256), hole, excluded)):
        scale = 2**number
        inner = np.s_[200 // scale : 240 // scale, 16 // scale : 48 // scale]
        assert step.excluded[inner].all()
        assert np.count_nonzero(step.excluded) * scale**2 == 40 * 32


@pytest.mark.parametrize("radius", [1, 2, 4])
def test_sources_are_whole_open_patches(radius: int) -> None:
    hole, excluded = none(31, 43), none(31, 43)
    hole[10:14, 20:27], excluded[25, 5] = True, True
    found = sources(PyramidImage(np.zeros((31, 43, 4), np.uint8), hole, excluded), radius)
    closed = np.pad(hole | excluded, radius, constant_values=True)
    side = 2 * radius + 1
    for y in range(31):
        for x in range(43):
            assert found[y, x] == (not closed[y : y + side, x : x + side].any())


def texture(rgb: Rgb8, hole: Hole) -> Planes:
    return build(rgb, hole, np.zeros_like(hole))[0].planes[..., 3]


def test_texture_tells_smooth_from_rough() -> None:
    rgb = np.full((80, 120, 3), 100, np.uint8)
    rgb[:, 60:] = np.random.default_rng(0).integers(0, 256, (80, 60, 1))
    hole = none(80, 120)
    hole[30:50, 20:40] = True
    rgb[hole] = np.random.default_rng(1).integers(0, 256, (400, 3))
    found = texture(rgb, hole)
    assert found[:, 8:50].max() == 0
    assert found[:, :8].max() == 0, "the left edge sees the right one"
    assert found[:, 70:110].min() > 60


@pytest.mark.parametrize("at", [np.s_[30:50, 20:40], np.s_[:, 100:], np.s_[60:], np.s_[:9, :9]])
def test_texture_does_not_come_from_under_the_hole(at: tuple[slice, slice]) -> None:
    hole = none(80, 120)
    hole[at] = True
    first, second = greenish(80, 120), greenish(80, 120)
    second[hole] = 255
    assert (texture(first, hole) == texture(second, hole)).all()
