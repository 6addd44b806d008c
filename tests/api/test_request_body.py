"""Bodies as JSON."""

import json
from typing import Any

import pytest

from cleanplate.api.json_response import CompactJson
from cleanplate.api.request_body import BrokenJson, load_json, parse_json
from cleanplate.errors import BadParameter


@pytest.mark.parametrize("body", [b"", b"1", b"[]", b"null", b'{"a":NaN}', b"{", b"\xff"])
def test_only_a_json_object_is_a_body(body: bytes) -> None:
    with pytest.raises(BadParameter, match="JSON"):
        parse_json(body)


@pytest.mark.parametrize("value", [{}, {"a": {"b": [1.5, None, True]}}])
def test_a_json_object(value: dict[str, Any]) -> None:
    assert parse_json(bytes(CompactJson(value).body)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\ud800"', "a\ufffd"),
        (r'"\udc00\ud800"', "\ufffd\ufffd"),
        (r'"\ud83d\ude00\ud83d"', "\U0001f600\ufffd"),
        (r'"\ud800\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\ud800 \\ud800 \\\ud800"', "\ufffd \\ud800 \\\ufffd"),
        (r'"\uD83D\uD83D\uDE00\uDE00\\"', "\ufffd\U0001f600\ufffd\\"),
        (r'"\u0000"', "\0"),
    ],
)
def test_half_a_surrogate_pair(text: str, value: str) -> None:
    assert load_json(text.encode()) == value


def test_a_byte_order_mark() -> None:
    assert parse_json(b"\xef\xbb\xbf" + json.dumps({"a": "é"}).encode()) == {"a": "é"}


def test_of_two_values_the_last_counts() -> None:
    assert parse_json(b'{"a":1,"a":2}') == {"a": 2}


@pytest.mark.parametrize(
    "body", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf{}", b"{", b'"\\ud8', b"[NaN]"]
)
def test_broken(body: bytes) -> None:
    with pytest.raises(BrokenJson, match=r"^the body is not valid JSON$"):
        load_json(body)


@pytest.mark.parametrize("value", [[], 1, "x", None])
def test_no_object(value: Any) -> None:
    with pytest.raises(BadParameter, match="not a JSON object"):
        parse_json(json.dumps(value).encode())
