"""The style networks for real, on small pictures: the part of the meadow that the example has."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.errors import BadParameter
from cleanplate.materials.textures import draw_texture
from cleanplate.models import multistyle, transfer
from cleanplate.models.base import Model
from cleanplate.models.jobs import StylizeJob, TransferJob
from cleanplate.models.parts import any_style
from cleanplate.models.roles import STYLIZE, TRANSFER
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import Runtime

MEADOW = Path(__file__).parents[3] / "examples" / "meadow.jpg"


@pytest.fixture(scope="module")
def meadow() -> Rgb8:
    whole = cv2.imread(str(MEADOW))
    assert whole is not None
    return np.asarray(cv2.cvtColor(cv2.resize(whole, (96, 72)), cv2.COLOR_BGR2RGB), np.uint8)


def stylized(rgb: Rgb8, prompt: str, strength: float = 1.0, seed: int = 0) -> Rgb8:
    return np.asarray(
        multistyle.MODEL.performer(STYLIZE)(
            StylizeJob(rgb=rgb, prompt=prompt, strength=strength, seed=seed, runtime=here())
        )
    )


def watercolour(rgb: Rgb8, strength: float) -> Rgb8:
    return stylized(rgb, "watercolour", strength)


def transferred(rgb: Rgb8, strength: float) -> Rgb8:
    job = TransferJob(rgb=rgb, strength=strength, style=draw_texture("wood", 0), runtime=here())
    return transfer.MODEL.performer(TRANSFER)(job)


def distance(first: Rgb8, second: Rgb8) -> float:
    return float(np.abs(first.astype(float) - second).mean())


@pytest.mark.parametrize("prompt", ["French picture book", "金箔", "sketch", "comic"])
def test_it_paints_and_keeps_the_size(meadow: Rgb8, prompt: str) -> None:
    made = stylized(meadow, prompt)
    assert made.shape == meadow.shape
    assert made.dtype == np.uint8
    assert distance(made, meadow) > 10


def test_gold_is_golden_keeps_the_picture_and_a_sketch_is_grey(meadow: Rgb8) -> None:
    gold = stylized(meadow, "gold foil").astype(float)
    red, green, blue = gold.mean((0, 1))
    assert red > green + 15 > blue + 60
    likeness = np.corrcoef(gold.mean(2).ravel(), meadow.mean(2).ravel())[0, 1]
    assert likeness > 0.5
    assert np.ptp(stylized(meadow, "sketch").astype(int), axis=2).max() <= 3


@pytest.mark.parametrize("made", [watercolour, transferred])
def test_strength_goes_smoothly_from_the_picture_itself(
    meadow: Rgb8, made: Callable[[Rgb8, float], Rgb8]
) -> None:
    far = distance(made(meadow, 1.0), meadow)
    np.testing.assert_array_equal(made(meadow, 0.0), meadow)
    assert distance(made(meadow, 0.01), meadow) < 0.08 * far
    steps = [made(meadow, strength) for strength in (0.0, 0.25, 0.5, 0.75, 1.0)]
    ways = [distance(step, meadow) for step in steps]
    assert ways == sorted(ways)
    assert max(distance(one, other) for one, other in pairwise(steps)) < 0.75 * far


def test_paper_is_white_and_ink_black(meadow: Rgb8) -> None:
    dark, bright = np.percentile(stylized(meadow, "sketch"), (1, 97))
    assert bright > 235
    assert dark < 40


def test_half_way_is_painted_in_a_style_half_way(meadow: Rgb8, monkeypatch: pytest.MonkeyPatch) -> None:
    styles: list[any_style.StyleVector] = []

    def paint(picture: Rgb8, style: any_style.StyleVector, runtime: Runtime) -> Rgb8:
        styles.append(style)
        return picture

    monkeypatch.setattr(any_style, "paint", paint)
    for strength in (1e-6, 0.5, 1.0):
        transferred(meadow, strength)
    own, half, wanted = styles
    assert np.abs(own - wanted).max() > 0.5
    np.testing.assert_allclose(half, (own + wanted) / 2, atol=1e-3)


@pytest.mark.parametrize("prompt", ["ink", "gold foil"])
def test_the_seed_has_a_say_and_is_kept(meadow: Rgb8, prompt: str) -> None:
    first = stylized(meadow, prompt, seed=1)
    np.testing.assert_array_equal(first, stylized(meadow, prompt, seed=1))
    assert (first != stylized(meadow, prompt, seed=2)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (37, 51), (700, 3)])
def test_any_shape(shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert stylized(rgb, "comic", 0.9).shape == rgb.shape
    assert transferred(rgb, 0.9).shape == rgb.shape


def test_an_unknown_style_is_refused_even_at_strength_0(meadow: Rgb8) -> None:
    with pytest.raises(BadParameter, match="names no style"):
        stylized(meadow, "like my grandmother would", 0.0)


def test_progress_is_reported_and_a_cancel_ends_it(meadow: Rgb8) -> None:
    class StopError(Exception):
        pass

    def stop(done: float) -> None:
        if done > 0.1:
            raise StopError

    with pytest.raises(StopError):
        multistyle.MODEL.performer(STYLIZE)(
            StylizeJob(rgb=meadow, prompt="comic", strength=1, progress=stop, runtime=here())
        )


@pytest.mark.parametrize("model", [multistyle.MODEL, transfer.MODEL])
def test_the_weights_are_those_of_the_card(model: Model) -> None:
    assert model.card.missing(here()) == ""
