"""Styles that have no name here, and strength 0."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.runtimes import here, plug_in

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadParameter
from cleanplate.models import catalogue
from cleanplate.models.base import Model
from cleanplate.models.jobs import InstructJob
from cleanplate.models.roles import INSTRUCT, Ability
from cleanplate.pixels.types import Native, Pixels, Rgb8
from cleanplate.weights.card import Card

EDIT = edits(here())["stylize"]
RGB = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)


def run(pixels: Pixels | None = None, **values: Any) -> Edited:
    return EDIT.run(EditRequest(pixels or Pixels(RGB), EDIT.parse(values), runtime=here()))


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> list[InstructJob]:
    """A model that follows instructions, and what it was asked."""
    jobs = list[InstructJob]()

    def paint(job: InstructJob) -> Rgb8:
        jobs.append(job)
        return 255 - job.rgb

    card = Card("painter", "MIT", sha256="ab")
    plug_in(monkeypatch, Model(card, (Ability(INSTRUCT, paint),), rank=1000))
    return jobs


def test_a_named_style_is_drawn_by_the_model_that_knows_it(painter: list[InstructJob]) -> None:
    done = run(prompt="转换成法国绘本风格", strength=1)
    assert done.recipe["model"]["name"] == "multistyle26"
    assert done.pixels.rgb.shape == RGB.shape
    assert painter == []


def test_any_other_is_an_instruction(painter: list[InstructJob]) -> None:
    done = run(prompt="as a claymation film", strength=0.7)
    assert done.recipe["model"]["name"] == "painter"
    assert (done.pixels.rgb == 255 - RGB).all()
    assert [(job.prompt, job.strength) for job in painter] == [("as a claymation film", 0.7)]


def test_without_such_a_model_the_error_lists_the_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = catalogue.candidates
    monkeypatch.setattr(
        catalogue,
        "candidates",
        lambda role, runtime: [] if role.name == "instruct" else candidates(role, runtime),
    )
    with pytest.raises(BadParameter, match="French picture book, gold foil, watercolour"):
        run(prompt="as a claymation film")


def test_strength_0_is_the_picture_itself_in_the_files_own_depth() -> None:
    samples = RGB.astype(np.uint16) * 257 + 1
    pixels = replace(Pixels(RGB), native=Native(samples, "rgb"))
    done = run(pixels, prompt="comic", strength=0)
    assert done.pixels is pixels
    changed = run(pixels, prompt="comic", strength=0.1)
    assert changed.pixels.native is None
    assert "warnings" not in changed.recipe
    same = run(pixels, prompt="comic", strength=0)
    assert same.recipe["warnings"] == ["the strength is 0; the picture is unchanged"]


def test_strength_0_still_gets_its_label() -> None:
    pixels = Pixels(np.full((200, 300, 3), 90, np.uint8))
    differs = (run(pixels, prompt="comic", strength=0, label=True).pixels.rgb != pixels.rgb).any(axis=2)
    assert differs[100:, 150:].any()
    assert not differs[:100].any()
