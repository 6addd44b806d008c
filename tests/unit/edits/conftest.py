"""Networks that are here for one test, and what the settings want to fill."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.runtimes import plug_in

from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.pixels.types import Rgb8

COLOUR = (10, 200, 90)
Network = Callable[..., Model]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Puts a network that paints one colour beside those that are here."""

    def paint(role: Role, job: ModelJob) -> Rgb8:
        assert job.mask is not None
        return np.where(job.mask[..., None] > 0, np.array(COLOUR, np.uint8), job.rgb)

    def put(name: str = "painter", *, rank: int = 50, run: Any = paint, **card: Any) -> Model:
        model = Model(name, frozenset({"erase"}), "MIT", run, sha256="1" * 64, rank=rank, **card)
        plug_in(monkeypatch, model)
        return model

    return put


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets what the settings want to fill."""
    return lambda name: monkeypatch.setenv("CLEANPLATE_FILL_ENGINE", name)
