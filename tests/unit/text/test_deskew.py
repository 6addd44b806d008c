"""A picture turned until writing lies level, and the way back."""

import numpy as np
import pytest
from tests.unit.text.lettering import ground

from cleanplate.pixels.types import Box
from cleanplate.text.deskew import deskew
from cleanplate.text.rotated_box import RotatedBox
from cleanplate.text.watermark import Mark

WIDTH, HEIGHT = 300, 200
ANGLES = [-35.0, 20.0, 45.0]


def drawn(place: RotatedBox) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return place.inside(Box(0, 0, WIDTH, HEIGHT))


@pytest.mark.parametrize("angle", ANGLES)
def test_what_was_tilted_is_level(angle: float) -> None:
    place = RotatedBox(140, 90, 100, 24, angle)
    level = deskew(ground(HEIGHT, WIDTH), drawn(place), angle)
    rows, columns = np.nonzero(level.ink)
    assert abs(np.ptp(rows) - 24) <= 3
    assert abs(np.ptp(columns) - 100) <= 3
    corners = level.points_here(place.corners())
    assert np.ptp(corners[:, 1]) == pytest.approx(24, abs=0.1)
    assert corners.mean(axis=0) == pytest.approx([columns.mean(), rows.mean()], abs=1)


@pytest.mark.parametrize("angle", [*ANGLES, 0.0])
def test_a_mark_comes_back_to_where_it_was(angle: float) -> None:
    flags = drawn(RotatedBox(140, 90, 100, 24, angle))
    level = deskew(ground(HEIGHT, WIDTH), flags, angle)
    rows, columns = np.nonzero(level.ink)
    box = Box(int(columns.min()) - 5, int(rows.min()) - 5, int(columns.max()) + 6, int(rows.max()) + 6)
    mark = Mark(
        level.ink[box.slices].astype(np.float32), np.full((box.height, box.width, 3), 200, np.float32)
    )
    found, part = level.mark_in_picture(mark, box)
    assert found.alpha.shape == (part.height, part.width)
    mark_in_picture = np.zeros((HEIGHT, WIDTH), np.float32)
    mark_in_picture[part.slices] = found.alpha
    assert np.abs(mark_in_picture - flags)[flags].mean() < 0.1
    assert np.abs(mark_in_picture - flags)[~flags].mean() < 0.01
    assert (found.colour == 200).all()


def test_what_lies_beyond_the_picture() -> None:
    level = deskew(ground(HEIGHT, WIDTH), np.zeros((HEIGHT, WIDTH), np.bool_), 30)
    assert level.holds(
        Box(level.size[0] // 2 - 30, level.size[1] // 2 - 30, level.size[0] // 2, level.size[1] // 2)
    )
    assert not level.holds(Box(0, 0, 30, 30))
    assert not level.holds(Box(-5, level.size[1] // 2, 30, level.size[1] // 2 + 10))
    mark = Mark(np.ones((30, 30), np.float32), np.ones((30, 30, 3), np.float32))
    assert level.mark_in_picture(mark, Box(0, 0, 30, 30))[0].alpha.size == 0


def test_what_is_level_is_not_touched() -> None:
    rgb, ink = ground(HEIGHT, WIDTH), np.zeros((HEIGHT, WIDTH), np.bool_)
    level = deskew(rgb, ink, 1.5)
    assert level.rgb is rgb
    assert level.ink is ink
    assert level.seen.all()
    assert level.size == (WIDTH, HEIGHT)
