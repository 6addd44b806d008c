"""The one rule for what is absent, and how flags and numbers are written."""

import math
import sys
from itertools import repeat
from typing import Any

import orjson
import pytest

from cleanplate.api.field_values import (
    Flag,
    RequestBody,
    Whole,
    as_flag,
    as_number,
    as_whole,
    is_absent,
    read_request,
    without_absent,
)
from cleanplate.errors import BadParameter


@pytest.mark.parametrize("value", [None, "", " ", "\t\r\n", "\u3000", [], {}])
def test_absent(value: object) -> None:
    assert is_absent(value)
    assert without_absent({"a": value, "b": {"c": value}, "d": 1}) == {"d": 1}


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "null", [None], [""], "x "])
def test_not_absent(value: object) -> None:
    assert not is_absent(value)
    assert without_absent({"a": {"b": value}}) == {"a": {"b": value}}


def test_what_is_not_looked_into() -> None:
    values = {"parameters": {"a": None}, "other": {"parameters": {"a": None}}}
    assert without_absent(values, as_sent=frozenset({"parameters"})) == {"parameters": {"a": None}}


def test_objects_as_deep_as_json_may_be() -> None:
    deepest = orjson.loads(b'{"a":' * 1023 + b"1" + b"}" * 1023)
    found = without_absent(deepest)
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
    assert as_flag(value) is read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        *((2, 2), (2.0, 2), ("2", 2), (" 2.0 ", 2), ("-3", -3), ("1e3", 1000), (2**53 + 1, 2**53 + 1)),
        *zip((1.5, "1.5", "x", "", None, True, [2], {}, "0x10", "1_000", "٢"), repeat(None), strict=False),
        *zip((math.nan, math.inf, "nan", "inf", "1e999", "9" * 400), repeat(None), strict=False),
    ],
)
def test_whole_numbers(value: object, read: int | None) -> None:
    assert as_whole(value) == read
    assert type(as_whole(value)) is type(read)


@pytest.mark.parametrize(
    ("value", "read"), [("0.5", 0.5), (".5", 0.5), ("5.", 5), ("1.0E-4", 1e-4), ("+2", 2), ("1,5", None)]
)
def test_numbers(value: object, read: float | None) -> None:
    assert as_number(value) == read


class Sizes(RequestBody):
    width: Whole
    label: Flag = False


def test_a_body_is_read_without_what_is_absent() -> None:
    assert read_request(Sizes, {"width": "2", "label": "", "more": 1}) == Sizes(width=2)
    assert read_request(Sizes, {"width": 2.0, "label": "true"}) == Sizes(width=2, label=True)


@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "width: is required"), ({"width": True}, "width: must be a whole number")],
)
def test_the_first_wrong_field_is_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BadParameter, match=f"^{said}$"):
        read_request(Sizes, values)
