"""The main subject: what goes into the network and what becomes of its answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.runtimes import here

from cleanplate.models import subject
from cleanplate.models.jobs import SubjectJob
from cleanplate.models.roles import SUBJECT
from cleanplate.models.run_model import run_model


class Net:
    """Sure of what is bright, and beyond 0..1 as sums of rounding errors are."""

    inputs = ("input.1",)

    def __init__(self) -> None:
        self.seen: NDArray[np.float32] = np.zeros(0, np.float32)

    def run(self, inputs: Mapping[str, Any]) -> list[NDArray[np.float32]]:
        self.seen = inputs["input.1"]
        bright = np.where(self.seen[:, :1] > 1, 1.01, -0.01).astype(np.float32)
        return [bright, bright * 0]


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    made = Net()

    @contextmanager
    def lent(*_: Any) -> Iterator[Net]:
        yield made

    monkeypatch.setattr(subject, "graph", lent)
    return made


def test_the_picture_goes_in_normalised_and_the_answer_comes_out_at_its_size(net: Net) -> None:
    rgb = np.full((90, 200, 3), 20, np.uint8)
    rgb[30:60, 50:150] = (100, 100, 100)
    sure = subject.MODEL.performer(SUBJECT)(SubjectJob(rgb=rgb, runtime=here()))
    assert sure.shape == (90, 200)
    assert sure.dtype == np.float32
    assert 0 <= sure.min() <= sure.max() <= 1
    assert (sure[35:55, 55:145] == 1).all()
    assert (sure[:25] == 0).all()
    assert net.seen.shape == (1, 3, 320, 320)
    assert net.seen.dtype == np.float32
    brightest = (1 - np.array((0.485, 0.456, 0.406))) / np.array((0.229, 0.224, 0.225))
    np.testing.assert_allclose(
        net.seen.max((0, 2, 3)), brightest, rtol=1e-5
    )  # its lightest value counts as 1


def test_a_black_picture_has_no_subject_and_does_no_harm(net: Net) -> None:
    sure = subject.MODEL.performer(SUBJECT)(SubjectJob(rgb=np.zeros((1, 2, 3), np.uint8), runtime=here()))
    assert (sure == 0).all()
    assert np.isfinite(net.seen).all()


@pytest.mark.skipif(bool(subject.MODEL.card.missing(here())), reason="the network is not pulled here")
def test_the_network_finds_a_ball() -> None:
    rgb = np.full((200, 300, 3), (90, 140, 90), np.uint8)
    y, x = np.mgrid[0:200, 0:300]
    ball = np.hypot(y - 100, x - 150) < 50
    rgb[ball] = (220, 40, 40)
    sure = run_model(SUBJECT, SubjectJob(rgb=rgb, runtime=here()), subject.NAME).made
    assert sure[ball].mean() > 0.9
    assert sure[~ball].mean() < 0.05
