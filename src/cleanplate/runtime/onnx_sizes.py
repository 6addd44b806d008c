"""ONNX files with their sizes unsaid: a graph that was exported for one size then takes any.

ONNX Runtime refuses an input that differs from the size in the file, and knows no option to overlook it. The
file is a Protocol Buffers message; the few fields that hold sizes are rewritten here, all else is copied.
Field numbers: onnx.proto3 of ONNX (IR version 10).
"""

from cleanplate.errors import EngineFailed
from cleanplate.runtime.protobuf_fields import fields, length_delimited

_GRAPH, _INPUT, _OUTPUT, _VALUE_INFO = 7, 11, 12, 13
_TO_SHAPE = (2, 1, 2)
"""ValueInfoProto.type, TypeProto.tensor_type, TypeProto.Tensor.shape."""
_DIM = 1
_ONE = b"\x08\x01"
"""A dimension of size 1: it stays, or a vector would become a picture."""


def any_size(model: bytes, axes: tuple[int, ...]) -> bytes:
    """The model with `axes` of every four-dimensional input and output of the graph left open.

    What the file says about sizes between them goes too: the runtime infers it anew from each picture.

    Raises:
        EngineFailed: it is no ONNX file.
    """
    try:
        return b"".join(
            length_delimited(_GRAPH, _opened_graph(field.content, axes))
            if field.number == _GRAPH and field.content is not None
            else field.raw
            for field in fields(model)
        )
    except (IndexError, ValueError) as error:
        raise EngineFailed("the model cannot be loaded", log=f"no ONNX file: {error}") from error


def _opened_graph(graph: bytes, axes: tuple[int, ...]) -> bytes:
    kept: list[bytes] = []
    for field in fields(graph):
        if field.number in (_INPUT, _OUTPUT) and field.content is not None:
            kept.append(length_delimited(field.number, _open(field.content, _TO_SHAPE, axes)))
        elif field.number != _VALUE_INFO:
            kept.append(field.raw)
    return b"".join(kept)


def _open(message: bytes, path: tuple[int, ...], axes: tuple[int, ...]) -> bytes:
    """The message with the shape that lies at `path` below it opened."""
    if not path:
        return _opened_shape(message, axes)
    return b"".join(
        length_delimited(field.number, _open(field.content, path[1:], axes))
        if field.number == path[0] and field.content is not None
        else field.raw
        for field in fields(message)
    )


def _opened_shape(shape: bytes, axes: tuple[int, ...]) -> bytes:
    dims = [field for field in fields(shape) if field.number == _DIM]
    if len(dims) <= max(axes):
        return shape  # a vector, or a list of weights
    return b"".join(
        length_delimited(_DIM, b"") if axis in axes and field.content != _ONE else field.raw
        for axis, field in enumerate(dims)
    )
