"""A picture whose transparency is its mask, and results of another size."""

from typing import Any

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.pixels.types import Mask, Pixels

HEIGHT, WIDTH = 80, 120
HOLE = np.zeros((HEIGHT, WIDTH), np.bool_)
HOLE[30:50, 40:70] = True
RGB = np.random.default_rng(3).integers(60, 180, (HEIGHT, WIDTH, 3)).astype(np.uint8)
EDITS = ("erase", "inpaint")


def picture(alpha: int = 0, beside: int = 255) -> Pixels:
    """Transparent by `alpha` in the hole; under that lies red."""
    rgb = np.where(HOLE[..., None], np.array([255, 0, 0], np.uint8), RGB)
    return Pixels(rgb, alpha=np.where(HOLE, alpha, beside).astype(np.uint8))


def run(name: str, pixels: Pixels, mask: Mask | None = None, **values: Any) -> Edited:
    edit = edits(here())[name]
    return edit.run(EditRequest(pixels, edit.parse(values), mask=mask, runtime=here()))


@pytest.mark.parametrize("name", EDITS)
def test_it_is_filled_and_opaque_and_nothing_else_changes(name: str) -> None:
    done = run(name, picture(), alpha_mask=True)
    assert done.pixels.alpha is None
    assert (done.pixels.rgb[~HOLE] == RGB[~HOLE]).all()
    assert not (done.pixels.rgb[HOLE] == (255, 0, 0)).all(axis=1).any()
    assert done.recipe["changed_outside_mask"] == 0


@pytest.mark.parametrize("name", EDITS)
def test_what_is_half_transparent_is_no_mask(name: str) -> None:
    with pytest.raises(BadParameter, match="needs a mask"):
        run(name, picture(alpha=1), alpha_mask=True)
    with pytest.raises(BadParameter, match="needs a mask"):
        run(name, picture())


@pytest.mark.parametrize("name", EDITS)
def test_a_mask_wins(name: str) -> None:
    elsewhere = np.zeros_like(HOLE)
    elsewhere[:10, :10] = True
    done = run(name, picture(), Mask(elsewhere), alpha_mask=True, dilate_px=0, feather_px=0)
    assert (done.pixels.rgb[HOLE] == (255, 0, 0)).all()
    assert done.pixels.alpha is not None
    assert (done.pixels.alpha[HOLE] == 0).all()


def test_what_else_shows_through_stays_so() -> None:
    alpha = run("erase", picture(beside=90), alpha_mask=True).pixels.alpha
    assert alpha is not None
    assert (alpha[~HOLE] == 90).all()
    assert (alpha[HOLE] == 255).all()


def test_words_are_looked_at_where_nothing_is_transparent() -> None:
    assert run("erase", picture(), alpha_mask=True, find="the dog").recipe["finder"] is None
    with pytest.raises(EngineFailed, match="no model that can find"):
        run("erase", picture(alpha=255), alpha_mask=True, find="the dog")


@pytest.mark.parametrize("size", [(60, 40), (120, 80), (200, 50), (50, 200), (4096, 1), (1, 4096)])
def test_the_size_that_is_asked_for(size: tuple[int, int]) -> None:
    done = run("erase", Pixels(RGB), Mask(HOLE), size=size)
    assert (done.pixels.width, done.pixels.height) == size


def test_of_a_thin_picture_no_more_is_made_than_is_asked_for() -> None:
    """Scaled as a whole it would have 4096 x 1,000,000 pixels."""
    thin = Pixels(np.repeat(RGB[:1, :1], 250, axis=0))
    hole = np.zeros((250, 1), np.bool_)
    hole[100:110] = True
    done = run("erase", thin, Mask(hole), size=(4096, 1000), dilate_px=0, feather_px=0)
    assert done.pixels.rgb.shape == (1000, 4096, 3)


def test_the_memory_of_a_larger_result_is_counted() -> None:
    edit = edits(here())["erase"]
    assert edit.makes_pixels(edit.parse({"size": (1000, 1000)}), 10, 10) == 1_000_000
    assert edit.makes_pixels(edit.parse({"size": (10, 10)}), 100, 100) == 10_000
    assert edit.makes_pixels(edit.parse({}), 100, 100) == 10_000
