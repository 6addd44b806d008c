"""Networks that are here for one test, and what the settings want to fill."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.runtimes import plug_in

from cleanplate.fill.base import FillJob, Holes
from cleanplate.fill.network_inpainter import CROP_MS, NetworkInpainter, Structure
from cleanplate.pixels.types import Rgb8
from cleanplate.weights.card import Card

COLOUR = (10, 200, 90)
Network = Callable[..., NetworkInpainter]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Puts a network that paints one colour beside those that are here."""

    def paint(job: FillJob) -> Rgb8:
        return np.where(job.hole[..., None], np.array(COLOUR, np.uint8), job.rgb)

    def put(
        name: str = "painter",
        *,
        rank: int = 50,
        run: Structure = paint,
        holes: Holes = "any",
        crop_ms: float = CROP_MS,
        **card: Any,
    ) -> NetworkInpainter:
        known = Card(name, "MIT", sha256="1" * 64, **card)
        inpainter = NetworkInpainter(known, run, rank=rank, holes=holes, crop_ms=crop_ms)
        plug_in(monkeypatch, inpainter)
        return inpainter

    return put


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets what the settings want to fill."""
    return lambda name: monkeypatch.setenv("CLEANPLATE_FILL_ENGINE", name)
