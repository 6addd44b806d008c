"""The one rule for what is absent, and how flags and numbers are written."""

import json
import math
import sys
from itertools import repeat
from typing import Any

import pytest

from cleanplate.api.base import BrokenJson, load_json, parse_json
from cleanplate.api.fields import flag, is_absent, number, present, whole
from cleanplate.errors import BadParameter


@pytest.mark.parametrize("value", [None, "", " ", "\t\r\n", "\u3000", [], {}])
def test_absent(value: object) -> None:
    assert is_absent(value)
    assert present({"a": value, "b": {"c": value}, "d": 1}) == {"d": 1}


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "null", [None], [""], "x "])
def test_not_absent(value: object) -> None:
    assert not is_absent(value)
    assert present({"a": {"b": value}}) == {"a": {"b": value}}


def test_what_is_not_looked_into() -> None:
    values = {"parameters": {"a": None}, "other": {"parameters": {"a": None}}}
    assert present(values, as_sent=frozenset({"parameters"})) == {"parameters": {"a": None}}


def test_objects_as_deep_as_json_may_be() -> None:
    deepest = load_json(b'{"a":' * 1023 + b"1" + b"}" * 1023)
    found = present(deepest)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        assert found == deepest
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        *zip((True, 1, 1.0, "1", "1.0", "true", "True", "TRUE", " true "), repeat(True), strict=False),
        *zip((False, 0, 0.0, "0", "false", "False", "FALSE"), repeat(False), strict=False),
        *zip((2, -1, "yes", "on", "2", "", None, [], {}, [True], math.nan), repeat(None), strict=False),
    ],
)
def test_flags(value: object, read: bool | None) -> None:
    assert flag(value) is read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        *((2, 2), (2.0, 2), ("2", 2), (" 2.0 ", 2), ("-3", -3), ("1e3", 1000), (2**53 + 1, 2**53 + 1)),
        *zip((1.5, "1.5", "x", "", None, True, [2], {}, "0x10", "1_000", "٢"), repeat(None), strict=False),
        *zip((math.nan, math.inf, "nan", "inf", "1e999", "9" * 400), repeat(None), strict=False),
    ],
)
def test_whole_numbers(value: object, read: int | None) -> None:
    assert whole(value) == read
    assert type(whole(value)) is type(read)


@pytest.mark.parametrize(
    ("value", "read"), [("0.5", 0.5), (".5", 0.5), ("5.", 5), ("1.0E-4", 1e-4), ("+2", 2), ("1,5", None)]
)
def test_numbers(value: object, read: float | None) -> None:
    assert number(value) == read


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
