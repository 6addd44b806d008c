from typing import Any

import pytest
from starlette.requests import Request

from cleanplate.api.base import CompactJson, base_url, bearer, parse_json
from cleanplate.errors import BadParameter
from cleanplate.settings import load


def request(scheme: str = "http", **headers: str) -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "scheme": scheme, "headers": raw, "server": ("10.0.0.5", 8080)})


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ("Bearer cp-1", "cp-1"),
        ("bearer  cp-1 ", "cp-1"),
        ("Bearer", None),
        ("Bearer ", None),
        ("cp-1", None),
        ("Basic cp-1", None),
        ("", None),
    ],
)
def test_bearer(header: str, secret: str | None) -> None:
    assert bearer(request(authorization=header)) == secret
    assert bearer(request()) is None


def test_the_public_url_wins_over_the_host_header() -> None:
    asked = request("https", host="plates.example.com")
    assert base_url(load(), asked) == "https://plates.example.com"
    named = load(public_url="https://cdn.example.com/plates/")
    assert base_url(named, asked) == "https://cdn.example.com/plates"


@pytest.mark.parametrize("host", ["", "a b", "a/b", "a@b", "a\r\nb", "a:b", "[zz]", "é"])
def test_an_odd_host_header_is_not_repeated(host: str) -> None:
    assert base_url(load(), request(host=host)) == "http://10.0.0.5:8080"


def test_json_is_compact_and_utf_8() -> None:
    assert CompactJson({"a": [1, "写"], "b": None}).body == '{"a":[1,"写"],"b":null}'.encode()


@pytest.mark.parametrize("body", [b"", b"1", b"[]", b"null", b'{"a":NaN}', b"{", b"\xff"])
def test_only_a_json_object_is_a_body(body: bytes) -> None:
    with pytest.raises(BadParameter, match="JSON"):
        parse_json(body)


@pytest.mark.parametrize("value", [{}, {"a": {"b": [1.5, None, True]}}])
def test_a_json_object(value: dict[str, Any]) -> None:
    assert parse_json(bytes(CompactJson(value).body)) == value
