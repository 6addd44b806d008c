"""LaMa and MI-GAN, on graphs with the same inputs and outputs."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.logged import logged
from tests.runtimes import here
from tests.unit.models import graphs
from tests.unit.models.pulled import pulled

from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.models.base import Model, ModelJob
from cleanplate.models.catalogue import model_for
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Rgb8

COLOURS = {"lama": graphs.LAMA_COLOUR, "migan": graphs.MIGAN_COLOUR}
each = pytest.mark.parametrize("name", COLOURS)


@pytest.fixture(scope="module", autouse=True)
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Model]]:
    with pulled(tmp_path_factory.mktemp("weights")) as cards:
        yield cards


def job(height: int, width: int) -> ModelJob:
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    mask = np.zeros((height, width), np.float32)
    mask[height // 3 : height // 2 + 1, width // 3 : width // 2 + 1] = 1
    return ModelJob(rgb, mask, runtime=here())


@each
@pytest.mark.parametrize(
    ("height", "width"), [(512, 512), (90, 70), (300, 700), (1400, 900), (3, 600), (1, 2)]
)
def test_the_hole_is_made_and_nothing_else(name: str, height: int, width: int) -> None:
    asked = job(height, width)
    before = asked.rgb.copy()
    made: Rgb8 = run_model("erase", asked, name).made
    assert asked.mask is not None
    hole = asked.mask > 0
    assert (made[~hole] == before[~hole]).all()
    assert (asked.rgb == before).all(), "the input was written to"
    if min(height, width) > 50:
        off = np.abs(made[hole].astype(float) - COLOURS[name]).max(axis=1)
        assert np.median(off) <= 1
        assert off.max() <= (60 if max(height, width) > 512 else 1), "the border of a shrunk hole is soft"


@each
def test_what_lies_under_the_hole_never_matters(name: str) -> None:
    asked = job(200, 300)
    assert asked.mask is not None
    made = run_model("erase", asked, name).made
    asked.rgb[asked.mask > 0] = 255 - asked.rgb[asked.mask > 0]
    assert (run_model("erase", asked, name).made == made).all()


@each
def test_progress_ends_it(name: str) -> None:
    def stop(done: float) -> None:
        raise InterruptedError

    asked = job(100, 100)
    with pytest.raises(InterruptedError):
        run_model("erase", ModelJob(asked.rgb, asked.mask, progress=stop, runtime=here()), name)


@each
def test_without_a_mask(name: str) -> None:
    with pytest.raises(BadParameter, match="needs a mask"):
        run_model("erase", ModelJob(job(10, 10).rgb, runtime=here()), name)


def test_a_file_that_is_no_graph(cards: dict[str, Model], tmp_path: Path) -> None:
    with pulled(tmp_path):
        (tmp_path / "lama" / "lama_fp32.onnx").write_bytes(
            b"x" * (tmp_path / "lama" / "lama_fp32.onnx").stat().st_size
        )
        with logged(EngineFailed, r"lama: .*protobuf"):
            run_model("erase", job(20, 20), "lama")


def test_of_both_lama_is_the_better() -> None:
    assert model_for("erase", here()).name == "lama"
