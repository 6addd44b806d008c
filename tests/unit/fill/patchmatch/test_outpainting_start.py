"""A border grows outwards: what is at a height stays there, what is excluded is never copied."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch import outpainting_start, pyramid
from cleanplate.fill.patchmatch.fill import fill
from cleanplate.fill.patchmatch.outpainting_start import begin_border, nearest
from cleanplate.fill.patchmatch.pyramid import PyramidImage
from cleanplate.pixels.types import Hole, Rgb8

MEADOW = Path(__file__).parents[4] / "examples" / "meadow.jpg"
SKY, SEA = (120, 160, 230), (20, 60, 90)
GROWN = (24, 36)
"""Rows and columns that are added on every side."""


def landscape(height: int = 96, width: int = 128) -> tuple[Rgb8, Hole]:
    """Sky over sea, both with some noise, on a canvas that has a border to make; and that border."""
    rng = np.random.default_rng(0)
    rgb = np.full((height + 2 * GROWN[0], width + 2 * GROWN[1], 3), SKY, np.float64)
    rgb[rgb.shape[0] // 2 :] = SEA
    rgb += rng.normal(0, 4, rgb.shape)
    hole = np.ones(rgb.shape[:2], np.bool_)
    hole[GROWN[0] : -GROWN[0], GROWN[1] : -GROWN[1]] = False
    rgb[hole] = 255
    return rgb.clip(0, 255).astype(np.uint8), hole


def step_of(rgb: Rgb8, hole: Hole, excluded: Hole | None = None) -> PyramidImage:
    return pyramid._full(rgb, hole, np.zeros_like(hole) if excluded is None else excluded)


def filled(rgb: Rgb8, hole: Hole, *, is_outward: bool = True, seed: int = 0) -> Rgb8:
    options = FillOptions(seed=seed, outpainting=is_outward)
    return fill(rgb, hole, np.zeros_like(hole), options, lambda done: None)


def test_each_thing_at_its_height() -> None:
    rgb, hole = landscape()
    made = filled(rgb, hole)
    assert (made[~hole] == rgb[~hole]).all()
    middle = rgb.shape[0] // 2
    for rows, colour in ((slice(0, middle - 3), SKY), (slice(middle + 3, None), SEA)):
        gap = np.abs(made[rows].astype(int) - colour)
        assert gap.max() < 40, "something of the other half"


def photo() -> tuple[Rgb8, Hole]:
    """A meadow before the sky, on a canvas of twice its sides; and what is to be made."""
    bgr = cv2.imread(str(MEADOW))
    assert bgr is not None
    small = cv2.resize(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), (192, 154), interpolation=cv2.INTER_AREA)
    hole = np.pad(np.zeros(small.shape[:2], np.bool_), ((77, 77), (96, 96)), constant_values=True)
    return np.pad(np.asarray(small, np.uint8), ((77, 77), (96, 96), (0, 0))), hole


@pytest.mark.parametrize("is_outward", [True, False])
def test_nothing_is_left_to_chance_at_the_rim(is_outward: bool) -> None:
    """The outermost pixels lie in few patches, and no patch of a coarser size has its centre there."""
    made = filled(*photo(), is_outward=is_outward).astype(int)
    for rim, inner in ((made[0], made[12]), (made[-1], made[-13])):
        assert np.abs(rim.mean(0) - inner.mean(0)).max() < 15


def test_height_has_a_say() -> None:
    rgb, hole = photo()
    step = pyramid.build(rgb, hole, np.zeros_like(hole))[-2]
    start = begin_border(step, np.random.default_rng(0))
    assert start is not None
    rows = np.flatnonzero(~step.hole.all(axis=1))
    wanted = np.clip(np.arange(step.hole.shape[0]), rows[0], rows[-1])[:, None]
    strayed = np.abs(start.y - wanted)[step.hole].mean() / step.hole.shape[0]
    assert strayed < 0.045  # 0.027 here, and 0.082 when height costs nothing


def test_only_a_border_is_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def spy(step: PyramidImage, random: np.random.Generator) -> outpainting_start.BorderStart | None:
        asked.append(step)
        return begin_border(step, random)

    monkeypatch.setattr("cleanplate.fill.patchmatch.fill.begin_border", spy)
    rgb, hole = landscape()
    filled(rgb, hole, is_outward=False)
    assert not asked
    filled(rgb, hole)
    assert len(asked) == 1


def test_the_seed_has_a_say_and_the_same_one_says_the_same() -> None:
    rgb, hole = landscape()
    assert (filled(rgb, hole) == filled(rgb, hole)).all()
    assert (filled(rgb, hole) != filled(rgb, hole, seed=1)).any()


def test_what_was_grown_says_where_it_is_from() -> None:
    rgb, hole = landscape()
    step = step_of(rgb, hole)
    start = begin_border(step, np.random.default_rng(0))
    assert start is not None
    assert (start.planes == step.planes[start.y, start.x]).all()
    assert not hole[start.y, start.x].any()
    assert (start.planes[~hole] == step.planes[~hole]).all()


def test_what_is_excluded_is_not_copied() -> None:
    rgb, hole = landscape()
    excluded = np.zeros_like(hole)
    excluded[40:60, 60:90] = True
    rgb[excluded] = (255, 0, 0)
    start = begin_border(step_of(rgb, hole, excluded), np.random.default_rng(0))
    assert start is not None
    assert not excluded[start.y, start.x][hole].any()
    assert (start.planes[hole][:, :3] != (255, 0, 0)).any(axis=1).all()


def test_few_sources_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb, hole = landscape()
    monkeypatch.setattr(outpainting_start, "MOST_WORK", int(hole.sum()) * 3)
    start = begin_border(step_of(rgb, hole), np.random.default_rng(0))
    assert start is not None
    assert not hole[start.y, start.x].any()


def test_a_picture_without_a_whole_patch_cannot_grow() -> None:
    hole = np.ones((40, 40), np.bool_)
    hole[20:24, 20:30] = False
    step = step_of(np.zeros((40, 40, 3), np.uint8), hole)
    assert begin_border(step, np.random.default_rng(0)) is None


def test_the_nearest_source() -> None:
    rgb, hole = landscape()
    step = step_of(rgb, hole)
    start = begin_border(step, np.random.default_rng(0))
    assert start is not None
    sources = pyramid.sources(step, 8)
    y, x = np.nonzero(hole)
    found_y, found_x = nearest(start, sources, y.astype(np.int32), x.astype(np.int32))
    assert sources[found_y, found_x].all()
    away = cv2.distanceTransform((~sources).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    steps = np.hypot(found_y - start.y[y, x], found_x - start.x[y, x])
    assert (steps <= away[start.y[y, x], start.x[y, x]] + 1).all()


def marked() -> tuple[Rgb8, Hole, Hole]:
    """The landscape with a bright mark in the sky and one at the water's edge; and where they are."""
    rgb, hole = landscape()
    marks = np.zeros_like(hole)
    marks[GROWN[0] + 6 : GROWN[0] + 12, 60:66] = True
    marks[-GROWN[0] - 12 : -GROWN[0] - 4, 100:106] = True
    rgb[marks] = (250, 240, 120)
    return rgb, hole, marks


def copies(rgb: Rgb8, hole: Hole, marks: Hole) -> int:
    start = begin_border(step_of(rgb, hole), np.random.default_rng(0))
    assert start is not None
    return int(np.count_nonzero(marks[start.y, start.x][hole]))


def test_a_mark_appears_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = marked()
    assert copies(*scene) == 0
    monkeypatch.setattr(
        outpainting_start, "self_dissimilarity", lambda planes, *rest: np.zeros(planes.shape[:2], np.float32)
    )
    assert copies(*scene) > 0


def test_no_source_is_copied_all_the_time() -> None:
    rgb, hole = landscape()
    start = begin_border(step_of(rgb, hole), np.random.default_rng(0))
    assert start is not None
    used = np.zeros(hole.shape, np.intp)
    np.add.at(used, (start.y[hole], start.x[hole]), 1)
    assert used.max() < 40  # 248 when a copy costs nothing
