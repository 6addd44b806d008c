"""Request bodies as JSON."""

import codecs
import re
import secrets
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final

import orjson

from cleanplate.errors import BadParameter
from cleanplate.transport.json_outline import BrokenJson, Span, large_strings, pieces_of

_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = re.compile(rb"%b(?!%b)|(?<!%b)%b" % (_HIGH, _LOW, _HIGH, _LOW))
"""Half a surrogate pair, in JSON without escaped backslashes."""
_OTHER_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def load_json(body: bytes) -> Any:
    """The JSON value of a body; a byte order mark before it is left out.

    Half a surrogate pair becomes U+FFFD: clients that cut a prompt by its length send such halves.

    Raises:
        BrokenJson: it is no JSON, or not in UTF-8.
        TooComplex: it would take far more to read than to send.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    large = large_strings(body)
    if not large:
        return _load(body)
    # The parser holds the interpreter until it has ended: it gets a name for each picture, none can guess
    secret = secrets.token_hex()
    names = [f"{secret}{number}" for number in range(len(large))]
    value = _load(_renamed(body, large, names))
    return _with_pictures(value, {name: _text(body, span) for name, span in zip(names, large, strict=True)})


def _renamed(body: bytes, large: Sequence[Span], names: Sequence[str]) -> bytes:
    ends = [0, *(span.end for span in large)]
    before = [body[end : span.start] for end, span in zip(ends, large, strict=False)]
    named = (piece + name.encode() for piece, name in zip(before, names, strict=True))
    return b"".join([*named, body[ends[-1] :]])


def _with_pictures(value: Any, pictures: Mapping[str, str]) -> Any:
    match value:
        case str():
            return pictures.get(value, value)
        case list():
            return [_with_pictures(one, pictures) for one in value]
        case dict():
            return {pictures.get(name, name): _with_pictures(one, pictures) for name, one in value.items()}
    return value


def _text(body: bytes, span: Span) -> str:
    """A large string, each part of it read by the parser."""
    if body.find(b"\\", span.start, span.end) >= 0:
        whole = StringIO()
        for piece in pieces_of(body, span):
            whole.write(_load(b'"%b"' % piece))
        return whole.getvalue()
    for piece in pieces_of(body, span):
        _load(b'"%b"' % piece)
    return str(memoryview(body)[span.start : span.end], "ascii")


def _load(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        mended = body if b"\x00" in body else _without_halves(body)
        if mended != body:
            return _load(mended)
        if body.startswith(_OTHER_MARKS) or b"\x00" in body[:4]:
            raise BrokenJson("it must be in UTF-8") from error
        raise BrokenJson from error


def _without_halves(body: bytes) -> bytes:
    hidden = body.replace(rb"\\", b"\x00")
    return _HALF.sub(rb"\\ufffd", hidden).replace(b"\x00", rb"\\")


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `BadParameter` for anything else."""
    value = load_json(body)
    if not isinstance(value, dict):
        raise BadParameter("the body is not a JSON object")
    return value
