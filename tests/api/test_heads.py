"""What is too long for the head of a request: one header or many, its target, trailers after the body."""

from collections.abc import Iterator

import pytest
from tests.api.raw import Answer, chunked, exchange, message, sized
from tests.api.servers import KEY, settings_for, waiting

HEAD_BYTES = 64 * 2**10
LINES = "X-Name: some value\r\n"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with waiting(settings_for(tmp_path_factory.mktemp("heads"))) as api:
        yield api.base


def only(told: list[Answer]) -> Answer:
    (answer,) = told
    return answer


def padded(size: int, *, target: int = 0) -> bytes:
    """A GET whose head has so many bytes, `target` of them in its query."""
    headers = {"Authorization": f"Bearer {KEY}", "X": ""}
    asked = message("GET", "/v1/catalogue?" + "a" * target, headers, b"")
    return asked.replace(b"X: ", b"X: " + b"a" * (size - len(asked)))


@pytest.mark.parametrize(
    "asked",
    [
        padded(HEAD_BYTES + 200),
        padded(HEAD_BYTES + 200, target=HEAD_BYTES // 2),
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 200_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000,
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a\r\n " * 60_000 + b"\r\n\r\n",
    ],
)
def test_a_head_that_is_too_long(base: str, asked: bytes) -> None:
    answer = only(exchange(base, asked))
    assert (answer.status, answer.headers["connection"]) == (431, "close")


@pytest.mark.parametrize("target", [0, HEAD_BYTES // 2])
def test_a_head_that_is_just_short_enough(base: str, target: int) -> None:
    assert only(exchange(base, padded(HEAD_BYTES - 200, target=target))).status == 200


def test_it_counts_anew_for_each_request(base: str) -> None:
    asked = padded(HEAD_BYTES - 200)
    assert [answer.status for answer in exchange(base, asked + asked + asked)] == [200, 200, 200]


@pytest.mark.parametrize("lines", [HEAD_BYTES // len(LINES), 100_000])
@pytest.mark.parametrize("at_once", [True, False])
def test_trailers_count_with_the_head(base: str, lines: int, at_once: bool) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Transfer-Encoding": "chunked"}
    asked = message("POST", "/v1/edits", headers, chunked(b"{}", trailers=LINES * lines))
    pieces = [asked] if at_once else [asked[:300], asked[300:]]
    assert only(exchange(base, *pieces)).status == 431


def test_head_and_trailers_that_are_too_long_together(base: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Transfer-Encoding": "chunked", "X": "a" * 40_000}
    trailers = "X-Name: " + "a" * 30_000 + "\r\n"
    asked = message("POST", "/v1/edits", headers, chunked(b"{}", trailers=trailers))
    assert only(exchange(base, asked)).status == 431


def test_chunks_of_one_byte(base: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Transfer-Encoding": "chunked"}
    few, many = (chunked(b" " * count + b"{}", size=1) for count in (9_000, 20_000))
    assert only(exchange(base, message("POST", "/v1/edits", headers, few))).status == 422
    answer = only(exchange(base, message("POST", "/v1/edits", headers, many)))
    assert (answer.status, answer.headers["connection"]) == (400, "close")


def test_many_chunks_that_are_long_enough(base: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Transfer-Encoding": "chunked"}
    body = chunked(b" " * 1_500_000 + b"{}", size=100)
    assert only(exchange(base, message("POST", "/v1/edits", headers, body))).status == 422


def test_the_refused_get_the_reply_though_they_go_on_sending(base: str) -> None:
    asked = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000
    told = exchange(base, asked, *[b"a" * 1_000_000] * 20)
    assert [answer.status for answer in told] == [431]


def test_what_follows_a_refused_head_is_no_request(base: str) -> None:
    body = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    asked = padded(HEAD_BYTES + 200).replace(b"X: ", b"Content-Length: %d\r\nX: " % len(body))
    assert only(exchange(base, asked + body + message("POST", "/", sized({}, body), body))).status == 431
