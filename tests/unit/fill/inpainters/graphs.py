"""ONNX graphs with the inputs and outputs of the real ones, that paint the hole in one colour."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

LAMA_COLOUR = (200.0, 30.0, 90.0)
"""Red, green, blue, as the graph paints it."""
MIGAN_COLOUR = (40, 220, 70)
_OPSET, _IR = 17, 10


def lama(path: Path) -> None:
    """`image` and `mask` are float32, 512 x 512 and no other; the output is in 0..255.

    An image beyond 0..1 gives another colour.
    """
    colour = np.array(LAMA_COLOUR, np.float32).reshape(1, 3, 1, 1)
    nodes = [
        helper.make_node("Mul", ["image", "full"], ["bright"]),
        helper.make_node("Sub", ["one", "mask"], ["known"]),
        helper.make_node("Mul", ["bright", "known"], ["kept"]),
        helper.make_node("ReduceMax", ["image"], ["brightest"]),
        helper.make_node("Max", ["brightest", "one"], ["excess"]),
        helper.make_node("Div", ["colour", "excess"], ["right_colour"]),
        helper.make_node("Mul", ["right_colour", "mask"], ["painted"]),
        helper.make_node("Add", ["kept", "painted"], ["output"]),
    ]
    constants: dict[str, ArrayLike] = {"full": np.float32(255), "one": np.float32(1), "colour": colour}
    _save(
        path,
        nodes,
        constants,
        [
            helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 512, 512]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", 1, 512, 512]),
        ],
        helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 3, "height", "width"]),
    )


def migan(path: Path) -> None:
    """`image` and `mask` are uint8 of any size; 255 is known. The hole's outermost pixel stays as it was."""
    colour = np.array(MIGAN_COLOUR, np.uint8).reshape(1, 3, 1, 1)
    nodes = [
        helper.make_node("Cast", ["mask"], ["mask_float"], to=TensorProto.FLOAT),
        helper.make_node(
            "MaxPool", ["mask_float"], ["wider"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1]
        ),
        helper.make_node("Equal", ["wider", "known"], ["is_known"]),
        helper.make_node("Where", ["is_known", "image", "colour"], ["result"]),
    ]
    size: list[str | int | None] = ["batch_size", 3, "height", "width"]
    _save(
        path,
        nodes,
        {"known": np.float32(255), "colour": colour},
        [
            helper.make_tensor_value_info("image", TensorProto.UINT8, size),
            helper.make_tensor_value_info("mask", TensorProto.UINT8, ["batch_size", 1, "height", "width"]),
        ],
        helper.make_tensor_value_info("result", TensorProto.UINT8, size),
    )


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    constants: Mapping[str, ArrayLike],
    inputs: list[onnx.ValueInfoProto],
    output: onnx.ValueInfoProto,
) -> None:
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, path.stem, inputs, [output], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
