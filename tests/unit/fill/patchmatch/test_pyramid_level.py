from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import inf
from typing import TypeAlias

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.patchmatch import pyramid_level as module
from cleanplate.fill.patchmatch.pyramid import PyramidImage, build, sources
from cleanplate.fill.patchmatch.pyramid_level import PyramidLevel
from cleanplate.pixels.types import Hole
from cleanplate.runtime import threads

Weights: TypeAlias = NDArray[np.uint8]
RADIUS = 3
HEIGHT, WIDTH = 120, 161


def blob(height: int = HEIGHT, width: int = WIDTH) -> Hole:
    hole = np.zeros((height, width), np.bool_)
    hole[40:83, 60:101] = True
    return hole


def step(hole: Hole | None = None, excluded: Hole | None = None, *, seed: int = 0) -> PyramidImage:
    hole = blob() if hole is None else hole
    rgb = np.random.default_rng(seed).integers(0, 256, (*hole.shape, 3)).astype(np.uint8)
    soft = np.asarray(cv2.GaussianBlur(rgb, (5, 5), 2), np.uint8)
    return build(soft, hole, np.zeros_like(hole) if excluded is None else excluded)[0]


def level(of: PyramidImage | None = None, *, seed: int = 0) -> PyramidLevel:
    made = PyramidLevel(of or step(), RADIUS, np.random.default_rng(seed))
    made.scatter()
    return made


def valid(made: PyramidLevel) -> bool:
    return bool(made.scene.sources[made.field.y, made.field.x].all())


def weights(of: PyramidImage) -> Weights:
    """(H, W), the first plane's, 0 outside the window."""
    made = PyramidLevel(of, RADIUS, np.random.default_rng(0))
    full = np.zeros(of.hole.shape, np.uint8)
    full[made.window.slices] = made.scene.weight[..., 0]
    return full


@pytest.mark.parametrize("at", [np.s_[40:83, 60:101], np.s_[:20, 30:60], np.s_[100:, 140:], np.s_[5:9, :3]])
def test_targets_are_the_patches_over_the_hole(at: tuple[slice, slice]) -> None:
    hole = np.zeros((HEIGHT, WIDTH), np.bool_)
    hole[at] = True
    scene = PyramidLevel(step(hole), RADIUS, np.random.default_rng(0)).scene
    wanted = {
        (y, x)
        for y in range(RADIUS, HEIGHT - RADIUS)
        for x in range(RADIUS, WIDTH - RADIUS)
        if hole[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1].any()
    }
    found = list(zip(scene.y.tolist(), scene.x.tolist(), strict=True))
    assert set(found) == wanted
    assert found == sorted(found), "votes look rows up by bisection"
    assert (scene.order[scene.y - scene.top, scene.x - scene.left] == np.arange(len(found))).all()
    assert np.count_nonzero(scene.order >= 0) == len(found)


def test_what_is_excluded_counts_nothing_and_is_no_source() -> None:
    excluded = np.zeros((HEIGHT, WIDTH), np.bool_)
    excluded[40:83, 101:110] = True
    found = weights(step(excluded=excluded))
    assert (found[excluded & (np.arange(WIDTH) < 104)] == 0).all()
    assert found[60, 58] > 0
    made = level(step(excluded=excluded))
    made.search(6, 200, 1)
    for y, x in zip(made.field.y, made.field.x, strict=True):
        assert not excluded[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1].any()


def test_known_pixels_count_most_and_deep_ones_least_but_something() -> None:
    found = weights(step())
    row = found[61, 58:81].astype(int)
    assert row[0] == row[1] == found.max()
    assert (np.diff(row) <= 0).all()
    assert row[0] > row[2] > row[4]
    assert row[-1] >= 1


def test_scattered_sources_are_allowed_measured_and_not_all_the_same() -> None:
    made = level()
    assert valid(made)
    assert len(set(zip(made.field.y.tolist(), made.field.x.tolist(), strict=True))) > made.targets / 4
    cost = made.field.cost.copy()
    made.measure()
    assert (made.field.cost == cost).all()
    assert (cost > 0).any()


def test_searching_pays() -> None:
    made = level()
    made.vote(0.5)
    made.measure()
    before = made.field.cost.mean()
    made.search(4, 200, 1)
    assert valid(made)
    assert made.field.cost.mean() < 0.7 * before
    cost = made.field.cost.copy()
    made.measure()
    assert (made.field.cost == cost).all()


def searched(cores: int, monkeypatch: pytest.MonkeyPatch, *, fewest: int = 200) -> PyramidLevel:
    with ThreadPoolExecutor(cores) as pool, monkeypatch.context() as patched:
        patched.setattr(threads, "_pool", lambda: pool)
        patched.setattr(module, "FEWEST_TARGETS", fewest)
        made = level()
        for number in range(4):
            made.search(2, 200, number)
            made.vote(0.5)
            made.measure()
    return made


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one, four = searched(1, monkeypatch), searched(4, monkeypatch)
    for first, second in zip(one.field, four.field, strict=True):
        assert (first == second).all()
    assert (one.planes == four.planes).all()


def test_one_part_is_as_good_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = searched(2, monkeypatch, fewest=10**9), searched(2, monkeypatch, fewest=200)
    assert valid(whole)
    assert valid(parts)
    assert 0.8 < parts.field.cost.mean() / whole.field.cost.mean() < 1.25


