"""Graphs that are given several pictures at once, and those that must not be."""

from collections.abc import Iterator, Sequence

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tests.logged import logged
from tests.runtimes import here

from cleanplate.errors import EngineFailed
from cleanplate.runtime.onnx_runtime import Graph, Inputs, graph

Pictures = list[Inputs]


def made_of(nodes: Sequence[onnx.NodeProto], batch: str | int) -> bytes:
    """A graph from `x` to `y`, both (batch, 3)."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 3]) for name in ("x", "y")]
    drawn = helper.make_graph(list(nodes), "made", ends[:1], ends[1:])
    model = helper.make_model(drawn, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    data: bytes = model.SerializeToString()
    return data


DOUBLED = [helper.make_node("Add", ["x", "x"], ["y"])]
MEAN = [
    helper.make_node("ReduceMean", ["x"], ["mean"], axes=[0], keepdims=1),
    helper.make_node("Sub", ["x", "mean"], ["y"]),
]
FIRST = [helper.make_node("ReduceMax", ["x"], ["y"], axes=[0], keepdims=1)]


@pytest.fixture
def pictures() -> Pictures:
    random = np.random.default_rng(0)
    return [{"x": random.random((1, 3), np.float32)} for _ in range(4)]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many pictures each run had."""
    sizes: list[int] = []
    run = Graph.run

    def counted(self: Graph, inputs: Inputs) -> list[NDArray[np.float32]]:
        sizes.append(len(inputs["x"]))
        return run(self, inputs)

    monkeypatch.setattr(Graph, "run", counted)
    yield sizes
    here().close()


def test_a_graph_that_is_the_same_for_each_has_one_run(pictures: Pictures, runs: list[int]) -> None:
    with graph(made_of(DOUBLED, "n"), "doubled", 1000, here()) as loaded:
        for _ in range(3):
            for inputs, (output,) in zip(pictures, loaded.run_all(pictures), strict=True):
                assert (output == 2 * inputs["x"]).all()
                assert output.shape == (1, 3)
    assert runs == [1, 1, 1, 1, 4, 4, 4], "the first time both ways"


@pytest.mark.parametrize(("nodes", "batch"), [(MEAN, "n"), (FIRST, "n"), (DOUBLED, 1)])
def test_a_graph_that_is_not_is_never_asked_again(
    pictures: Pictures, runs: list[int], nodes: list[onnx.NodeProto], batch: str | int
) -> None:
    """It mixes them, makes one of all, or has its size in the file."""
    with graph(made_of(nodes, batch), "mixed", 1000, here()) as loaded:
        alone = [loaded.run(inputs)[0] for inputs in pictures]
        runs.clear()
        for _ in range(2):
            made = loaded.run_all(pictures)
            assert all((output == wanted).all() for (output,), wanted in zip(made, alone, strict=True))
    assert runs == [1, 1, 1, 1, 4, 1, 1, 1, 1]


def test_one_picture_says_nothing_of_batches(pictures: Pictures, runs: list[int]) -> None:
    with graph(made_of(DOUBLED, "n"), "doubled", 1000, here()) as loaded:
        loaded.run_all(pictures[:1])
        assert loaded._batches is None
    assert runs == [1]


def test_memory_that_lacks_once_says_nothing_of_batches(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    with graph(made_of(DOUBLED, "n"), "doubled", 1000, here()) as loaded:
        run = loaded.run

        def short(inputs: Inputs) -> list[NDArray[np.float32]]:
            if len(inputs["x"]) > 1:
                raise EngineFailed("out of memory") from MemoryError()
            return run(inputs)

        monkeypatch.setattr(loaded, "run", short)
        with logged(EngineFailed, "out of memory"):
            loaded.run_all(pictures)
        assert loaded._batches is None
    here().close()
