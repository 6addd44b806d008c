"""The fields of a Protocol Buffers message, without its schema: to copy most of a file and rewrite a part.

Encoding: protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_BYTES = 2
"""The wire type of what has a length."""
_LOW_7, _MORE = 0x7F, 0x80


@dataclass(frozen=True, slots=True)
class ProtobufField:
    """One field of a message: its number, its content when that is bytes, and all of it as it stood."""

    number: int
    content: bytes | None
    raw: bytes


def fields(message: bytes) -> Iterator[ProtobufField]:
    """Its fields, in order. Raises `IndexError` or `ValueError` where it is no message."""
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
        yield ProtobufField(tag >> 3, content, message[start:position])


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


def length_delimited(number: int, content: bytes) -> bytes:
    """A field of bytes, or of a message, as it is written."""
    return _written(number << 3 | _BYTES) + _written(len(content)) + content


def _written(value: int) -> bytes:
    out = bytearray()
    while value > _LOW_7:
        out.append(value & _LOW_7 | _MORE)
        value >>= 7
    return bytes((*out, value))