def test_a_vote_colours_the_hole_alone() -> None:
    of = step()
    made = level(of)
    made.vote(0.5)
    assert (made.planes[~of.hole] == of.planes[~of.hole]).all()
    assert (made.planes[of.hole] > 0).any(axis=1).all()
    assert (of.planes[of.hole] == 0).all(), "the picture itself was written to"


def test_a_vote_elsewhere_leaves_the_level_as_it_is() -> None:
    made = level()
    before, out = made.planes.copy(), made.planes.copy()
    wanted = np.zeros_like(made.hole)
    wanted[1:3] = True
    made.vote(0.5, wanted, out)
    assert (made.planes == before).all()
    changed = np.zeros((HEIGHT, WIDTH), np.bool_)
    changed[made.window.slices] = wanted
    assert (out[~changed] == before[~changed]).all()


def test_the_higher_the_power_the_more_good_sources_say() -> None:
    of = step()
    made = level(of)
    good = np.arange(made.targets) % 2 == 0
    white, black = (20, 20), (20, 140)
    made.planes[10:30, 10:30], made.planes[10:30, 130:150] = 255, 0
    made.field.y[:], made.field.x[:] = 20, np.where(good, white[1], black[1])
    made.field.cost[:] = np.where(good, 0, 10**7)
    means = []
    for power in (0.0, 0.5, 2.0):
        made.vote(power)
        means.append(made.planes[of.hole].mean())
    assert abs(means[0] - 127) < 8
    assert means[0] + 5 < means[1] < means[2]
    assert means[2] > 240


@pytest.mark.parametrize("seed", [0, 1])
def test_sources_are_carried_to_the_same_place_at_twice_the_size(seed: int) -> None:
    rgb = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    excluded = np.zeros((HEIGHT, WIDTH), np.bool_)
    excluded[10:14, 20:24] = True
    fine_step, coarse_step = build(rgb, blob(), excluded)[:2]
    coarse = level(coarse_step, seed=seed)
    fine = PyramidLevel(fine_step, RADIUS, np.random.default_rng(seed))
    fine.carry(coarse)
    assert valid(fine)
    offsets = {
        (y, x): (from_y - y, from_x - x)
        for y, x, from_y, from_x in zip(
            *(part.tolist() for part in (coarse.scene.y, coarse.scene.x, coarse.field.y, coarse.field.x)),
            strict=True,
        )
    }
    kept = 0
    for y, x, from_y, from_x in zip(
        *(part.tolist() for part in (fine.scene.y, fine.scene.x, fine.field.y, fine.field.x)), strict=True
    ):
        down, right = offsets.get((y // 2, x // 2), (10**6, 0))
        wanted = y + 2 * down, x + 2 * right
        if 0 <= wanted[0] < HEIGHT and 0 <= wanted[1] < WIDTH and fine.scene.sources[wanted]:
            assert (from_y, from_x) == wanted
            kept += 1
    assert kept > 0.8 * fine.targets
    fine.vote(0)
    assert (fine.planes[fine_step.hole] > 0).any(axis=1).all(), "the fill has no colours yet"


def test_carried_sources_that_are_closed_or_outside_at_the_finer_size_are_drawn_anew() -> None:
    fine_step = step()
    excluded = fine_step.excluded.copy()
    excluded[:, 10] = True  # too thin to be seen at half the size
    coarse = level(build(np.ascontiguousarray(fine_step.planes[..., :3]), fine_step.hole, excluded)[1])
    assert not coarse.scene.sources.all()
    quarter = coarse.targets // 4
    coarse.field.x[:quarter] = 5
    coarse.field.y[quarter : 2 * quarter] = HEIGHT // 2 - 1
    fine = PyramidLevel(replace(fine_step, excluded=excluded), RADIUS, np.random.default_rng(0))
    fine.carry(coarse)
    assert valid(fine)
    assert len(np.unique(fine.field.x)) > WIDTH / 4


def test_sources_are_those_of_the_pyramid() -> None:
    of = step()
    assert (level(of).scene.sources == sources(of, RADIUS)).all()


def halves() -> tuple[PyramidImage, PyramidImage]:
    rgb = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    full, half = build(rgb, blob(), np.zeros_like(blob()))[:2]
    return full, half


def carried(largest: float = inf) -> PyramidLevel:
    full, half = halves()
    made = PyramidLevel(full, RADIUS, np.random.default_rng(1), largest=largest)
    made.scene.sources[::2, ::3] = False  # so that some find nothing and draw by lot
    made.carry(level(half))
    return made


def test_a_level_that_stays_carries_and_votes_like_any_other() -> None:
    usual, stays = carried(), carried(largest=10)
    assert (usual.stays, stays.stays) == (False, True)
    assert stays.scene.weight.size == 0
    assert (usual.field.y == stays.field.y).all()
    assert (usual.field.x == stays.field.x).all()
    voted = []
    for made in (usual, stays):
        planes = made.planes.copy()
        made.vote(3.0, None, planes)
        voted.append(planes)
    assert (voted[0] == voted[1]).all()
    assert valid(stays)


def test_work_in_parts_is_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = carried()
    monkeypatch.setattr(module, "AT_ONCE", 100)
    made = carried()
    assert made.targets > 1000
    assert (made.field.y == wanted.field.y).all()
    assert (made.field.x == wanted.field.x).all()
    made.measure()
    parts = made._shares(2.0)
    monkeypatch.undo()
    assert (parts == made._shares(2.0)).all()
