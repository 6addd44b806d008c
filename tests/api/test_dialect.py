import pytest
from starlette.requests import Request

from cleanplate.api.dialect import bearer


def request(**headers: str) -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


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
