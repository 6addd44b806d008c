"""Masks that grow, shrink and are turned round."""

from typing import Any

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.edits.adjust_mask import EDIT
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.errors import BadParameter
from cleanplate.pixels.types import Pixels

BOX = (slice(20, 40), slice(30, 60))


def drawn(level: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    rgb = np.zeros((60, 80, 3), np.uint8)
    rgb[BOX] = level
    return Pixels(rgb)


def run(pixels: Pixels, **values: Any) -> Edited:
    return EDIT.run(EditRequest(pixels, EDIT.parse(values), runtime=here()))


def painted(done: Edited) -> Any:
    assert set(np.unique(done.pixels.rgb)) <= {0, 255}
    return done.pixels.rgb[..., 0] > 0


def box(top: int, bottom: int, left: int, right: int) -> Any:
    wanted = np.zeros((60, 80), np.bool_)
    wanted[top:bottom, left:right] = True
    return wanted


@pytest.mark.parametrize(
    ("level", "there"), [((128,) * 3, True), ((127,) * 3, False), ((255, 203, 0), True), ((255, 0, 0), False)]
)
def test_what_is_painted(level: Any, there: bool) -> None:
    assert (painted(run(drawn(level))) == (box(20, 40, 30, 60) & there)).all()


def test_it_grows_by_a_disc() -> None:
    flags = painted(run(drawn(), grow_px=5))
    assert (flags.any(axis=1) == box(15, 45, 0, 80)[:, 0]).all()
    assert (flags.any(axis=0) == box(0, 60, 25, 65)[0]).all()
    assert not flags[15, 25]  # its corners are round


def test_it_shrinks_but_not_from_the_edges_of_the_picture() -> None:
    assert (painted(run(drawn(), grow_px=-5)) == box(25, 35, 35, 55)).all()
    whole = Pixels(np.full((60, 80, 3), 255, np.uint8))
    assert painted(run(whole, grow_px=-5)).all()
    assert not painted(run(drawn(), grow_px=-50)).any()


def test_it_is_turned_round_before_it_grows() -> None:
    assert (painted(run(drawn(), invert=True)) == ~box(20, 40, 30, 60)).all()
    assert (painted(run(drawn(), invert=True, grow_px=5)) == ~box(25, 35, 35, 55)).all()


def test_a_colour_on_clear_ground() -> None:
    done = run(drawn(), paint=[255, 203, 0, 186])
    assert done.pixels.alpha is not None
    assert (done.pixels.rgb[BOX] == (255, 203, 0)).all()
    assert (done.pixels.alpha == np.where(box(20, 40, 30, 60), 186, 0)).all()
    assert not done.pixels.rgb[~box(20, 40, 30, 60)].any()


def test_the_recipe_says_how_much_is_painted() -> None:
    assert run(drawn()).recipe["share"] == round(20 * 30 / (60 * 80), 6)


@pytest.mark.parametrize(
    "values", [{"grow_px": 513}, {"paint": [0, 0, 0]}, {"paint": [0, 0, 0, 256]}, {"x": 1}]
)
def test_what_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadParameter):
        EDIT.parse(values)
