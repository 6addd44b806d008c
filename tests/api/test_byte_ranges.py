"""Which part of a file a request gets, by the letter of RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from cleanplate.transport.byte_ranges import (
    ByteRange,
    Unsatisfiable,
    is_known,
    is_other_version,
    requested_range,
)

VALIDATORS = {"etag": '"v1"', "last-modified": "Sat, 28 Nov 2026 10:00:00 GMT"}


def request(method: str = "GET", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": raw})


def part(text: str, size_bytes: int = 10) -> ByteRange | Unsatisfiable | None:
    return requested_range(request(range=text), size_bytes, VALIDATORS)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("bytes=0-", 0, 10),
        ("bytes=0-0", 0, 1),
        ("bytes=0-9", 0, 10),
        ("bytes=9-", 9, 10),
        ("bytes=2-5", 2, 6),
        ("bytes=2-999999999999999999999999", 2, 10),
        ("bytes=-3", 7, 10),
        ("bytes=-10", 0, 10),
        ("bytes=-11", 0, 10),
        ("BYTES= 2-5 ", 2, 6),
    ],
)
def test_one_range(text: str, start: int, end: int) -> None:
    assert part(text) == ByteRange(start, end)


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=10-20", "bytes=99999999999999999999-", "bytes=-0"])
def test_behind_the_end(text: str) -> None:
    assert part(text) == "unsatisfiable"


def test_nothing_of_an_empty_file_can_be_had() -> None:
    assert part("bytes=0-", 0) == "unsatisfiable"
    assert part("bytes=-5", 0) == "unsatisfiable"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-2",
            "bytes=1-2-3",
            "bytes=+1-2",
            "bytes=0x1-",
        ),
        *(
            "bytes=--1",
            "bytes=1",
            "bytes = 0-1",
            "items=0-1",
            "0-1",
            "bytes=0.0-1",
            "bytes=\u00b2-",
            "bytes=1 - 2",
        ),
        *("bytes=0-1,4-5", "bytes=0-1,", "bytes=" + "9" * 5000 + "-"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_ignored(text: str) -> None:
    assert part(text) is None


def test_only_get_has_parts() -> None:
    assert requested_range(request("HEAD", range="bytes=0-1"), 10, VALIDATORS) is None


@pytest.mark.parametrize(
    ("if_range", "same"),
    [
        *(('"v1"', True), (VALIDATORS["last-modified"], True)),
        *(('"v2"', False), ('W/"v1"', False), ("Sat, 28 Nov 2026 10:00:01 GMT", False), ("", False)),
    ],
)
def test_a_part_of_another_version_is_not_wanted(if_range: str, same: bool) -> None:
    found = requested_range(request(range="bytes=1-2", if_range=if_range), 10, VALIDATORS)
    assert found == (ByteRange(1, 3) if same else None)


@given(st.text(st.characters(max_codepoint=255)), st.integers(0, 100))
def test_anything_is_a_part_of_the_file_or_none(text: str, size_bytes: int) -> None:
    for value in (text, f"bytes={text}"):
        found = part(value, size_bytes)
        if isinstance(found, ByteRange):
            assert 0 <= found.start < found.end <= size_bytes


@pytest.mark.parametrize(
    ("tags", "known"),
    [
        *(('"v1"', True), ('W/"v1"', True), ('"a", "v1"', True), ('"a",W/"v1" , "b"', True), ("*", True)),
        *(("", False), ('"v2"', False), ("v1", False), ('"v11"', False), ('"a, "v1', False), ("**", False)),
    ],
)
def test_versions_that_the_client_has(tags: str, known: bool) -> None:
    assert is_known(request(if_none_match=tags), VALIDATORS) == known


@pytest.mark.parametrize(
    ("tags", "other"),
    [
        ('"v1"', False),
        ("*", False),
        (' "v0", "v1" ', False),
        ('W/"v0","v1"', False),
        ('"v0"', True),
        ('W/"v1"', True),
        ("v1", True),
        ("", True),
    ],
)
def test_another_version_is_not_gone_on_with(tags: str, other: bool) -> None:
    assert is_other_version(request(if_match=tags), VALIDATORS) == other


def test_no_version_is_asked_for() -> None:
    assert not is_other_version(request(), VALIDATORS)


def test_the_date_that_was_sent_is_known_where_no_tag_is_asked_for() -> None:
    sent = VALIDATORS["last-modified"]
    assert is_known(request(if_modified_since=sent), VALIDATORS)
    assert not is_known(request(if_modified_since="Mon, 01 Jan 2024 00:00:00 GMT"), VALIDATORS)
    assert not is_known(request(if_modified_since=sent, if_none_match='"v2"'), VALIDATORS)
    assert not is_known(request(), VALIDATORS)
