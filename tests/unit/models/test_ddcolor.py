"""DDColor: what goes into a graph of its interface, and what becomes of the colours that it gives."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.runtimes import here
from tests.unit.models.tiny_others import save_ddcolor

from cleanplate.errors import EngineFailed
from cleanplate.models import ddcolor
from cleanplate.models.base import Model
from cleanplate.models.jobs import ColorizeJob
from cleanplate.models.roles import COLORIZE
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import Runtime

GREY = np.random.default_rng(0).integers(0, 256, (70, 101, 1)).astype(np.uint8).repeat(3, axis=2)
LUMA = np.array([0.299, 0.587, 0.114])


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    save_ddcolor(tmp_path / "tiny-ddcolor")
    made = here(models=tmp_path)
    yield made
    made.close()


@pytest.fixture
def colourist() -> Model:
    return ddcolor.model("tiny-ddcolor", ())


def coloured(colourist: Model, rgb: Rgb8, runtime: Runtime) -> Rgb8:
    return colourist.performer(COLORIZE)(ColorizeJob(rgb=rgb, runtime=runtime))


def test_colours_on_the_same_brightness(colourist: Model, runtime: Runtime) -> None:
    seen: list[float] = []
    made = colourist.performer(COLORIZE)(ColorizeJob(rgb=GREY, progress=seen.append, runtime=runtime))
    assert made.shape == GREY.shape
    assert made.dtype == np.uint8
    assert np.ptp(made, axis=2).max() > 0
    assert np.abs(made @ LUMA - GREY[..., 0]).max() <= 0.5 + 1e-4
    assert seen == sorted(seen)
    assert len(seen) >= 3


def lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


@pytest.mark.parametrize("size", [(64, 64), (90, 300), (1200, 400)])
def test_the_colours_are_those_of_the_graph_in_their_places(
    colourist: Model, runtime: Runtime, size: tuple[int, int]
) -> None:
    """a* and b* are 60 (x - 0.5) of the grey x that the graph was shown."""
    rgb = np.full((*size, 3), 100, np.uint8)
    rgb[:, size[1] // 2 :] = 150
    made = coloured(colourist, rgb, runtime)
    dark, light = made[:, : size[1] // 3], made[:, -(size[1] // 3) :]
    for part, grey in ((dark, 100), (light, 150)):
        _, a, b = np.median(lab(part).reshape(-1, 3), axis=0)
        wanted = 60 * (grey / 255 - 0.5)
        assert (a, b) == pytest.approx((wanted, wanted), abs=2)


def test_old_colours_do_not_count(colourist: Model, runtime: Runtime) -> None:
    red = np.full((40, 40, 3), (200, 60, 60), np.uint8)
    grey = np.full((40, 40, 3), round(float(np.array([200, 60, 60]) @ LUMA)), np.uint8)
    apart = coloured(colourist, red, runtime).astype(int) - coloured(colourist, grey, runtime)
    assert np.abs(apart).max() < 25


def test_a_tiny_picture(colourist: Model, runtime: Runtime) -> None:
    assert coloured(colourist, GREY[:1, :2], runtime).shape == (1, 2, 3)


def test_a_file_that_is_no_graph(colourist: Model, tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "tiny-ddcolor" / ddcolor.WEIGHTS.path).write_bytes(b"no graph")
    with pytest.raises(EngineFailed):
        coloured(colourist, GREY, runtime)


def test_its_weights_are_pinned_to_a_commit() -> None:
    assert "/resolve/4755ae9f1f7a35a9e7693b96c2a88f3432cb6ab0/" in ddcolor.WEIGHTS.url
    assert len(ddcolor.WEIGHTS.sha256) == 64
    assert ddcolor.MODEL.card.extra == ""
