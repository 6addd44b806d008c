"""Bodies that are to be JSON: what comes out is what another parser reads, or it is refused in words."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.fuzz.target import Target

from cleanplate.errors import BadParameter
from cleanplate.transport.json_outline import LARGE_BYTES
from cleanplate.transport.request_body import load_json, parse_json

_BOM: Final = b"\xef\xbb\xbf"


def run(data: bytes) -> str:
    """Read one body."""
    try:
        value = load_json(data)
    except BadParameter:
        return "refused"
    assert _same(value, data)
    try:
        parse_json(data)
    except BadParameter:
        return "no object"
    return "an object"


def _same(value: Any, data: bytes) -> bool:
    """Whether the standard library reads the same; halves of surrogate pairs are ours alone."""
    text = data.removeprefix(_BOM).decode()
    try:
        other = json.loads(text)
    except ValueError:
        return "\\u" in text.lower()  # half of a pair that was mended
    return value == other or "\\u" in text.lower() or _has_large_number(other)


def _has_large_number(value: Any) -> bool:
    match value:
        case list():
            return any(_has_large_number(one) for one in value)
        case dict():
            return any(_has_large_number(one) for one in value.values())
        case int():
            return not -(2**63) <= value < 2**64  # a float there
    return False


def _seeds() -> Mapping[str, bytes]:
    picture = "A" * (LARGE_BYTES + 5)
    return {
        "submit": b'{"model":"image-erase-completion","input":{"image_url":"data:,","n":1},"parameters":{}}',
        "values": b' [null, true, false, 0, -1.5e3, "a\\u00e9\\n\\"\\\\", {"": []}, "\\ud83d\\ude00"] ',
        "half a pair": b'{"prompt":"\\ud800"}',
        "with a mark": _BOM + b"{}",
        "picture": f'{{"image":"{picture}","{picture[:-1]}":["{picture}\\/"]}}'.encode(),
    }


_WORDS: Final = (
    b'"',
    b"\\",
    b"\\u",
    b"\\ud83d",
    b"\\ude00",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b":",
    b"\0",
    b"\xff\xfe",
)
TARGETS: Final = (Target("json", run, _seeds, words=_WORDS),)
