"""Colours by a model, those of the prompt on what it names, and the input's own brightness."""

from typing import Any

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.pixels.types import Box, Pixels

LUMA = np.array([0.299, 0.587, 0.114])
CUP = Box(40, 20, 90, 70)
"""The pack finds whatever is much redder than it is green."""


def picture() -> Pixels:
    rgb = np.full((100, 140, 3), 120, np.uint8)
    rgb[CUP.slices] = (230, 90, 90)
    return Pixels(rgb)


def run(prompt: str, **more: Any) -> Edited:
    edit = edits(here())["colorize"]
    return edit.run(EditRequest(picture(), edit.parse({"prompt": prompt, "seed": 3}), **more, runtime=here()))


def hue(rgb: np.ndarray[Any, Any]) -> tuple[int, ...]:
    return tuple(int(value) for value in rgb.reshape(-1, 3).mean(0).round())


@pytest.mark.usefixtures("pack")
class TestWithModels:
    def test_brightness_stays(self) -> None:
        for prompt in ("", "a blue cup, green background"):
            done = run(prompt).pixels.rgb
            assert np.abs(done @ LUMA - picture().rgb @ LUMA).max() <= 0.5 + 1e-4
            assert (done != picture().rgb).any()

    def test_a_named_colour_goes_where_the_thing_is(self) -> None:
        blue = run("a blue cup")
        red, green, other = hue(blue.pixels.rgb[30:60, 50:80])
        assert other > red + 40
        assert other > green + 30
        assert blue.recipe["colours"] == [{"colour": "blue", "of": "cup", "found": True, "why": ""}]

    def test_the_background_is_the_rest(self) -> None:
        done = run("蓝色背景、一个红色的杯子")
        _, _, inside = hue(done.pixels.rgb[30:60, 50:80])
        red, _, outside = hue(done.pixels.rgb[85:, :])
        assert outside > red + 40
        assert inside < outside
        assert [note["found"] for note in done.recipe["colours"]] == [True, True]

    def test_what_is_not_there_is_said(self) -> None:
        done = run("green nothing")
        (note,) = done.recipe["colours"]
        assert not note["found"]
        assert "nothing in the picture matches" in note["why"]
        assert done.recipe["warnings"] == [f"nothing was coloured green: {note['why']}"]

    def test_a_background_of_nothing(self) -> None:
        (note,) = run("blue background").recipe["colours"]
        assert not note["found"]

    def test_no_colour_no_notes(self) -> None:
        assert "colours" not in run("an old photo").recipe
        assert "warnings" not in run("a blue cup").recipe

    def test_progress_never_falls(self) -> None:
        seen: list[float] = []
        run("red cup, blue background hold", progress=lambda stage, done: seen.append(done))
        assert seen == sorted(seen)
