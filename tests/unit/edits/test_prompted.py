"""The edits that hand the whole picture to a model: what they pass on, what they keep, what they say."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import BadParameter, EngineFailed, PictureSize
from cleanplate.pixels.types import Native, Origin, Pixels

WHOLE = ["instruct", "stylize", "colorize", "doodle", "character"]
PULLED = ["instruct", "colorize", "doodle", "character"]
HEIGHT, WIDTH = 60, 80


def picture(**fields: Any) -> Pixels:
    rgb = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    return replace(Pixels(rgb), **fields)


def run(name: str, pixels: Pixels | None = None, **values: Any) -> Edited:
    edit = edits(here())[name]
    return edit.run(EditRequest(pixels or picture(), edit.parse(values), runtime=here()))


@pytest.mark.parametrize("name", PULLED)
def test_without_a_model_it_says_so_and_fails(name: str) -> None:
    assert "cleanplate models pull" in edits(here())[name].missing(here())
    with pytest.raises(EngineFailed, match="no model"):
        run(name)


@pytest.mark.usefixtures("pack")
class TestWithModels:
    @pytest.mark.parametrize("name", WHOLE)
    def test_the_picture_changes_and_keeps_its_size(self, name: str) -> None:
        before = picture()
        done = run(name, before, prompt="x", seed=7)
        assert edits(here())[name].missing(here()) == ""
        assert done.pixels.rgb.shape == before.rgb.shape
        assert (done.pixels.rgb != before.rgb).any()
        assert done.recipe == {
            "engine": None,
            "model": {"name": "test-pack", "sha256": "0" * 64},
            "seed": 7,
            "crops": [],
            "changed_outside_mask": None,
        }

    @pytest.mark.parametrize("name", WHOLE)
    def test_prompt_and_seed_have_a_say(self, name: str) -> None:
        def made(**values: Any) -> bytes:
            return run(name, **values).pixels.rgb.tobytes()

        assert made(prompt="a", seed=1) == made(prompt="a", seed=1)
        assert made(prompt="a", seed=1) != made(prompt="a", seed=2)
        assert made(prompt="a", seed=1) != made(prompt="b", seed=1)

    @pytest.mark.parametrize("name", ["instruct", "stylize"])
    def test_strength_goes_further(self, name: str) -> None:
        before = picture()

        def distance(strength: float) -> int:
            after = run(name, before, prompt="x", strength=strength).pixels.rgb
            return int(np.abs(after.astype(int) - before.rgb).sum())

        assert distance(0.0) < distance(0.5) < distance(1.0)

    def test_a_sketch_is_taken_as_it_is(self) -> None:
        lines, photo = run("doodle", is_sketch=True), run("doodle", is_sketch=False)
        assert (lines.pixels.rgb != photo.pixels.rgb).any()

    @pytest.mark.parametrize("name", [*WHOLE, "upscale"])
    def test_the_label_is_in_the_lower_right(self, name: str) -> None:
        size = (200, 300, 3)
        pixels = Pixels(np.full(size, 90, np.uint8))
        plain, marked = run(name, pixels).pixels.rgb, run(name, pixels, label=True).pixels.rgb
        differs = (plain != marked).any(axis=2)
        height, width = differs.shape
        assert differs[height // 2 :, width // 2 :].any()
        assert not differs[: height // 2].any()
        assert not differs[:, : width // 2].any()

    @pytest.mark.parametrize("factor", [1, 2, 3, 4])
    def test_upscale(self, factor: int) -> None:
        opacity = np.full((HEIGHT, WIDTH), 65535, np.uint16)
        opacity[:, :40] = 0
        samples = picture().rgb.astype(np.uint16) * 257
        done = run("upscale", picture(native=Native(samples, "rgb"), alpha=opacity), factor=factor).pixels
        assert done.rgb.shape == (HEIGHT * factor, WIDTH * factor, 3)
        assert done.native is None
        assert done.alpha is not None
        assert done.alpha.dtype == np.uint8
        assert done.alpha.shape == done.rgb.shape[:2]
        assert (done.alpha[0, 0], done.alpha[0, -1]) == (0, 255)

    def test_a_result_beyond_all_measure_is_refused_before_the_work(self) -> None:
        wide = Pixels(np.broadcast_to(np.zeros(3, np.uint8), (4000, 7000, 3)))
        with pytest.raises(PictureSize, match="28000x16000"):
            run("upscale", wide, factor=4)

    def test_transparency_stays_and_a_grey_picture_becomes_a_coloured_one(self) -> None:
        opacity = np.full((HEIGHT, WIDTH), 9, np.uint8)
        done = run("colorize", picture(alpha=opacity, origin=Origin(grey=True))).pixels
        assert done.alpha is not None
        assert (done.alpha == 9).all()
        assert not done.origin.grey

    def test_a_model_that_fails_is_the_edits_failure(self) -> None:
        with pytest.raises(EngineFailed, match="as the prompt wanted"):
            run("instruct", prompt="odd seeds fail", seed=1)

    def test_progress_is_passed_on(self) -> None:
        seen: list[tuple[str, float]] = []
        edit = edits(here())["instruct"]
        asked = edit.parse({"prompt": "hold"})
        edit.run(
            EditRequest(
                picture(), asked, progress=lambda stage, done: seen.append((stage, done)), runtime=here()
            )
        )
        assert seen[:2] == [("instruct", 0.0), ("instruct", 0.1)]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("instruct", {"strength": 1.1}),
        ("stylize", {"strength": -0.1}),
        ("colorize", {"strength": 0.5}),
        ("upscale", {"factor": 5}),
        ("upscale", {"factor": 0}),
        ("doodle", {"prompt": "x" * 2001}),
        ("character", {"sketch": True}),
    ],
)
def test_parameters_out_of_range(name: str, values: dict[str, Any]) -> None:
    with pytest.raises(BadParameter):
        edits(here())[name].parse(values)
