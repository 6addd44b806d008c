"""Upscale: which model is asked for what, what the recipe says, and what of the file stays."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.runtimes import here
from tests.unit.codecs.jpegs import as_jpeg

from cleanplate.edits import upscale
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.upscale import EDIT
from cleanplate.errors import BadParameter
from cleanplate.models.jobs import UpscaleJob
from cleanplate.models.roles import AnyRole
from cleanplate.models.run_model import ModelResult
from cleanplate.pixels.types import Origin, Pixels, Rgb8

MEADOW = Path(__file__).parents[3] / "examples" / "meadow.jpg"


@pytest.fixture(scope="module")
def clean() -> Rgb8:
    """(96, 120, 3), shrunk so that nothing is left of the file's own blocks."""
    rgb = np.asarray(Image.open(MEADOW).convert("RGB"))[300:780, 200:800]
    return np.asarray(cv2.resize(rgb, (120, 96), interpolation=cv2.INTER_AREA), np.uint8)


def run(pixels: Pixels, **values: Any) -> Edited:
    return EDIT.run(EditRequest(pixels, EDIT.parse(values), runtime=here()))


def model(edited: Edited) -> str:
    return str(edited.recipe["model"]["name"])


def test_it_can_run_with_packages_alone() -> None:
    assert EDIT.missing(here()) == ""


def test_a_clean_picture_is_enlarged_as_it_is(clean: Rgb8) -> None:
    done = run(Pixels(clean), factor=2)
    assert done.pixels.rgb.shape == (192, 240, 3)
    assert (model(done), done.recipe["quality"], done.recipe["restored"]) == ("span", 100, None)


def test_a_bad_jpeg_is_restored_first(clean: Rgb8) -> None:
    spoilt = as_jpeg(clean, 30)
    done = run(spoilt, factor=2)
    assert model(done) == "span"
    assert done.recipe["quality"] == 30
    assert done.recipe["restored"]["model"]["name"] == "realesrgan-video"
    assert done.recipe["restored"]["why"] == "JPEG of quality 30, below 80"
    assert np.abs(done.pixels.rgb - run(spoilt, factor=2, model="span").pixels.rgb.astype(int)).max() > 20


def test_a_good_jpeg_is_not(clean: Rgb8) -> None:
    assert run(as_jpeg(clean, 92), factor=2).recipe["restored"] is None


def test_factor_1_restores_and_nothing_else(clean: Rgb8) -> None:
    spoilt = as_jpeg(clean, 20)
    done = run(spoilt, factor=1)
    assert done.pixels.rgb.shape == clean.shape
    assert (model(done), done.recipe["restored"]["why"]) == ("realesrgan-video", "factor 1")

    def error(rgb: Rgb8) -> float:
        return float(np.square(rgb.astype(float) - clean).mean())

    assert error(done.pixels.rgb) < 0.9 * error(spoilt.rgb)


def test_a_model_that_is_named_gets_the_picture_as_it_is(clean: Rgb8) -> None:
    done = run(as_jpeg(clean, 20), factor=1, model="realesrgan-video")
    assert (model(done), done.recipe["restored"]) == ("realesrgan-video", None)


@pytest.mark.parametrize("name", ["nobody", "lama"])
def test_a_model_that_cannot(clean: Rgb8, name: str) -> None:
    with pytest.raises(BadParameter, match=r"cannot upscale; choose one of .*realesrgan-photo.*span"):
        run(Pixels(clean), model=name)


@pytest.mark.parametrize("factor", [1, 2])
def test_grey_stays_grey(clean: Rgb8, factor: int) -> None:
    light = cv2.cvtColor(clean, cv2.COLOR_RGB2GRAY)
    done = run(Pixels(np.asarray(cv2.merge([light] * 3)), origin=Origin(grey=True)), factor=factor).pixels
    assert done.origin.grey
    assert (done.rgb == done.rgb[..., :1]).all()


def test_transparency_and_the_rest_of_the_file(clean: Rgb8) -> None:
    opacity = np.full(clean.shape[:2], 255, np.uint8)
    opacity[:, :60] = 0
    done = run(Pixels(clean, alpha=opacity, origin=Origin(orientation=6, dpi=(72, 72))), factor=2).pixels
    assert done.alpha is not None
    assert done.alpha.shape == (192, 240)
    assert (done.alpha[:, :110] == 0).all()
    assert (done.alpha[:, 130:] == 255).all()
    assert (done.origin.orientation, done.origin.dpi, done.origin.grey) == (6, (72, 72), False)


