"""Grounding DINO and Segment Anything with random weights, loaded as the product loads them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.errors import BadParameter
from cleanplate.models import grounding
from cleanplate.models.base import Model
from cleanplate.models.jobs import FindJob
from cleanplate.models.roles import FIND

pytest.importorskip("torch", reason="the extra `torch` is not installed: make test-torch")
pytest.importorskip("transformers", reason="the extra `torch` is not installed: make test-torch")

from tests.unit.models.tiny_others import save_grounding

pytestmark = pytest.mark.filterwarnings("ignore")

RGB = np.random.default_rng(0).integers(0, 256, (70, 101, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def finder(weights: Path) -> Model:
    save_grounding(weights / "tiny-grounding")
    return grounding.model("tiny-grounding", (), 2**26)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounding, "_SHORT_PX", 64)


def test_a_phrase_that_nothing_matches_is_no_region(finder: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounding, "LEAST_SCORE", 1.01)
    found = finder.performer(FIND)(FindJob(rgb=RGB, prompt="a dog", runtime=here()))
    assert found.shape == (70, 101)
    assert found.dtype == np.float32
    assert not found.any()


def test_a_phrase_that_is_too_long_is_refused(finder: Model) -> None:
    assert finder.performer(FIND)(FindJob(rgb=RGB, prompt="dog " * 60, runtime=here())).shape == (70, 101)
    with pytest.raises(BadParameter, match="too long"):
        finder.performer(FIND)(FindJob(rgb=RGB, prompt="dog " * 300, runtime=here()))


def test_what_is_found_is_a_mask(finder: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounding, "LEAST_SCORE", 0.0)
    seen: list[float] = []
    found = finder.performer(FIND)(FindJob(rgb=RGB, prompt="左边的狗", progress=seen.append, runtime=here()))
    assert found.shape == (70, 101)
    assert found.dtype == np.float32
    assert set(np.unique(found)) <= {0.0, 1.0}
    assert seen == sorted(seen)
    assert len(seen) >= 3


def test_boxes_become_what_lies_in_them(finder: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drawer gets the boxes in its own pixels, and its mask comes back without the padding."""
    import torch

    asked: list[Any] = []

    class Drawer:
        config = type("Config", (), {"vision_config": type("Vision", (), {"image_size": 64})})

        def __call__(self, **given: Any) -> Any:
            asked.append(given["input_boxes"])
            (left, top, right, bottom), heights = given["input_boxes"][0, 0].tolist(), -torch.ones(16, 16)
            heights[round(top / 4) : round(bottom / 4), round(left / 4) : round(right / 4)] = 1
            return type("Said", (), {"pred_masks": heights[None, None, None]})

    rgb = np.zeros((320, 640, 3), np.uint8)
    pair = grounding._Pair(None, None, Drawer(), "cpu")
    boxes = np.array([[0.25, 0.25, 0.75, 0.75]], np.float32)
    drawn = grounding._draw(pair, rgb, boxes, lambda done: None)
    assert asked[0].tolist() == [[[16.0, 8.0, 48.0, 24.0]]]
    rows, columns = np.nonzero(drawn)
    assert (columns.min(), columns.max()) == pytest.approx((160, 480), abs=25)
    assert (rows.min(), rows.max()) == pytest.approx((80, 240), abs=25)
