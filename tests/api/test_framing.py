"""Where a request ends, on raw sockets: one request is one reply, whatever lies in its body."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.api.raw import UPGRADE, Answer, chunked, exchange, message, sized, submit_of
from tests.api.servers import KEY, settings_for, waiting
from tests.api.vendors import VENDORS, Client, Vendor

SECOND = f"DELETE /v1/edits/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
ROOT = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """No worker runs: accepted tasks stay queued."""
    with waiting(settings_for(tmp_path_factory.mktemp("framing"))) as api:
        yield api.base


def only(told: list[Answer]) -> Answer:
    (answer,) = told
    return answer


def task_of(vendor: Vendor, base: str, answer: Answer) -> str:
    """The id of the task that the submit made, which is there."""
    assert answer.status in (200, 202), answer.body
    task_id = vendor.task_id(json.loads(answer.body))
    with Client(vendor, base, KEY) as client:
        assert client.polled(task_id).ok
    return task_id


UPGRADES = {
    "h2c": UPGRADE,
    "websocket": {"Connection": "upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "eA=="},
    "unknown": {"Connection": "Upgrade", "Upgrade": "foo/2, bar"},
    "two": {"Connection": "keep-alive, Upgrade", "Upgrade": "h2c, websocket"},
    "alone": {"Connection": "Upgrade"},
}


def told_by(how: str, headers: Mapping[str, str], *parts: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body, with its length or in chunks that begin where the parts do."""
    if how == "length":
        return sized(headers, b"".join(parts)), b"".join(parts)
    ended = b"".join(chunked(part).removesuffix(b"0\r\n\r\n") for part in parts)
    return {**headers, "Transfer-Encoding": "chunked"}, ended + b"0\r\n\r\n"


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
@pytest.mark.parametrize("how", ["length", "chunks"])
def test_a_post_that_offers_an_upgrade_keeps_its_body(
    base: str, vendor: Vendor, upgrade: dict[str, str], how: str
) -> None:
    headers, body = submit_of(vendor)
    # After the last part of a form, and round a JSON value, there may be what looks like the next request
    parts = (b"\r\n\r\n" + body + b" ",) if body[:1] == b"{" else (body, ROOT, SECOND)
    told, sent = told_by(how, {**headers, **upgrade}, *parts)
    task_of(vendor, base, only(exchange(base, message("POST", vendor.path, told, sent))))


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
@pytest.mark.parametrize("how", ["length", "chunks"])
def test_a_request_in_the_body_of_an_upgrade_is_none(
    base: str, vendor: Vendor, upgrade: dict[str, str], how: str
) -> None:
    with Client(VENDORS[3], base, KEY) as client:
        task_id = client.submitted()
        inner = SECOND.replace(b"/x ", f"/{task_id} ".encode())
        told, sent = told_by(how, {**submit_of(vendor)[0], **upgrade}, inner, ROOT)
        answer = only(exchange(base, message("POST", vendor.path, told, sent)))
        assert 400 <= answer.status < 500
        assert client.word(task_id) == "queued"


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_head_and_body_of_an_upgrade_may_come_apart(base: str, vendor: Vendor) -> None:
    headers, body = submit_of(vendor)
    head = message("POST", vendor.path, {**sized(headers, body), **UPGRADE}, b"")
    middle = len(head) // 2
    task_of(vendor, base, only(exchange(base, head[:middle], head[middle:], body[:10], body[10:])))


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_the_body_of_a_refused_upgrade_is_no_request(base: str, vendor: Vendor) -> None:
    headers, _ = submit_of(vendor, "sk-wrong")
    inner = ROOT + SECOND
    answer = only(exchange(base, message("POST", vendor.path, {**sized(headers, inner), **UPGRADE}, inner)))
    assert answer.status in (401, 403)


def test_a_connection_goes_on_after_an_upgrade_that_was_not_taken(base: str) -> None:
    vendor = VENDORS[0]
    headers, body = submit_of(vendor)
    asked = message("POST", vendor.path, {**sized(headers, body), **UPGRADE}, body)
    first, second, third = exchange(base, asked + message("GET", "/", UPGRADE, b"") + ROOT)
    assert (first.status, second.status, third.status) == (200, 200, 200)
    assert second.body.startswith(b"Cleanplate")


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize(
    ("extension", "trailers"),
    [("", ""), (";a=b", ""), ('; q="x y"', ""), ("", "X-Sum: 1\r\nContent-Length: 3\r\n")],
)
def test_chunks_with_all_that_may_be_in_them(
    base: str, vendor: Vendor, extension: str, trailers: str
) -> None:
    headers, body = submit_of(vendor)
    told = chunked(body, size=777, extension=extension, trailers=trailers)
    asked = message("POST", vendor.path, {**headers, "Transfer-Encoding": "Chunked"}, told)
    task_of(vendor, base, only(exchange(base, asked)))


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_http_1_0(base: str, vendor: Vendor) -> None:
    headers, body = submit_of(vendor)
    answer = only(exchange(base, message("POST", vendor.path, sized(headers, body), body, version="1.0")))
    task_of(vendor, base, answer)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_the_form_of_a_target_that_proxies_get(base: str, vendor: Vendor) -> None:
    headers, body = submit_of(vendor)
    target = "http://elsewhere.example:81" + vendor.path
    task_of(vendor, base, only(exchange(base, message("POST", target, sized(headers, body), body))))


