"""A request that is refused before its body is read: clients see the reply, not a broken pipe."""

import asyncio
import gzip
import http.client
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import requests
from starlette.responses import PlainTextResponse
from starlette.types import Message, Scope
from tests.api.raw import message, sized
from tests.api.servers import KEY, settings_for, waiting
from tests.api.vendors import VENDORS, Vendor

from cleanplate.transport.body_draining import BodyDrainingMiddleware
from cleanplate.transport.body_pace import Pace

LARGE = b"x" * (9 * 2**20)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with waiting(settings_for(tmp_path_factory.mktemp("draining"))) as api:
        yield api.base


def connection(base: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(base).netloc, timeout=20)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("chunks", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize(
    ("method", "path", "secret", "status"),
    [
        ("POST", None, "sk-wrong", {401, 403}),
        ("POST", "/elsewhere/yet", KEY, {404}),
        ("PUT", None, KEY, {400, 404, 405}),
        ("POST", None, KEY, {400, 422}),
    ],
)
def test_nine_megabytes_that_nobody_wants(  # noqa: PLR0917, PLR0913 - one case in words
    base: str, vendor: Vendor, chunks: bool, method: str, path: str | None, secret: str, status: set[int]
) -> None:
    target = vendor.path if path is None else vendor.path + path
    with closing(connection(base)) as opened:
        for _ in range(2):  # the connection lives on
            body = iter([LARGE]) if chunks else LARGE
            opened.request(method, target, body, dict(vendor.key(secret)), encode_chunked=chunks)
            reply = opened.getresponse()
            told = reply.read()
            assert (reply.status in status, reply.getheader("connection")) == (True, None), told
            assert json.loads(told)


def test_with_requests(base: str) -> None:
    with requests.Session() as client:
        client.trust_env = False
        for vendor in VENDORS:
            reply = client.post(base + vendor.path, data=LARGE, headers=vendor.key("sk-wrong"), timeout=20)
            assert reply.status_code in (401, 403)


def test_far_too_much_is_refused_before_it_is_sent(base: str) -> None:
    parts = urlsplit(base)
    headers = {"Content-Length": str(2**40), "Expect": "100-continue"}
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as opened:
        opened.sendall(message("POST", "/v1/edits", headers, b""))
        head = opened.recv(65536)
        assert head.startswith(b"HTTP/1.1 401 ")
        assert b"connection: close" in head.lower()


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("length", [sized({}, LARGE), {"Transfer-Encoding": "chunked"}], ids=str)
@pytest.mark.parametrize("secret", ["sk-wrong", None])
def test_who_is_refused_is_not_told_to_go_on(
    base: str, vendor: Vendor, length: dict[str, str], secret: str | None
) -> None:
    parts = urlsplit(base)
    key = {} if secret is None else vendor.key(secret)
    headers = {**key, **length, "Expect": "100-continue"}
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as opened:
        opened.sendall(message("POST", vendor.path, headers, b""))
        told = b"".join(iter(lambda: opened.recv(65536), b""))
    assert int(told.split()[1]) in (400, 401, 403)
    assert b"\r\nconnection: close\r\n" in told.lower()


def test_who_is_welcome_gets_the_word(base: str) -> None:
    parts = urlsplit(base)
    body = b"{}"
    headers = {**sized({"Authorization": f"Bearer {KEY}"}, body), "Expect": "100-continue"}
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as opened:
        opened.sendall(message("POST", "/v1/edits", headers, b""))
        assert opened.recv(65536).startswith(b"HTTP/1.1 100 ")
        opened.sendall(body)
        assert opened.recv(65536).startswith(b"HTTP/1.1 422 ")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("how", [(), ("--http2",), ("-H", "Expect:"), ("-H", "Transfer-Encoding: chunked")])
def test_with_curl(base: str, how: tuple[str, ...]) -> None:
    ask = ["curl", "-sS", *how, "-o", "-", "-w", "\n%{http_code}", "--data-binary", "@-"]
    for secret, status in (("sk-wrong", "401"), (KEY, "400")):
        key = ["-H", f"Authorization: Bearer {secret}", "-H", "X-DashScope-Async: enable"]
        done = subprocess.run(
            [*ask, *key, base + VENDORS[0].path], input=LARGE, capture_output=True, check=False, timeout=60
        )
        assert (done.returncode, done.stdout[-3:].decode()) == (0, status), done.stderr


def drained(
    parts: list[Message], *, max_bytes: int = 100, declared: int | None = None, timeout_s: float = 5.0
) -> tuple[list[Message], int]:
    """What is sent by an application that reads nothing, and how many parts of the body are left."""
    sent: list[Message] = []

    async def receive() -> Message:
        if not parts:
            await asyncio.sleep(20)
        return parts.pop(0)

    async def send(told: Message) -> None:
        sent.append(told)

    length = (b"transfer-encoding", b"chunked") if declared is None else (b"content-length", b"%d" % declared)
    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": [length]}
    app = BodyDrainingMiddleware(
        PlainTextResponse("no", 401), max_bytes=max_bytes, pace=Pace(timeout_s, 2 * timeout_s)
    )
    asyncio.run(app(scope, receive, send))
    return sent, len(parts)


def part(size: int, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


def closes(sent: list[Message]) -> bool:
    return (b"connection", b"close") in sent[0]["headers"]


def test_all_is_taken_and_the_connection_stays() -> None:
    sent, left = drained([part(50), part(50, more=False)])
    assert (closes(sent), left, sent[0]["status"], sent[1]["body"]) == (False, 0, 401, b"no")


def test_too_much_is_cut() -> None:
    sent, left = drained([part(60), part(60), part(60), part(60, more=False)])
    assert (closes(sent), left) == (True, 2)


def test_what_is_announced_as_too_much_is_not_begun() -> None:
    sent, left = drained([part(60)], declared=101)
    assert (closes(sent), left) == (True, 1)


def test_what_comes_too_slowly_is_given_up() -> None:
    sent, _ = drained([part(1)], timeout_s=0.05)
    assert (closes(sent), sent[0]["status"]) == (True, 401)


def test_a_client_that_is_gone() -> None:
    sent, _ = drained([part(1), {"type": "http.disconnect"}])
    assert sent[0]["status"] == 401


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_compressed_body_is_called_that(base: str, vendor: Vendor) -> None:
    headers = {**vendor.key(KEY), "Content-Type": "application/json", "Content-Encoding": "gzip"}
    reply = requests.post(base + vendor.path, data=gzip.compress(b'{"a": 1}'), headers=headers, timeout=10)
    assert reply.status_code == 400
    assert "compressed request body" in reply.text
