"""Words to things: what goes into a graph of the detector's interface, and what comes of its boxes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.runtimes import here

pytest.importorskip("tokenizers", reason="the extra `words` is not installed")

from tests.unit.models.tiny_mobilesam import RADII, save_mobilesam
from tests.unit.models.tiny_others import save_grounding

from cleanplate.errors import BadParameter
from cleanplate.models import grounding
from cleanplate.models.base import Model
from cleanplate.models.jobs import DetectedThing, DetectJob, FindJob
from cleanplate.models.parts import mobile_sam
from cleanplate.models.roles import DETECT, FIND
from cleanplate.runtime.runtime import Runtime

RGB = np.random.default_rng(0).integers(0, 256, (100, 200, 3)).astype(np.uint8)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    save_grounding(tmp_path / "tiny-grounding")
    save_mobilesam(tmp_path / mobile_sam.NAME)
    made = here(models=tmp_path)
    yield made
    made.close()


@pytest.fixture
def finder() -> Model:
    return grounding.model("tiny-grounding", ())


def things(finder: Model, runtime: Runtime, prompt: str) -> tuple[DetectedThing, ...]:
    return finder.performer(DETECT)(DetectJob(rgb=RGB, prompt=prompt, runtime=runtime))


def test_each_thing_once_the_surest_first(finder: Model, runtime: Runtime) -> None:
    first, second = things(finder, runtime, "Dog")
    assert first.box == pytest.approx((20, 20, 80, 80), abs=0.01)
    assert second.box == pytest.approx((120, 20, 180, 80), abs=0.01)
    assert (first.score, second.score) == pytest.approx((0.9526, 0.8808), abs=1e-3)


@pytest.mark.parametrize(
    ("prompt", "left"),
    [("the dog on the right", 120), ("左边的狗", 20), ("the dog on the left", 20), ("狗", 20)],
)
def test_which_one_is_meant(finder: Model, runtime: Runtime, prompt: str, left: float) -> None:
    assert things(finder, runtime, prompt)[0].box[0] == pytest.approx(left, abs=0.01)


def test_several_phrases_are_looked_for_one_by_one(finder: Model, runtime: Runtime) -> None:
    lefts = [thing.box[0] for thing in things(finder, runtime, "a dog. the cat. a disc.")]
    assert lefts == pytest.approx([80, 20, 122], abs=0.01)  # the cat is where the second dog is, and surer


@pytest.mark.parametrize("prompt", ["a crowd", "faint", "...", "?"])
def test_words_that_name_nothing_here(finder: Model, runtime: Runtime, prompt: str) -> None:
    """Nor does a box of which the detector is not sure."""
    assert things(finder, runtime, prompt) == ()
    found = finder.performer(FIND)(FindJob(rgb=RGB, prompt=prompt, runtime=runtime))
    assert found.shape == (100, 200)
    assert found.dtype == np.float32
    assert not found.any()


def test_phrases_that_are_too_long_or_too_many_are_refused(finder: Model, runtime: Runtime) -> None:
    assert things(finder, runtime, "dog " * 250)
    with pytest.raises(BadParameter, match="too long"):
        things(finder, runtime, "dog " * 300)
    with pytest.raises(BadParameter, match="these are 9 phrases"):
        things(finder, runtime, "dog." * 9)


def test_the_boxes_become_outlines(finder: Model, runtime: Runtime) -> None:
    seen: list[float] = []
    job = FindJob(rgb=RGB, prompt="dogs and a dog", progress=seen.append, runtime=runtime)
    found = finder.performer(FIND)(job)
    assert set(np.unique(found)) == {0.0, 1.0}
    radius = RADII[0] * 200 / 1024
    y, x = np.mgrid[:100, :200]
    wanted = np.minimum(np.hypot(x - 49.5, y - 49.5), np.hypot(x - 149.5, y - 49.5)) < radius
    assert (wanted != (found > 0)).mean() < 0.01
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    one = finder.performer(FIND)(FindJob(rgb=RGB, prompt="the dog on the left", runtime=runtime))
    assert not one[:, 100:].any()
    assert one.any()


def test_overlap() -> None:
    box = np.array([0, 0, 1, 1], np.float32)
    assert grounding._overlap(box, box) == 1
    assert grounding._overlap(box, box + 2) == 0
    assert grounding._overlap(box, np.array([0, 0, 0.5, 1], np.float32)) == 0.5
    assert grounding._overlap(box * 0, box * 0) == 1


def test_its_card_brings_the_other_network_along(tmp_path: Path) -> None:
    card, runtime = grounding.MODEL.card, here(models=tmp_path)
    assert card.partners == (mobile_sam.CARD,)
    assert "cleanplate models pull grounding" in card.missing(runtime)
    save_grounding(tmp_path / "alone")
    assert not grounding.model("alone", ()).card.is_here(runtime)
