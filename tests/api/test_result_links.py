import pytest
from starlette.requests import Request

from cleanplate.api.result_links import base_url
from cleanplate.settings import load


def request(scheme: str = "http", **headers: str) -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "scheme": scheme, "headers": raw, "server": ("10.0.0.5", 8080)})


def test_the_public_url_wins_over_the_host_header() -> None:
    asked = request("https", host="plates.example.com")
    assert base_url(load(), asked) == "https://plates.example.com"
    named = load(public_url="https://cdn.example.com/plates/")
    assert base_url(named, asked) == "https://cdn.example.com/plates"


@pytest.mark.parametrize("host", ["", "a b", "a/b", "a@b", "a\r\nb", "a:b", "[zz]", "é"])
def test_an_odd_host_header_is_not_repeated(host: str) -> None:
    assert base_url(load(), request(host=host)) == "http://10.0.0.5:8080"
