"""Inpaint: by words inside the mask only; without words, what `erase` does; in the size that is asked for."""

from typing import Any

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadInput, BadParameter, EngineFailed, NothingToErase
from cleanplate.pixels.types import Box, Mask, Pixels

HEIGHT, WIDTH = 120, 160
OBJECT = Box(60, 40, 90, 70)


def picture() -> Pixels:
    rgb = np.random.default_rng(0).integers(90, 160, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    rgb[OBJECT.slices] = (250, 10, 10)
    return Pixels(rgb)


def mask(*boxes: Box) -> Mask:
    flags = np.zeros((HEIGHT, WIDTH), np.bool_)
    for box in boxes:
        flags[box.slices] = True
    return Mask(flags)


def run(name: str, covered: Mask | None, **values: Any) -> Edited:
    edit = edits(here())[name]
    return edit.run(EditRequest(picture(), edit.parse(values), mask=covered, runtime=here()))


def test_without_a_prompt_it_is_erase() -> None:
    amounts = {"dilate_px": 4, "feather_px": 2, "seed": 5}
    erased, inpainted = run("erase", mask(OBJECT), **amounts), run("inpaint", mask(OBJECT), **amounts)
    assert (erased.pixels.rgb == inpainted.pixels.rgb).all()
    assert inpainted.recipe["engine"] == "patchmatch"
    assert inpainted.recipe["model"] is None
    assert inpainted.recipe["changed_outside_mask"] == 0


def test_words_need_a_model() -> None:
    with pytest.raises(EngineFailed, match="no model that can inpaint"):
        run("inpaint", mask(OBJECT), prompt="a dog")


def test_it_needs_a_mask() -> None:
    with pytest.raises(BadParameter, match="needs a mask"):
        run("inpaint", None, prompt="a dog")


def test_erase_by_words_without_a_finder() -> None:
    with pytest.raises(EngineFailed, match="no model that can find"):
        run("erase", None, find="the red square")


@pytest.mark.usefixtures("pack")
class TestWithModels:
    def test_nothing_outside_the_mask_changes(self) -> None:
        done = run("inpaint", mask(OBJECT), prompt="a dog", feather_px=0, seed=3)
        differs = (done.pixels.rgb != picture().rgb).any(axis=2)
        assert differs[OBJECT.slices].all()
        differs[OBJECT.slices] = False
        assert not differs.any()
        assert done.recipe["changed_outside_mask"] == 0
        assert done.recipe["model"] == {"name": "test-pack", "sha256": "0" * 64}
        assert done.recipe["engine"] is None
        (crop,) = done.recipe["crops"]
        assert crop[0] < OBJECT.left
        assert crop[3] > OBJECT.bottom

    def test_every_word_and_the_seed_have_a_say(self) -> None:
        def made(**values: Any) -> bytes:
            return run("inpaint", mask(OBJECT), **values).pixels.rgb.tobytes()

        ways: list[dict[str, Any]] = [
            {},
            {"seed": 1},
            {"negative_prompt": "cat"},
            {"dilate_px": 5},
            {"label": True},
        ]
        assert len({made(prompt="a dog", **way) for way in ways}) == len(ways)

    def test_an_empty_mask_calls_no_model(self) -> None:
        with pytest.raises(NothingToErase, match="no pixel of it is painted"):
            run("inpaint", mask(), prompt="x")
        with pytest.raises(NothingToErase, match="no pixel of it is painted"):
            run("inpaint", mask(), prompt="")

    def test_a_mask_that_covers_most_of_it_is_done_with_a_warning(self) -> None:
        everything_but = Box(0, 0, WIDTH, HEIGHT - 12)
        done = run("inpaint", mask(everything_but), prompt="x")
        assert "covers 9" in done.recipe["warnings"][0]
        assert "warnings" not in run("inpaint", mask(OBJECT), prompt="x").recipe

    @pytest.mark.parametrize("size", [(100, 100), (72, 128), (128, 72), (320, 240), (WIDTH, HEIGHT)])
    def test_size_covers_and_cuts_the_middle(self, size: tuple[int, int]) -> None:
        done = run("inpaint", mask(OBJECT), prompt="x", size=size).pixels
        assert (done.width, done.height) == size
        middle = done.rgb[size[1] // 2, size[0] // 2]
        plain = run("inpaint", mask(OBJECT), prompt="x").pixels.rgb[HEIGHT // 2, WIDTH // 2]
        assert np.abs(middle.astype(int) - plain).max() < 70

    def test_erase_finds_by_words(self) -> None:
        done = run("erase", None, find="the red square", dilate_px=2, engine="patchmatch")
        assert done.pixels.rgb[OBJECT.slices][..., 0].max() < 90
        assert done.recipe["model"] == {"name": "test-pack", "sha256": "0" * 64}
        assert done.recipe["changed_outside_mask"] == 0

    def test_words_that_nothing_matches(self) -> None:
        with pytest.raises(BadInput, match="nothing in the picture matches 'nothing red'"):
            run("erase", None, find="nothing red")

    @pytest.mark.parametrize("other", [{}, {"boxes": ((0, 0, 10, 10),)}, {"points": ((4, 4),)}])
    def test_a_mask_or_words_not_both(self, other: dict[str, Any]) -> None:
        drawn = None if other else mask(Box(0, 0, 10, 10))
        with pytest.raises(BadParameter, match="find: say what to erase by words, or by a mask"):
            run("erase", drawn, find="the red square", **other)
