"""Graphs of the interfaces of what finds things by words and of what colours pictures, small and untrained.

The finder knows no picture: its boxes and how sure it is of each depend on the words alone.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from cleanplate.models import ddcolor, grounding

WORDS: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "dog", "cat", "crowd", "disc", "faint")
_PLACES: Final = (
    (0.25, 0.5, 0.3, 0.6),
    (0.75, 0.5, 0.3, 0.6),
    (0.76, 0.5, 0.3, 0.6),
    (0.5, 0.5, 0.2, 0.2),
)
"""Middles and sizes: left, right, right once more, and a small one."""
_SURE: Final = {
    "dog": (3.0, 2.0, 1.0, -9.0),
    "cat": (-9.0, -9.0, 2.5, -9.0),
    "disc": (-9.0, -9.0, -9.0, 4.0),
    "faint": (-0.65, -0.63, -9.0, -9.0),
}
"""How sure each word makes the finder of these places; other words find nothing."""
_OTHERS: Final = ("token_type_ids", "attention_mask", "pixel_mask")
"""Inputs whose values change nothing here."""
_FLOAT, _INT = TensorProto.FLOAT, TensorProto.INT64


def _save(graph: onnx.GraphProto, path: Path) -> None:
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.SerializeToString())


def save_grounding(folder: Path) -> None:
    """The detector, and its tokenizer, which works as BERT's."""
    tokenizer = Tokenizer(
        models.WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_truncation(512)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / grounding.TOKENIZER))
    table = np.full((len(WORDS), len(_PLACES)), -9, np.float32)
    for word, sure in _SURE.items():
        table[WORDS.index(word)] = sure
    constants: Mapping[str, NDArray[Any]] = {
        "table": table,
        "places": np.array([_PLACES], np.float32),
        "none": np.zeros(1, np.float32),
        "pads": np.array([0, 0, 0, 0, 0, 256], np.int64),
        "outside": np.array(-np.inf, np.float32),
        "first": np.array([0], np.int64),
        "last": np.array([256], np.int64),
        "tokens": np.array([2], np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["by_token"]),
        helper.make_node("Transpose", ["by_token"], ["by_place"], perm=[0, 2, 1]),
        helper.make_node("Pad", ["by_place", "pads", "outside"], ["padded"]),
        helper.make_node("Slice", ["padded", "first", "last", "tokens"], ["logits"]),
        # Every input is used, as in the real graph
        *(helper.make_node("Cast", [name], [f"{name}_f"], to=_FLOAT) for name in _OTHERS),
        *(helper.make_node("ReduceSum", [f"{name}_f"], [f"{name}_sum"], keepdims=0) for name in _OTHERS),
        helper.make_node("ReduceSum", ["pixel_values"], ["pixels_sum"], keepdims=0),
        helper.make_node("Sum", [*(f"{name}_sum" for name in _OTHERS), "pixels_sum"], ["total"]),
        helper.make_node("Mul", ["total", "none"], ["nothing"]),
        helper.make_node("Add", ["places", "nothing"], ["pred_boxes"]),
    ]
    shapes: Mapping[str, tuple[int, Sequence[str | int | None]]] = {
        "pixel_values": (_FLOAT, ["batch_size", 3, 800, 800]),
        "input_ids": (_INT, ["batch_size", "sequence_length"]),
        "token_type_ids": (_INT, ["batch_size", "sequence_length"]),
        "attention_mask": (_INT, ["batch_size", "sequence_length"]),
        "pixel_mask": (_INT, ["batch_size", 800, 800]),
    }
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in shapes.items()],
        [
            helper.make_tensor_value_info("logits", _FLOAT, ["batch_size", len(_PLACES), 256]),
            helper.make_tensor_value_info("pred_boxes", _FLOAT, ["batch_size", len(_PLACES), 4]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    _save(graph, folder / grounding.DETECTOR)


def save_ddcolor(folder: Path) -> None:
    """Where the picture is light it is red, where it is dark blue."""
    constants = {
        "weights": np.array([[[[20]], [[20]], [[20]]], [[[20]], [[20]], [[20]]]], np.float32),
        "bias": np.array([-30, -30], np.float32),
    }
    graph = helper.make_graph(
        [helper.make_node("Conv", ["input", "weights", "bias"], ["output"])],
        "colourist",
        [helper.make_tensor_value_info("input", _FLOAT, [1, 3, 512, 512])],
        [helper.make_tensor_value_info("output", _FLOAT, [1, 2, 512, 512])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    _save(graph, folder / ddcolor.WEIGHTS.path)
