"""Rectangles instead of a mask, or besides one."""

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.edits.base import EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadParameter
from cleanplate.pixels.types import Mask, Pixels, Rgb8

ERASE = edits(here())["erase"]
RED = (250, 10, 10)


def scene() -> Rgb8:
    """Noise in green and blue with two red squares on it."""
    rgb = np.random.default_rng(0).integers(40, 160, (80, 120, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    rgb[20:30, 20:30] = rgb[20:30, 80:90] = RED
    return rgb


def erased(boxes: list[list[int]], mask: Mask | None = None) -> Rgb8:
    parameters = ERASE.parse({"boxes": boxes, "dilate_px": 0})
    done = ERASE.run(
        EditRequest(pixels=Pixels(rgb=scene()), mask=mask, parameters=parameters, runtime=here())
    )
    assert done.recipe["changed_outside_mask"] == 0
    return done.pixels.rgb


def reds(rgb: Rgb8) -> list[bool]:
    """Whether each square is still there."""
    return [bool((rgb[25, x] == RED).all()) for x in (25, 85)]


def test_boxes_are_half_open_and_need_no_mask() -> None:
    made = erased([[20, 20, 30, 30]])
    assert reds(made) == [False, True]
    assert (made[:, 60:] == scene()[:, 60:]).all()


def test_boxes_and_a_mask_add_up() -> None:
    flags = np.zeros((80, 120), np.bool_)
    flags[20:30, 80:90] = True
    assert reds(erased([[20, 20, 30, 30]], Mask(flags))) == [False, False]
    assert flags.sum() == 100


def test_what_lies_outside_is_cut_off() -> None:
    assert reds(erased([[-500, -500, 31, 31], [200, 0, 300, 9]])) == [False, True]


@pytest.mark.parametrize("box", [[120, 0, 130, 9], [0, -9, 9, 0]])
def test_boxes_that_touch_nothing(box: list[int]) -> None:
    with pytest.raises(BadParameter, match="boxes: none of them touches the picture of 120x80 px"):
        erased([box])
    with pytest.raises(BadParameter, match="boxes: none of them touches"):
        erased([box], Mask(np.ones((80, 120), np.bool_)))


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ([9, 9, 9, 20], "right 9 must be beyond left 9"),
        ([9, 20, 19, 9], "bottom 9 must be beyond top 20"),
        ([30, 30, 20, 20], "right 20 must be beyond left 30, bottom 20 must be beyond top 30"),
    ],
)
@pytest.mark.parametrize("name", ["erase", "remove_text"])
def test_boxes_without_anything_between_their_edges(name: str, box: list[int], said: str) -> None:
    with pytest.raises(BadParameter, match=f"^boxes.1: {said}$"):
        edits(here())[name].parse({"boxes": [[0, 0, 9, 9], box]})


def test_neither_boxes_nor_mask() -> None:
    with pytest.raises(BadParameter, match="mask"):
        erased([])


def test_too_many() -> None:
    with pytest.raises(BadParameter, match="boxes"):
        erased([[0, 0, 1, 1]] * 1001)
