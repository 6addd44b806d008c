"""A graph gives out a tensor that its file keeps within."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnxruntime import InferenceSession
from tests.logged import logged

from cleanplate.errors import EngineFailed
from cleanplate.runtime.onnx_outputs import with_outputs


@pytest.fixture(scope="module")
def exported() -> bytes:
    """(x + x) * x, of which the file gives out the product alone."""
    size = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n"])
    nodes = [helper.make_node("Add", ["x", "x"], ["/sum"]), helper.make_node("Mul", ["/sum", "x"], ["out"])]
    graph = helper.make_graph(nodes, "g", [size], [out])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return bytes(made.SerializeToString())


def test_what_is_within_comes_out_in_the_order_that_was_asked_for(exported: bytes) -> None:
    given = {"x": np.array([1, 2, 3], np.float32)}
    session = InferenceSession(with_outputs(exported, ("out", "/sum")), providers=["CPUExecutionProvider"])
    product, total = session.run(None, given)
    assert (product.tolist(), total.tolist()) == ([2, 8, 18], [2, 4, 6])
    alone = InferenceSession(with_outputs(exported, ("/sum",)), providers=["CPUExecutionProvider"])
    assert [entry.name for entry in alone.get_outputs()] == ["/sum"]
    assert alone.run(None, given)[0].tolist() == [2, 4, 6]


def test_all_else_is_as_it_was(exported: bytes) -> None:
    changed = onnx.load_from_string(with_outputs(exported, ("/sum",)))
    before = onnx.load_from_string(exported)
    del changed.graph.output[:], before.graph.output[:]
    assert changed == before


@pytest.mark.parametrize("junk", [b"\xff" * 40, b"\x0f\x0f", b"<html>not found</html>"])
def test_something_else_is_refused(junk: bytes) -> None:
    with logged(EngineFailed, "no ONNX file"):
        with_outputs(junk, ("a",))
