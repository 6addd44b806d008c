"""Models that take several pictures in one run: what they make of each is what they make of it alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.grouped import together
from tests.logged import logged
from tests.runtimes import here
from tests.unit.models.conftest import tiny

from cleanplate.errors import EngineFailed
from cleanplate.models import flux_klein, opennsfw, sdxl_inpaint
from cleanplate.models.base import Model
from cleanplate.models.jobs import DoodleJob, InpaintJob, InstructJob, ModerateJob
from cleanplate.models.parts.diffusion import model
from cleanplate.models.parts.pipeline import PipelineInput
from cleanplate.models.roles import DOODLE, INPAINT, INSTRUCT, MODERATE
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.onnx_runtime import Graph, Inputs
from cleanplate.weights.card import Card

# What the libraries warn of is about their own next versions.
pytestmark = pytest.mark.filterwarnings("ignore")

MOST_LEVELS = 1
"""A batch has its sums made in another order: a value that lies between two levels may fall to the other."""
LEAST_EQUAL = 0.999
"""Share of all values that are the same."""
HEIGHT, WIDTH = 70, 101


@pytest.fixture(autouse=True)
def batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CPU too, where they gain nothing."""
    monkeypatch.setattr(Card, "at_once", lambda card, runtime: card.batch_limit)


def noise(seed: int, height: int = HEIGHT, width: int = WIDTH) -> Rgb8:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def hole(seed: int) -> NDArray[np.float32]:
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[5 * seed : 5 * seed + 20, 30:60] = 1
    return mask


def assert_about_equal(made: Sequence[Any], alone: Sequence[Any]) -> None:
    for one, wanted in zip(made, alone, strict=True):
        assert isinstance(one, np.ndarray), one
        off = np.abs(one.astype(int) - wanted)
        assert off.max() <= MOST_LEVELS
        assert (off == 0).mean() >= LEAST_EQUAL


class Diffusers:
    """A tiny pipeline, and how many pictures each of its calls had."""

    def __init__(self, weights: Path, module: Any, save: Callable[[Path], None]) -> None:
        pipeline = tiny(module.PIPELINE)
        save(weights / pipeline.name)
        self.sizes: list[int] = []
        self.fails = False

        def call(pipe: Any, given: PipelineInput) -> Any:
            self.sizes.append(len(given.images))
            if self.fails and len(given.images) > 1:
                raise RuntimeError("out of memory")
            return pipeline.call(pipe, given)

        self.model: Model = model(replace(pipeline, call=call))

    def inpaint(self, seed: int, words: str = "a dog", **values: Any) -> Rgb8:
        job = InpaintJob(
            rgb=noise(seed), mask=hole(seed), prompt=words * seed, seed=seed, runtime=here(), **values
        )
        return self.model.performer(INPAINT)(job)


@pytest.fixture(params=["flux", "sdxl"])
def diffusers(request: pytest.FixtureRequest, weights: Path, monkeypatch: pytest.MonkeyPatch) -> Diffusers:
    for name in ("torch", "diffusers"):
        pytest.importorskip(name, reason="the extra `torch` is not installed: make test-torch")
    from tests.unit.models.tiny import save_flux, save_sdxl

    monkeypatch.setattr(sdxl_inpaint, "_STEPS", 3)
    if request.param == "flux":
        return Diffusers(weights, flux_klein, save_flux)
    return Diffusers(weights, sdxl_inpaint, save_sdxl)


def test_words_masks_and_seeds_stay_with_their_pictures(diffusers: Diffusers) -> None:
    alone = [diffusers.inpaint(seed) for seed in (1, 2, 3, 4)]
    assert len({one.tobytes() for one in alone}) == 4
    diffusers.sizes.clear()
    made = together(here().batcher, [partial(diffusers.inpaint, seed) for seed in (1, 2, 3, 4)])
    assert diffusers.sizes == [4]
    assert_about_equal(made, alone)


