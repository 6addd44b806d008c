"""How large `expand` makes a picture, where the old one lies, and what turning it does."""

from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.runtimes import here

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.expand import EDIT
from cleanplate.edits.parts.larger_canvas import ExpandParameters, enlarge, result_size
from cleanplate.errors import BadParameter, PictureSize
from cleanplate.pixels.types import Native, Origin, Pixels

HEIGHT, WIDTH = 60, 80


def picture(**fields: Any) -> Pixels:
    rgb = np.random.default_rng(0).integers(60, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    return Pixels(rgb, **fields)


def run(pixels: Pixels, **values: Any) -> Edited:
    return EDIT.run(EditRequest(pixels, EDIT.parse(values), runtime=here()))


@pytest.mark.parametrize(
    ("asked", "size", "left", "top"),
    [
        ({"add_px": [10, 4, 6, 0]}, (96, 64), 10, 4),
        ({"size": [100, 90]}, (100, 90), 10, 15),
        ({"size": [100, 90], "shift": [10, -15]}, (100, 90), 20, 0),
        ({"size": [80, 60]}, (80, 60), 0, 0),
        ({"ratio": [1, 1]}, (80, 80), 0, 10),
        ({"ratio": [16, 9]}, (107, 60), 13, 0),
        ({"ratio": [4, 3]}, (80, 60), 0, 0),
        ({"frame": [-10, -4, 96, 64]}, (96, 64), 10, 4),
        ({"frame": [70, 20, 30, 10]}, (100, 60), 0, 0),  # what lies outside of it is not cut off
    ],
)
def test_ways_to_say_how_large(asked: dict[str, Any], size: tuple[int, int], left: int, top: int) -> None:
    before = picture()
    after = run(before, **asked).pixels
    assert (after.width, after.height) == size
    assert result_size(ExpandParameters(**asked), WIDTH, HEIGHT) == size
    assert (after.rgb[top : top + HEIGHT, left : left + WIDTH] == before.rgb).all()


@pytest.mark.parametrize(
    "asked",
    [
        {"add_px": [1, 1, 1, 1], "left": 1.5},
        {"size": [90, 90], "ratio": [1, 1]},
        {"shift": [1, 0]},
        {"add_px": [-1, 0, 0, 0]},
        {"ratio": [0, 1]},
        {"angle": 360},
        {"angle": 1.5},
        {"size": [0, 90]},
    ],
)
def test_what_says_two_things_or_nothing_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(BadParameter):
        EDIT.parse(asked)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"size": [79, 90]}, "the picture has 80x60 px"),
        ({"size": [100, 90], "shift": [11, 0]}, "shift: part of the picture"),
        ({"size": [100, 90], "shift": [0, -16]}, "shift: part of the picture"),
        ({"size": [70, 90], "angle": 90}, ""),
    ],
)
def test_a_picture_that_has_no_room(asked: dict[str, Any], word: str) -> None:
    if not word:
        assert run(picture(), **asked).pixels.width == 70
        return
    with pytest.raises(BadParameter, match=word):
        run(picture(), **asked)


def test_too_large() -> None:
    with pytest.raises(PictureSize):
        enlarge(picture(), ExpandParameters(size=(20_000, 20_000)))
    long = Pixels(np.zeros((1, 40_000, 3), np.uint8))
    with pytest.raises(PictureSize, match="cannot be turned"):
        enlarge(long, ExpandParameters(angle=1))


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_right_angle_keeps_every_value(angle: int) -> None:
    deep = np.random.default_rng(1).integers(0, 65535, (HEIGHT, WIDTH)).astype(np.uint16)
    before = picture(
        alpha=np.full((HEIGHT, WIDTH), 300, np.uint16), native=Native(deep, "grey"), origin=Origin(jpeg=b"x")
    )
    done = run(before, angle=angle)
    expected = np.asarray(Image.fromarray(before.rgb).rotate(angle, expand=True))  # against the clock, too
    np.testing.assert_array_equal(done.pixels.rgb, expected)
    assert done.pixels.native is not None
    np.testing.assert_array_equal(done.pixels.native.samples, np.rot90(deep, angle // 90))
    assert done.pixels.alpha is not None
    assert done.pixels.origin.jpeg is None
    assert "warnings" not in done.recipe


def test_another_angle_turns_against_the_clock_and_makes_the_corners() -> None:
    rgb = np.full((HEIGHT, WIDTH, 3), (60, 120, 60), np.uint8)
    rgb[28:32, 60:80] = (220, 30, 30)  # a bar at three o'clock
    after = run(Pixels(rgb), angle=45).pixels
    assert (after.width, after.height) == (99, 99)
    red = (after.rgb[..., 0] > 150) & (after.rgb[..., 1] < 80)
    rows, columns = np.nonzero(red)
    assert rows.mean() < 35  # up
    assert columns.mean() > 65  # and right
    corner = after.rgb[:10, :10].reshape(-1, 3)
    assert np.abs(corner.astype(int) - (60, 120, 60)).max() < 12


def test_turned_then_grown() -> None:
    asked = {"angle": 30, "left": 1.5, "right": 1.5, "top": 1.5, "bottom": 1.5}
    after = run(picture(), **asked).pixels
    width, height = result_size(ExpandParameters(**asked), WIDTH, HEIGHT)
    assert (after.width, after.height) == (width, height)
    assert abs(width - 2 * 99) <= 2
    assert abs(height - 2 * 92) <= 2


def test_what_is_not_the_turned_picture_is_the_hole() -> None:
    canvas = enlarge(picture(), ExpandParameters(angle=30, add_px=(5, 5, 5, 5)))
    kept = ~canvas.hole
    assert abs(np.count_nonzero(kept) - WIDTH * HEIGHT) < 0.02 * WIDTH * HEIGHT
    assert not kept[:5].any()
    assert kept[kept.shape[0] // 2, kept.shape[1] // 2]


@pytest.mark.parametrize(("edge", "outside"), [(0, 0), (255, 255)])
def test_opacity_of_a_turned_picture(edge: int, outside: int) -> None:
    alpha = np.full((HEIGHT, WIDTH), edge, np.uint8)
    alpha[10:-10, 10:-10] = 255
    after = run(picture(alpha=alpha), angle=20, add_px=[3, 3, 3, 3]).pixels
    assert after.alpha is not None
    assert (after.alpha[0] == outside).all()
    assert (after.alpha[5, 5], after.alpha[after.height // 2, after.width // 2]) == (outside, 255)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ([0, 0, 80, 60], "frame: it lies within"),
        ([20, 20, 10, 10], "frame: it lies within"),
        ([80, 0, 10, 10], "frame: it does not touch"),
        ([-10, 0, 10, 60], "frame: it does not touch"),
    ],
)
def test_a_frame_that_adds_nothing(frame: list[int], told: str) -> None:
    with pytest.raises(BadParameter, match=told):
        run(picture(), frame=frame)


def test_a_frame_is_of_the_turned_picture() -> None:
    done = run(picture(), frame=[0, 0, 60, 90], angle=90)
    assert (done.pixels.width, done.pixels.height) == (60, 90)


def test_a_frame_beside_another_way() -> None:
    with pytest.raises(BadParameter, match="only one can say"):
        EDIT.parse({"frame": [0, 0, 90, 90], "size": [90, 90]})
