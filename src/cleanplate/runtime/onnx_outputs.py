"""ONNX files that give out what they have within: other tensors than those that the file calls its outputs.

An export may choose between several answers itself and throw the others away. ONNX Runtime gives out whatever
tensor is named as an output, and leaves away what is then computed for nobody.
Field numbers: onnx.proto3 of ONNX (IR version 10).
"""

from collections.abc import Sequence

from cleanplate.errors import EngineFailed
from cleanplate.runtime.protobuf_fields import fields, length_delimited

_GRAPH, _OUTPUT, _NAME = 7, 12, 1


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """The model with these tensors as its outputs, in this order, instead of its own.

    Args:
        names: of tensors in the graph; one that is not there fails when the model is loaded.

    Raises:
        EngineFailed: it is no ONNX file.
    """
    wanted = b"".join(length_delimited(_OUTPUT, length_delimited(_NAME, name.encode())) for name in names)
    try:
        return b"".join(
            length_delimited(_GRAPH, _without_outputs(field.content) + wanted)
            if field.number == _GRAPH and field.content is not None
            else field.raw
            for field in fields(model)
        )
    except (IndexError, ValueError) as error:
        raise EngineFailed("the model cannot be loaded", log=f"no ONNX file: {error}") from error


def _without_outputs(graph: bytes) -> bytes:
    return b"".join(field.raw for field in fields(graph) if field.number != _OUTPUT)
