"""ONNX files with their sizes unsaid: a graph that was exported for one size then takes any.

ONNX Runtime refuses an input that differs from the size in the file, and knows no option to overlook it. The
file is a Protocol Buffers message; the few fields that hold sizes are rewritten here, all else is copied.
Field numbers: onnx.proto3 of ONNX (IR version 10); encoding: protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cleanplate.errors import EngineFailed

_GRAPH, _INPUT, _OUTPUT, _VALUE_INFO = 7, 11, 12, 13
_TO_SHAPE = (2, 1, 2)
"""ValueInfoProto.type, TypeProto.tensor_type, TypeProto.Tensor.shape."""
_DIM = 1
_BYTES = 2
"""The wire type of what has a length."""
_ONE = b"\x08\x01"
"""A dimension of size 1: it stays, or a vector would become a picture."""
_LOW_7, _MORE = 0x7F, 0x80


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a message: its number, its content when that is bytes, and all of it as it stood."""

    number: int
    content: bytes | None
    raw: bytes


def any_size(model: bytes, axes: tuple[int, ...]) -> bytes:
    """The model with `axes` of every four-dimensional input and output of the graph left open.

    What the file says about sizes between them goes too: the runtime infers it anew from each picture.

    Raises:
        EngineFailed: it is no ONNX file.
    """
    try:
        return b"".join(
            _wrap(_GRAPH, _opened_graph(field.content, axes))
            if field.number == _GRAPH and field.content is not None
            else field.raw
            for field in _fields(model)
        )
    except (IndexError, ValueError) as error:
        raise EngineFailed("the model cannot be loaded", log=f"no ONNX file: {error}") from error


def _opened_graph(graph: bytes, axes: tuple[int, ...]) -> bytes:
    kept: list[bytes] = []
    for field in _fields(graph):
        if field.number in (_INPUT, _OUTPUT) and field.content is not None:
            kept.append(_wrap(field.number, _open(field.content, _TO_SHAPE, axes)))
        elif field.number != _VALUE_INFO:
            kept.append(field.raw)
    return b"".join(kept)


def _open(message: bytes, path: tuple[int, ...], axes: tuple[int, ...]) -> bytes:
    """The message with the shape that lies at `path` below it opened."""
    if not path:
        return _opened_shape(message, axes)
    return b"".join(
        _wrap(field.number, _open(field.content, path[1:], axes))
        if field.number == path[0] and field.content is not None
        else field.raw
        for field in _fields(message)
    )


def _opened_shape(shape: bytes, axes: tuple[int, ...]) -> bytes:
    dims = [field for field in _fields(shape) if field.number == _DIM]
    if len(dims) <= max(axes):
        return shape  # a vector, or a list of weights
    return b"".join(
        _wrap(_DIM, b"") if axis in axes and field.content != _ONE else field.raw
        for axis, field in enumerate(dims)
    )


def _fields(message: bytes) -> Iterator[_Field]:
    position = 0
    while position < len(message):
        start = position
        tag, position = _varint(message, position)
        content: bytes | None = None
        match tag & 7:
            case 0:
                _, position = _varint(message, position)
            case 1:
                position += 8
            case 2:
                size, position = _varint(message, position)
                content = message[position : position + size]
                position += size
            case 5:
                position += 4
            case kind:
                raise ValueError(f"wire type {kind}")
        if position > len(message):
            raise ValueError("a field runs over the end")
        yield _Field(tag >> 3, content, message[start:position])


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """Its value, and the position behind it."""
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & _LOW_7) << shift
        if byte < _MORE:
            return value, position
        shift += 7


def _wrap(number: int, content: bytes) -> bytes:
    return _written(number << 3 | _BYTES) + _written(len(content)) + content


def _written(value: int) -> bytes:
    out = bytearray()
    while value > _LOW_7:
        out.append(value & _LOW_7 | _MORE)
        value >>= 7
    return bytes((*out, value))