def test_progress_says_what_is_being_done(clean: Rgb8) -> None:
    seen: list[tuple[str, float]] = []
    EDIT.run(
        EditRequest(
            as_jpeg(clean, 30),
            EDIT.parse({}),
            progress=lambda stage, done: seen.append((stage, done)),
            runtime=here(),
        )
    )
    assert seen == [("restore", 0.0), ("restore", 1.0), ("upscale", 0.0), ("upscale", 1.0)]


def test_the_words_and_the_seed_reach_the_model(clean: Rgb8, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[UpscaleJob] = []

    def heard(role: AnyRole, job: UpscaleJob, name: str) -> ModelResult[Rgb8]:
        jobs.append(job)
        return ModelResult(np.repeat(np.repeat(job.rgb, 2, 0), 2, 1), {})

    monkeypatch.setattr(upscale, "run_model", heard)
    run(Pixels(clean), prompt="a meadow", seed=5)
    assert [(job.prompt, job.seed) for job in jobs] == [("a meadow", 5)]


def disc(clean: Rgb8) -> Pixels:
    """The middle of the picture with a soft edge; black and noise under what is clear."""
    opacity = np.zeros(clean.shape[:2], np.uint8)
    cv2.circle(opacity, (60, 48), 34, 255, -1)
    opacity = np.asarray(cv2.GaussianBlur(opacity, (0, 0), 1.2), np.uint8)
    rgb = clean.copy()
    rgb[opacity == 0] = 0
    rgb[80:][opacity[80:] == 0] = np.random.default_rng(0).integers(0, 256, 3)
    return Pixels(rgb, alpha=opacity)


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_what_lies_under_transparency_is_not_seen(clean: Rgb8, factor: int) -> None:
    """The edge is as if the picture went on beyond it."""
    cut = disc(clean)
    whole = run(Pixels(clean), factor=factor).pixels.rgb
    done = run(cut, factor=factor).pixels
    assert done.alpha is not None
    shown = done.alpha.astype(np.float32)[..., None] / 255
    assert np.abs((done.rgb - whole.astype(np.float32)) * shown).max() < 60
    assert np.abs((done.rgb - whole.astype(np.float32)) * shown).mean() < 1
    assert done.rgb[0, 0].min() > 10, "the black under it is still there"


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_opacity_is_enlarged_without_overshoot(clean: Rgb8, factor: int) -> None:
    cut = disc(clean)
    assert cut.alpha is not None
    alpha = run(cut, factor=factor).pixels.alpha
    assert alpha is not None
    size = (alpha.shape[1], alpha.shape[0])
    assert np.abs(cv2.resize(cut.alpha, size, interpolation=cv2.INTER_CUBIC) - alpha.astype(int)).mean() < 2
    sure = cv2.erode((cut.alpha == 255).astype(np.uint8), np.ones((3, 3), np.uint8))
    clear = cv2.erode((cut.alpha == 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    assert (alpha[cv2.resize(sure, size, interpolation=cv2.INTER_NEAREST) > 0] == 255).all()
    assert (alpha[cv2.resize(clear, size, interpolation=cv2.INTER_NEAREST) > 0] == 0).all()


@pytest.mark.parametrize("opacity", [0, 7, 255])
def test_even_opacity_stays_even(clean: Rgb8, opacity: int) -> None:
    done = run(Pixels(clean, alpha=np.full(clean.shape[:2], opacity, np.uint8)), factor=2).pixels
    assert done.alpha is not None
    assert done.alpha.shape == (192, 240)
    assert (done.alpha == opacity).all()
    if opacity == 255:
        assert (done.rgb == run(Pixels(clean), factor=2).pixels.rgb).all()


@pytest.mark.parametrize("factor", [1, 2, 4])
@pytest.mark.parametrize("quality", [100, 40])
def test_grey_that_is_stored_as_colours_stays_grey(clean: Rgb8, quality: int, factor: int) -> None:
    light = np.asarray(cv2.merge([cv2.cvtColor(clean, cv2.COLOR_RGB2GRAY)] * 3), np.uint8)
    done = run(Pixels(light) if quality == 100 else as_jpeg(light, quality), factor=factor).pixels
    assert not done.origin.grey
    assert (done.rgb == done.rgb[..., :1]).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 3)])
@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_a_few_pixels_are_a_picture_too(size: tuple[int, int], factor: int) -> None:
    rgb = np.full((*size, 3), (200, 120, 40), np.uint8)
    out = run(Pixels(rgb), factor=factor).pixels.rgb
    assert out.shape == (size[0] * factor, size[1] * factor, 3)
    assert np.abs(out.astype(int) - (200, 120, 40)).max() < 12
