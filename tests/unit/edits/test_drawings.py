"""Made drawings of many kinds and sizes through every edit: a picture or one clear error, nothing else.

Warnings are errors here, those of numpy among them.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drawings import DRAWINGS
from tests.runtimes import here
from tests.unit.edits.attempts import FEW, SIZES, hidden, holes, same_size, tried

from cleanplate.edits.base import EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import CleanplateError
from cleanplate.pixels.types import Mask, Pixels
from cleanplate.prompts.material_words import materials
from cleanplate.prompts.style_words import styles

EXACT = (
    *("flat", "black", "white", "hatching", "checker", "fine_checker", "stripes", "ruled", "squared"),
    *("dashes", "screen", "gradient", "comic"),
)
"""What is known of the rest of these says what stood under a small hole, to the level."""


@pytest.fixture(autouse=True)
def arithmetic_is_watched() -> Iterator[None]:
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        yield


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("name", EXACT)
def test_what_repeats_is_filled_as_it_was(name: str, fast: bool) -> None:
    truth = DRAWINGS[name](160, 200)
    mask = np.zeros((160, 200), np.float32)
    mask[72:89, 92:109] = 1
    painted = truth.copy()
    painted[mask > 0] = (255, 0, 255)
    done = tried("erase", Pixels(painted), mask, dilate_px=0, feather_px=0, fast=fast)
    assert done is not None
    assert (done.pixels.rgb == truth).all()


@pytest.mark.parametrize("engine", ["patchmatch", "telea"])
@pytest.mark.parametrize("size", SIZES)
def test_one_colour_stays_one_colour(size: tuple[int, int], engine: str) -> None:
    rgb = np.full((*size, 3), (253, 252, 7), np.uint8)
    for mask in holes(*size):
        for values in ({}, {"dilate_px": 0, "feather_px": 0}, {"fast": True}):
            done = tried("erase", Pixels(rgb), mask, engine=engine, **values)
            assert done is None or (done.pixels.rgb == rgb).all()


@pytest.mark.parametrize("name", DRAWINGS)
def test_erase_changes_the_hole_alone(name: str) -> None:
    manners: list[dict[str, Any]] = [
        {"fast": True},
        {"engine": "telea"},
        {"n_best": 2},
        {"tone": 0},
        {"grain": 0},
        {},
    ]
    for number, size in enumerate(SIZES):
        rgb = DRAWINGS[name](*size)
        for turn, mask in enumerate(holes(*size)):
            values = manners[(number + turn) % len(manners)]
            done = tried("erase", Pixels(rgb), mask, dilate_px=0, feather_px=0, **values)
            same_size(done, Pixels(rgb))
            assert done is None or (done.pixels.rgb == rgb)[mask == 0].all()


@settings(max_examples=60)
@given(data=st.data())
def test_erase_with_anything(data: st.DataObject) -> None:
    height, width = (data.draw(st.integers(1, 90), side) for side in ("height", "width"))
    rgb = DRAWINGS[data.draw(st.sampled_from(sorted(DRAWINGS)), "drawing")](height, width)
    random = np.random.default_rng(data.draw(st.integers(0, 99), "random"))
    mask, keep, alpha = (random.random((height, width)) < share for share in random.random(3))
    top, left = int(random.integers(height)), int(random.integers(width))
    mask[top : top + height // 2, left : left + width // 2] = True
    pixels = Pixels(rgb, alpha=np.where(alpha, 255, 0).astype(np.uint8) if random.random() < 0.3 else None)
    asked = edits(here())["erase"].parse(
        {
            "engine": data.draw(st.sampled_from(["patchmatch", "telea"]), "engine"),
            "fast": data.draw(st.booleans(), "fast"),
            "dilate_px": data.draw(st.sampled_from([None, 0, 2]), "dilate_px"),
        }
    )
    kept = Mask(keep) if random.random() < 0.3 else None
    try:
        done = edits(here())["erase"].run(
            EditRequest(pixels, asked, mask=Mask(mask), keep=kept, runtime=here())
        )
    except CleanplateError:
        return
    assert done.recipe["changed_outside_mask"] == 0
    assert kept is None or (done.pixels.rgb == rgb)[keep].all()


@pytest.mark.parametrize(
    "place", [np.s_[60:220, 230:], np.s_[60:220, :150], np.s_[:130, 90:260], np.s_[130:, 90:260]]
)
def test_a_large_fast_fill_reaches_the_border(place: tuple[slice, slice]) -> None:
    truth = DRAWINGS["white"](260, 380)
    mask = np.zeros((260, 380), np.float32)
    mask[place] = 1
    done = tried("erase", Pixels(truth), mask, fast=True)
    assert done is not None
    assert (done.pixels.rgb == truth).all()


def test_a_large_expansion_reaches_the_border() -> None:
    rgb = np.full((700, 900, 3), 200, np.uint8)
    done = tried("expand", Pixels(rgb), left=1.5, right=1.5, top=1.5, bottom=1.5)
    assert done is not None
    assert (done.pixels.rgb == 200).all()


@pytest.mark.parametrize("name", DRAWINGS)
def test_expand(name: str) -> None:
    for size in SIZES:
        rgb = DRAWINGS[name](*size)
        for pixels in hidden(rgb):
            done = tried("expand", pixels, left=1.5, right=1.2, bottom=2)
            assert done is not None
            left, (height, width) = round(size[1] * 0.5), size
            assert (done.pixels.rgb[:height, left : left + width] == rgb).all()


@pytest.mark.parametrize("name", FEW)
def test_writing_is_looked_for(name: str) -> None:
    for size in SIZES:
        for pixels in hidden(DRAWINGS[name](*size)):
            done = tried("remove_text", pixels)
            same_size(done, pixels)
            assert done is not None
            if not done.recipe["lines"]:
                assert (done.pixels.rgb == pixels.rgb).all()
                assert done.recipe["warnings"]
            tried("regions", pixels, find="the text")
            tried("erase", pixels, find="the watermark")


@pytest.mark.parametrize("model", ["span", "realesrgan-video", ""])
@pytest.mark.parametrize("name", FEW)
def test_upscale(name: str, model: str) -> None:
    for number, size in enumerate(SIZES):
        factor = number % 4 + 1
        for pixels in hidden(DRAWINGS[name](*size)):
            done = tried("upscale", pixels, factor=factor, model=model)
            assert done is not None
            same_size(done, pixels, factor)


@pytest.mark.parametrize("style", styles(), ids=lambda style: style.name)
def test_stylize(style: Any) -> None:
    for number, size in enumerate(SIZES):
        pixels = hidden(DRAWINGS[FEW[number % len(FEW)]](*size))[number % 3]
        done = tried("stylize", pixels, prompt=style.name, strength=1)
        assert done is not None
        same_size(done, pixels)


@pytest.mark.parametrize("material", materials(), ids=lambda material: material.name)
def test_stylize_local(material: Any) -> None:
    words = {"lantern": "lantern", "porcelain": "porcelain", "fluff": "fluffy", "knit": "weaving"}
    prompt = f"change the thing to {words.get(material.name, material.name)}"
    for number, size in enumerate(SIZES):
        pixels = hidden(DRAWINGS[FEW[number % len(FEW)]](*size))[number % 3]
        mask = list(holes(*size))[number % 8]
        done = tried("stylize_local", pixels, mask, prompt=prompt)
        same_size(done, pixels)
        assert done is None or (done.pixels.rgb == pixels.rgb)[mask == 0].all()
