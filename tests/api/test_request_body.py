"""Bodies as JSON."""

import json
from typing import Any

import pytest

from cleanplate.errors import BadParameter
from cleanplate.transport.json_outline import DEEPEST, MOST_TEXT_BYTES, MOST_VALUES, BrokenJson, TooComplex
from cleanplate.transport.json_response import CompactJson
from cleanplate.transport.request_body import load_json, parse_json


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


LARGE = 3_000_000


@pytest.mark.parametrize(
    "text",
    [
        "A" * LARGE,
        "A" * 70_000 + "/+=",
        "\\" * 70_000,
        '"' * 50_000 + "A" * 70_000,
        ("A" * 99 + "\\") * 30_000,
        ("A" * 98 + "\n/") * 30_000,
        "A" * (2**20 - 1) + "\\\\" + "A" * 2**20,
        "A" * 70_000 + "é\U0001f600",
        "é" * 150_000,
    ],
)
def test_long_texts_are_read_as_the_parser_reads_them(text: str) -> None:
    value = {"a": text, "b": ["x", {text: text[::-1]}, 1.5, None], "c": ""}
    for slashes in (False, True):
        for ascii_only in (False, len(text.encode()) == len(text)):
            written = json.dumps(value, ensure_ascii=ascii_only)
            body = (written.replace("/", r"\/") if slashes else written).encode()
            assert load_json(body) == value


@pytest.mark.parametrize("end", [b"\n", b"\x00", rb"\x", b"\\"])
def test_a_long_text_that_no_json_has(end: bytes) -> None:
    with pytest.raises(BrokenJson):
        load_json(b'{"a":"' + b"A" * 100_000 + end + b'"}')


def test_halves_beside_a_picture() -> None:
    body = rb'{"a":"x\ud800","b":"' + b"A" * 100_000 + b'"}'
    assert load_json(body) == {"a": "x\ufffd", "b": "A" * 100_000}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'{"a":[' + b"[]," * (MOST_VALUES // 2) + b"[]]}", "values"),
        (b'{"a":[' + b"1," * MOST_VALUES + b"1]}", "values"),
        (b"{" + b'"a":1,' * MOST_VALUES + b'"b":1}', "values"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "nested"),
        (b'{"a":' + b"1" * 101 + b"}", "number"),
        (b'{"a":1.' + b"0" * 101 + b"e-5}", "number"),
        (b'{"a":1' + b" " * MOST_TEXT_BYTES + b"}", "bytes"),
        (b'{"a":"' + "é".encode() * (MOST_TEXT_BYTES // 2) + b'"}', "bytes"),
        (b'{"a":"' + rb"\u0041" * (MOST_TEXT_BYTES // 6 + 1) + b'"}', "bytes"),
        (b'["' + b'A","' * (MOST_VALUES + 1) + b'"]', "values"),
        (b'{"a":"' + rb"\"" * (2 * MOST_VALUES) + b'"}', "values"),
    ],
)
def test_what_is_small_to_send_and_large_to_read(body: bytes, what: str) -> None:
    with pytest.raises(TooComplex, match=what):
        load_json(body)


@pytest.mark.parametrize(
    "value",
    [
        [[]] * (MOST_VALUES // 2 - 2),
        {"a": [0] * (MOST_VALUES - 2)},
        {str(number): 1 for number in range(MOST_VALUES // 2)},
        10**99,
        {"[{,": "[[[[" * 1000 + ",,,," * 100_000},
    ],
)
def test_what_is_just_within_the_limits(value: Any) -> None:
    assert load_json(json.dumps(value).encode()) == (float(value) if isinstance(value, int) else value)


def test_as_deep_as_may_be() -> None:
    assert load_json(b"[" * DEEPEST + b"]" * DEEPEST)
