"""LaMa and MI-GAN, on graphs with the same inputs and outputs."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tests.grouped import together
from tests.logged import logged
from tests.runtimes import here
from tests.unit.fill.inpainters import graphs
from tests.unit.fill.inpainters.pulled import pulled

from cleanplate.errors import EngineFailed
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import available, inpainter
from cleanplate.fill.inpainters import lama, migan
from cleanplate.fill.network_inpainter import NetworkInpainter
from cleanplate.runtime.onnx_runtime import Graph, Inputs, Outputs
from cleanplate.weights.card import Card

COLOURS = {"lama": graphs.LAMA_COLOUR, "migan": graphs.MIGAN_COLOUR}
STRUCTURE = {"lama": lama.structure, "migan": migan.structure}
each = pytest.mark.parametrize("name", COLOURS)


@pytest.fixture(scope="module", autouse=True)
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, NetworkInpainter]]:
    with pulled(tmp_path_factory.mktemp("weights")) as cards:
        yield cards


def job(height: int, width: int, progress: Callable[[float], None] = lambda done: None) -> FillJob:
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    hole = np.zeros((height, width), np.bool_)
    hole[height // 3 : height // 2 + 1, width // 3 : width // 2 + 1] = True
    return FillJob(rgb, hole, np.zeros_like(hole), progress=progress, runtime=here())


@each
@pytest.mark.parametrize(
    ("height", "width"), [(512, 512), (90, 70), (300, 700), (1400, 900), (3, 600), (1, 2)]
)
def test_the_hole_is_made_and_nothing_else(name: str, height: int, width: int) -> None:
    asked = job(height, width)
    before = asked.rgb.copy()
    made, hole = STRUCTURE[name](asked), asked.hole
    assert (made[~hole] == before[~hole]).all()
    assert (asked.rgb == before).all(), "the input was written to"
    if min(height, width) > 50:
        off = np.abs(made[hole].astype(float) - COLOURS[name]).max(axis=1)
        assert np.median(off) <= 1
        assert off.max() <= (60 if max(height, width) > 512 else 1), "the border of a shrunk hole is soft"


@each
def test_what_lies_under_the_hole_never_matters(name: str) -> None:
    asked = job(200, 300)
    made = STRUCTURE[name](asked)
    asked.rgb[asked.hole] = 255 - asked.rgb[asked.hole]
    assert (STRUCTURE[name](asked) == made).all()


@each
def test_progress_ends_it(name: str) -> None:
    def stop(done: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        inpainter(name, here()).fill(job(100, 100, stop))


@pytest.mark.parametrize(("name", "runs"), [("lama", [3]), ("migan", [1, 1, 1])])
def test_crops_of_any_size_are_one_run_of_who_takes_batches(
    name: str, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    run = Graph.run

    def counted(self: Graph, inputs: Inputs) -> Outputs:
        sizes.append(len(inputs["image"]))
        return run(self, inputs)

    monkeypatch.setattr(Card, "at_once", lambda card, runtime: card.batch_limit)
    monkeypatch.setattr(Graph, "run", counted)
    jobs = [job(512, 512), job(300, 700), job(90, 70)]
    alone = [STRUCTURE[name](one) for one in jobs]
    for _ in range(2):  # the first time a graph is run both ways
        sizes.clear()
        made = together(here().batcher, [partial(STRUCTURE[name], one) for one in jobs])
        assert all((one == wanted).all() for one, wanted in zip(made, alone, strict=True))
    assert sizes == runs


def test_a_file_that_is_no_graph(cards: dict[str, NetworkInpainter], tmp_path: Path) -> None:
    with pulled(tmp_path):
        (tmp_path / "lama" / "lama_fp32.onnx").write_bytes(
            b"x" * (tmp_path / "lama" / "lama_fp32.onnx").stat().st_size
        )
        with logged(EngineFailed, r"lama: .*protobuf"):
            inpainter("lama", here()).fill(job(20, 20))


def test_of_both_lama_is_the_better() -> None:
    assert [one.facts.name for one in available(here())][:2] == ["lama", "migan"]