def test_a_batch_without_memory_is_run_one_by_one_and_in_full_size(diffusers: Diffusers) -> None:
    alone = [diffusers.inpaint(seed) for seed in (1, 2)]
    diffusers.sizes.clear()
    diffusers.fails = True
    made = together(here().batcher, [partial(diffusers.inpaint, seed) for seed in (1, 2)])
    assert sorted(diffusers.sizes) == [1, 1, 2]
    assert all((one == wanted).all() for one, wanted in zip(made, alone, strict=True))


def test_progress_is_told_to_each_and_one_can_stop(diffusers: Diffusers) -> None:
    class CancelledError(Exception):
        pass

    told: dict[int, list[float]] = {1: [], 2: [], 3: []}

    def progress(seed: int, done: float) -> None:
        told[seed].append(done)
        if seed == 2 and len(told[2]) == 3:  # after the first step
            raise CancelledError

    alone = diffusers.inpaint(3)
    threads = [partial(diffusers.inpaint, seed, progress=partial(progress, seed)) for seed in told]
    first, second, third = together(here().batcher, threads)
    assert isinstance(second, CancelledError)
    assert_about_equal([third], [alone])
    assert told[1] == told[3] == sorted(told[3])
    assert told[2] == told[3][: len(told[2])]
    assert len(told[2]) < len(told[3])
    assert first.shape == third.shape


def test_roles_meet_and_what_differs_does_not(weights: Path) -> None:
    pytest.importorskip("torch", reason="the extra `torch` is not installed: make test-torch")
    pytest.importorskip("diffusers", reason="the extra `torch` is not installed: make test-torch")
    from tests.unit.models.tiny import save_flux

    flux = Diffusers(weights, flux_klein, save_flux)

    def instruct(strength: float, height: int = HEIGHT) -> Rgb8:
        job = InstructJob(rgb=noise(5, height), prompt="a cat", strength=strength, seed=7, runtime=here())
        return flux.model.performer(INSTRUCT)(job)

    def doodle() -> Rgb8:
        return flux.model.performer(DOODLE)(DoodleJob(rgb=noise(6), prompt="a cow", runtime=here()))

    threads: list[Callable[[], Rgb8]] = [
        partial(flux.inpaint, 1, negative_prompt="grass"),
        partial(instruct, 1.0),
        doodle,
        partial(instruct, 0.5),
        partial(instruct, 0.0),
        partial(instruct, 1.0, 2 * HEIGHT),
    ]
    alone = [thread() for thread in threads]
    flux.sizes.clear()
    made = together(here().batcher, threads)
    assert sorted(flux.sizes) == [1, 1, 3], "without strength nothing runs"
    for one, wanted in zip(made, alone, strict=True):  # guided by the photo, an odd level spreads
        assert np.abs(one.astype(int) - wanted).max() <= 2 * MOST_LEVELS


def test_moderation_is_the_same_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    run = Graph.run

    def counted(self: Graph, inputs: Inputs) -> Any:
        sizes.append(len(next(iter(inputs.values()))))
        return run(self, inputs)

    def score(seed: int) -> float:
        job = ModerateJob(rgb=noise(seed, 50 + 40 * seed, 80), runtime=here())
        return opennsfw.MODEL.performer(MODERATE)(job)

    here().close()
    monkeypatch.setattr(Graph, "run", counted)
    alone = [score(seed) for seed in range(4)]
    threads = [partial(score, seed) for seed in range(4)]
    assert together(here().batcher, threads) == alone
    sizes.clear()
    assert together(here().batcher, threads) == alone
    assert sizes == [4]


def test_a_file_that_is_no_graph_fails_each_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object) -> Any:
        raise EngineFailed("the model cannot be loaded", log="broken")

    monkeypatch.setattr("cleanplate.weights.card_graph.graph", broken)

    def score() -> float:
        return opennsfw.MODEL.performer(MODERATE)(ModerateJob(rgb=noise(0), runtime=here()))

    for error in together(here().batcher, [score, score]):
        with logged(EngineFailed, "broken"):
            raise error
