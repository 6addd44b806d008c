"""Graphs with MobileSAM's inputs and inner tensors, which know geometry and nothing of pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cleanplate.models.parts.mobile_sam import DECODER, ENCODER

RADII: Final = (240.0, 30.0, 80.0, 2000.0)
"""In the encoder's pixels, of the discs that it draws: the single answer, and three."""
SCORES: Final = (0.75, 0.5, 0.875, 0.25)
_FLOAT = TensorProto.FLOAT
_OPSET: Final = 17


def save_mobilesam(folder: Path) -> None:
    """Both files, where they lie once they are pulled."""
    for file, model in ((ENCODER, _encoder()), (DECODER, _decoder())):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model.SerializeToString())


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)
    onnx.checker.check_model(made)
    return made


def _encoder() -> onnx.ModelProto:
    """The means of 16 x 16 pixels, in 256 planes."""
    return _model(
        helper.make_graph(
            [
                helper.make_node("AveragePool", ["input"], ["mean"], kernel_shape=[16, 16], strides=[16, 16]),
                helper.make_node("Conv", ["mean", "weights"], ["output"]),
            ],
            "encoder",
            [helper.make_tensor_value_info("input", _FLOAT, ["batch_size", 3, 1024, 1024])],
            [helper.make_tensor_value_info("output", _FLOAT, [1, 256, 64, 64])],
            [numpy_helper.from_array(np.full((256, 3, 1, 1), 1 / 3, np.float32), "weights")],
        )
    )


def _decoder() -> onnx.ModelProto:
    """Four discs round the middle of all points that are on the thing, and of the corners of its box."""
    grid = (np.mgrid[:256, :256].astype(np.float32) * 4 + 1.5)[::-1][None]
    constants = {
        "grid": grid,  # (1, 2, 256, 256), x and y
        "zero": np.zeros(1, np.float32),
        "half": np.array([0.5], np.float32),
        "axis": np.array([1], np.int64),
        "last": np.array([2], np.int64),
        "as_places": np.array([1, 2, 1, 1], np.int64),
        "radii": np.array(RADII, np.float32).reshape(1, 4, 1, 1),
        "scores": np.array([SCORES], np.float32),
    }
    levels, scores = "/Reshape_9_output_0", "/iou_prediction_head/layers.2/Gemm_output_0"
    nodes = [
        helper.make_node("Greater", ["point_labels", "half"], ["on"]),
        helper.make_node("Cast", ["on"], ["weight"], to=_FLOAT),
        helper.make_node("Unsqueeze", ["weight", "last"], ["weights"]),
        helper.make_node("Mul", ["point_coords", "weights"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "axis"], ["total"], keepdims=0),
        helper.make_node("ReduceSum", ["weight", "axis"], ["count"], keepdims=1),
        helper.make_node("Div", ["total", "count"], ["middle"]),
        helper.make_node("Reshape", ["middle", "as_places"], ["place"]),
        helper.make_node("Sub", ["grid", "place"], ["away"]),
        helper.make_node("ReduceL2", ["away"], ["distance"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["radii", "distance"], [levels]),
        helper.make_node("Add", ["scores", "zero"], [scores]),
        # What the file itself gives out
        helper.make_node("ReduceMax", [levels], ["masks"], axes=[1], keepdims=1),
        helper.make_node("ReduceMax", [scores], ["iou_predictions"], axes=[1], keepdims=1),
        helper.make_node("Identity", ["masks"], ["low_res_masks"]),
    ]
    shapes: Mapping[str, Sequence[str | int | None]] = {
        "image_embeddings": [1, 256, 64, 64],
        "point_coords": [1, "num_points", 2],
        "point_labels": [1, "num_points"],
        "mask_input": [1, 1, 256, 256],
        "has_mask_input": [1],
        "orig_im_size": [2],
    }
    return _model(
        helper.make_graph(
            nodes,
            "decoder",
            [helper.make_tensor_value_info(name, _FLOAT, shape) for name, shape in shapes.items()],
            [
                helper.make_tensor_value_info(name, _FLOAT, [None] * rank)
                for name, rank in (("masks", 4), ("iou_predictions", 2), ("low_res_masks", 4))
            ],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
    )