def test_links_name_the_host_of_such_a_target(base: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    target = "HTTP://user@elsewhere.example:81/api/v1/uploads?action=getPolicy&model=m"
    grant = json.loads(only(exchange(base, message("GET", target, headers, b""))).body)
    assert grant["data"]["upload_host"].startswith("http://elsewhere.example:81/oss-upload/")


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize(
    "lengths",
    [
        ["Content-Length: {size}", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 4"],
        ["Content-Length: {size}", "Content-Length: 4"],
        ["Content-Length: {size}, 4"],
        ["Content-Length: +{size}"],
        ["Content-Length: -1"],
        ["Content-Length: 0x10"],
        ["Content-Length : {size}"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Transfer-Encoding: identity, chunked"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding : chunked"],
        ["Transfer-Encoding: \x0bchunked"],
        ["X: a\rTransfer-Encoding: chunked"],
    ],
)
def test_a_length_that_can_be_read_in_two_ways_is_refused(
    base: str, vendor: Vendor, lengths: list[str]
) -> None:
    headers, _ = submit_of(vendor)
    body = b"0\r\n\r\n" + ROOT
    lines = [
        f"POST {vendor.path} HTTP/1.1",
        "Host: x",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    lines += [line.format(size=len(body)) for line in lengths]
    answer = only(exchange(base, "\r\n".join([*lines, "", ""]).encode() + body))
    assert 400 <= answer.status < 500
    assert answer.headers["connection"] == "close"


def test_chunks_in_http_1_0_are_refused(base: str) -> None:
    body = chunked(b"{}")
    asked = message("POST", "/v1/edits", {"Transfer-Encoding": "chunked"}, body + ROOT, version="1.0")
    assert only(exchange(base, asked)).status == 400


@pytest.mark.parametrize("size", [b"g", b"-1", b"0x3", b"ffffffffffffffffffffff", b""])
def test_a_broken_chunk_ends_the_connection(base: str, size: bytes) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Transfer-Encoding": "chunked"}
    asked = message("POST", "/v1/edits", headers, b"2\r\n{}\r\n" + size + b"\r\nabc\r\n0\r\n\r\n" + ROOT)
    assert only(exchange(base, asked)).status == 400


def test_pipelined_requests_are_answered_in_their_order(base: str) -> None:
    vendor = VENDORS[0]
    headers, body = submit_of(vendor)
    submit = message("POST", vendor.path, sized(headers, body), body)
    chunks = message("POST", vendor.path, {**headers, "Transfer-Encoding": "chunked"}, chunked(body))
    unknown = message("POST", vendor.path, sized({}, body), body)
    told = exchange(base, ROOT + submit + unknown + chunks + ROOT)
    assert [answer.status for answer in told] == [200, 200, 401, 200, 200]


@pytest.mark.parametrize("pieces", [[b"\r\n"], [b"\r\n\r\n\r\n"], [b"\r", b"\n"], [b"\r\n\r", b"\n"]])
def test_empty_lines_before_a_request_are_ignored(base: str, pieces: list[bytes]) -> None:
    first, second = exchange(base, *pieces, ROOT, *pieces, ROOT)
    assert (first.status, second.status) == (200, 200)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("how", ["length", "chunks"])
def test_an_empty_line_after_a_body_is_ignored(base: str, vendor: Vendor, how: str) -> None:
    headers, body = submit_of(vendor)
    told, sent = told_by(how, headers, body)
    submit = message("POST", vendor.path, told, sent)
    first, second, third = exchange(base, submit + b"\r\n" + submit + b"\r", b"\n" + ROOT)
    assert first.status in (200, 202)
    assert (second.status, third.status) == (first.status, 200)


@pytest.mark.parametrize("pieces", [[b"\r\n" * 1000], [b"\r\n"] * 100])
def test_empty_lines_without_end_are_no_request(base: str, pieces: list[bytes]) -> None:
    assert only(exchange(base, *pieces, ROOT)).status == 400


@pytest.mark.parametrize("odd", [b"\r", b"\r\r\n", b" \r\n", b"\r\n \r\n"])
def test_what_is_nearly_an_empty_line_is_a_400(base: str, odd: bytes) -> None:
    assert only(exchange(base, odd + ROOT)).status == 400


def test_the_first_bytes_of_http_2_are_answered_and_closed(base: str) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"
    answer = only(exchange(base, preface + bytes(18)))
    assert (answer.status, answer.headers["connection"]) == (505, "close")


@pytest.mark.parametrize(
    "asked",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xe5\x86\x99 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbad name: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_400(base: str, asked: bytes) -> None:
    assert only(exchange(base, asked)).status == 400


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("OPTIONS", "*", 404),
        ("CONNECT", "x:443", 404),
        ("GET", "/%", 404),
        ("BREW", "/", 405),
        ("GET", "/\x7e", 404),
    ],
)
def test_odd_targets(base: str, method: str, target: str, status: int) -> None:
    first, second = exchange(base, message(method, target, {}, b"") + ROOT)
    assert (first.status, second.status) == (status, 200)


def test_a_header_on_two_lines_is_one_header(base: str) -> None:
    asked = f"GET /v1/catalogue HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n {KEY}\r\n\r\n"
    assert only(exchange(base, asked.encode())).status == 200


def test_the_log_does_not_fill_with_offers(base: str, caplog: Any) -> None:
    assert only(exchange(base, message("GET", "/", UPGRADE, b""))).status == 200
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
