"""Made scenes are pictures: the same for one seed, of all sizes, natural in what can be counted."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.pixels.types import Box, Rgb8
from training import scenes
from training.scenes_canvas import Canvas, box_of, coverage, paint, plain
from training.scenes_perspective import Camera, Surface, rectangle

NAMES = [name for name, _, _ in scenes.KINDS]
SIDE = 96


def textures(count: int = 6) -> Sequence[Rgb8]:
    """Crops as of photographs: smooth forms of a few colours, of sizes that differ."""
    rng = np.random.default_rng(5)
    made = []
    for number in range(count):
        coarse = rng.integers(0, 256, (7, 5 + number, 3), np.uint8)
        made.append(
            np.asarray(cv2.resize(coarse, (40 + 31 * number, 64), interpolation=cv2.INTER_CUBIC), np.uint8)
        )
    return made


@pytest.mark.parametrize("kind", range(len(NAMES)), ids=NAMES)
def test_each_kind_is_a_picture_that_its_seed_repeats(kind: int) -> None:
    for seed in range(6):
        first = scenes.scene_of(kind, np.random.default_rng(seed), textures(), SIDE)
        again = scenes.scene_of(kind, np.random.default_rng(seed), textures(), SIDE)
        other = scenes.scene_of(kind, np.random.default_rng(seed + 100), textures(), SIDE)
        assert first.shape == (SIDE, SIDE, 3)
        assert first.dtype == np.uint8
        assert (first == again).all()
        assert (first != other).mean() > 0.3


@pytest.mark.parametrize("kind", range(len(NAMES)), ids=NAMES)
def test_most_of_a_kind_have_contrast_and_edges(kind: int) -> None:
    rng = np.random.default_rng(1)
    made = [scenes.scene_of(kind, rng, textures(), SIDE).astype(np.float32).mean(axis=2) for _ in range(12)]
    assert np.median([it.std() for it in made]) > 8
    assert np.median([np.abs(np.diff(it, axis=1)).mean() for it in made]) > 0.5
    assert 25 < np.mean([it.mean() for it in made]) < 230


def test_one_texture_as_small_as_can_be_is_enough() -> None:
    rng, tiny = np.random.default_rng(3), [np.full((1, 2, 3), 90, np.uint8)]
    for kind in range(len(NAMES)):
        assert scenes.scene_of(kind, rng, tiny, 32).shape == (32, 32, 3)


@pytest.mark.parametrize("side", [scenes.SMALLEST_PX, 61, 256])
def test_any_side(side: int) -> None:
    assert scenes.scene(np.random.default_rng(side), textures(), side).shape == (side, side, 3)


def test_the_textures_stay_as_they_are() -> None:
    given = textures()
    before = [it.copy() for it in given]
    for seed in range(10):
        scenes.scene(np.random.default_rng(seed), given, SIDE)
    assert all((a == b).all() for a, b in zip(given, before, strict=True))


def test_kinds_come_by_their_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    noted = tuple((name, weight, lambda _, name=name: seen.append(name)) for name, weight, _ in scenes.KINDS)
    monkeypatch.setattr(scenes, "KINDS", noted)
    rng = np.random.default_rng(0)
    for _ in range(600):
        scenes.scene(rng, textures(2), 16)
    total = sum(weight for _, weight, _ in scenes.KINDS)
    for name, weight, _ in scenes.KINDS:
        assert seen.count(name) / 600 == pytest.approx(weight / total, abs=0.06)


def test_no_textures_and_no_size_are_errors() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="textures"):
        scenes.scene(rng, [], 64)
    with pytest.raises(ValueError, match="8 px"):
        scenes.scene(rng, textures(), 8)


def canvas(side: int = 64) -> Canvas:
    made = Canvas(np.random.default_rng(0), textures(), side)
    made.rgb[:] = 0
    return made


def test_a_shape_is_painted_where_it_lies_and_nowhere_else() -> None:
    made = canvas()
    square = np.array([(9.5, 19.5), (29.5, 19.5), (29.5, 39.5), (9.5, 39.5)])
    paint(made, square, plain(np.array([200, 100, 50], np.float32)))
    assert made.rgb[30, 20] == pytest.approx([200, 100, 50], abs=1)
    assert made.rgb[:19].max() == made.rgb[:, 31:].max() == made.rgb[41:].max() == made.rgb[:, :9].max() == 0


def test_a_shape_beyond_the_border_is_nothing() -> None:
    assert box_of(np.array([(-50.0, 5.0), (-20.0, 5.0), (-20.0, 9.0)]), 64, 2) is None
    made = canvas()
    paint(made, np.array([(100.0, 5.0), (120.0, 5.0), (120.0, 9.0)]), plain(np.full(3, 200, np.float32)))
    assert made.rgb.max() == 0


def test_an_edge_moves_by_less_than_a_pixel() -> None:
    covers = []
    for right in (4.0, 4.25, 4.5, 4.75):
        left_part = np.array([(-0.5, -0.5), (right, -0.5), (right, 9.5), (-0.5, 9.5)])
        covers.append(coverage(left_part, Box(0, 0, 10, 10), 0)[5])
    assert all(it[2] == 1 and it[8] == 0 for it in covers)
    totals = [float(it.sum()) for it in covers]
    assert all(0.1 < after - before < 0.4 for before, after in pairwise(totals))


def chequers() -> Surface:
    """1 m of black, 1 m of white, along both sides."""
    tile: NDArray[np.uint8] = np.zeros((16, 16, 3), np.uint8)
    tile[:8, 8:] = tile[8:, :8] = 255
    return Surface(tile, 8)


def test_a_wall_at_twice_the_distance_is_half_as_large() -> None:
    camera = Camera(64, (32, 32), 0)
    high = []
    for away in (4, 8):
        made = canvas()
        white = Surface(np.full((8, 8, 3), 255, np.uint8), 4)
        rectangle(made, camera, (-1, -1, away), ((2, 0, 0), (0, 2, 0)), white)
        high.append(float(made.rgb[:, 32, 0].sum()) / 255)
    assert high[0] == pytest.approx(2 * high[1], rel=0.15)
    assert high[0] == pytest.approx(64 * 2 / 4, rel=0.1)


def test_lines_of_a_pattern_fall_where_the_camera_says() -> None:
    made, camera = canvas(128), Camera(100, (64, 40), 1.5, 0.3)
    rectangle(made, camera, (-2, 0, 2), ((4, 0, 0), (0, 0, 4)), chequers())
    for column, row in ((0, 0), (1, 0), (2, 1), (3, 1), (2, 0)):
        x, y = camera.pixel((-2 + column + 0.5, 0, 2 + row + 0.5))
        if 2 < x < 125 and 2 < y < 125:
            expected = 255 * ((column + row) % 2)
            assert made.rgb[round(y), round(x), 0] == pytest.approx(expected, abs=60), (column, row)


def test_what_lies_behind_the_camera_is_not_painted() -> None:
    made = canvas()
    rectangle(made, Camera(64, (32, 32), 1), (-1, 0, -5), ((2, 0, 0), (0, 0, 3)), chequers())
    assert made.rgb.max() == 0
    rectangle(made, Camera(64, (32, 32), 1), (-1, 0, -5), ((2, 0, 0), (0, 0, 30)), chequers())
    assert made.rgb[:31].max() == 0
    assert made.rgb[40:].max() > 200
