"""`POST /v1/pictures`: the file behind a URL, whole, or why not; never one of a private host."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message
from tests.api.native.conftest import Client, problem
from tests.api.servers import png, served, settings_for

from cleanplate.app import build
from cleanplate.errors import LimitReached, NotAPicture
from cleanplate.key_limits import Limits
from cleanplate.transport.linked_pictures import LinkedPictures

PICTURES = "/v1/pictures"
ONE = png("photo")


class _Pages(BaseHTTPRequestHandler):
    """What a picture's address may lead to instead."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass

    def do_GET(self) -> None:
        inside = f"http://169.254.169.254{self.path}".encode()
        data = {"/page": b"<!doctype html><p>no", "/text": b"a secret", "/large": ONE + bytes(21 << 20)}
        self.send_response(302 if self.path == "/inside" else 200)
        if self.path == "/inside":
            self.send_header("Location", inside.decode())
        self.end_headers()
        self.wfile.write(data.get(self.path, b""))


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_file_comes_as_it_is_and_no_browser_shows_it(live: Client, pictures: str) -> None:
    reply = live.post(PICTURES, json={"url": f"{pictures}/photo.png"})
    assert (reply.status_code, reply.content) == (200, ONE)
    wanted = {
        "content-type": "application/octet-stream",
        "cache-control": "no-store",
        "content-disposition": "attachment",
        "content-security-policy": "sandbox",
        "x-content-type-options": "nosniff",
    }
    assert {name: reply.headers[name] for name in wanted} == wanted


def test_a_key_is_needed(live: Client, pictures: str) -> None:
    reply = live.post(PICTURES, json={"url": f"{pictures}/photo.png"}, headers={"Authorization": ""})
    problem(reply, 401, "unauthorized")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/a.png",
        "http://[::1]/a.png",
        "http://192.168.0.1/a.png",
        "http://[::ffff:10.0.0.1]/a.png",
        "http://0.0.0.0/a.png",
    ],
)
def test_nothing_private_is_read(live: Client, url: str) -> None:
    problem(live.post(PICTURES, json={"url": url}), 422, "download-failed")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:image/png;base64,AAAA", "http://a:b@127.0.0.1/", "x"],
)
def test_what_is_no_address_is_refused(live: Client, url: str) -> None:
    problem(live.post(PICTURES, json={"url": url}), 422, "bad-parameter")


@pytest.mark.parametrize("body", [{}, {"url": ""}, {"url": 7}, {"url": "http://a/", "more": 1}])
def test_what_does_not_fit_is_named(live: Client, body: dict[str, Any]) -> None:
    problem(live.post(PICTURES, json=body), 422, "bad-parameter")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/inside", 422, "download-failed"),
        ("/page", 422, "not-a-picture"),
        ("/text", 422, "not-a-picture"),
        ("/nothing", 422, "download-failed"),
    ],
)
def test_what_is_no_picture_is_not_handed_on(
    live: Client, pages: str, path: str, status: int, code: str
) -> None:
    reply = live.post(PICTURES, json={"url": pages + path})
    problem(reply, status, code)
    assert "secret" not in reply.text


def test_a_file_that_is_too_large_is_refused(live: Client, pages: str) -> None:
    problem(live.post(PICTURES, json={"url": f"{pages}/large"}), 413, "input-too-large")


def test_it_counts_as_a_submit(tmp_path: Path, pictures: str) -> None:
    app = build(settings_for(tmp_path))
    _, secret = app.state.services.access.create("slow", limits=Limits(rate_per_s=0.001))
    good = {"Authorization": f"Bearer {secret}"}
    with served(app, lifespan="on") as base, Client.opened(base, **good) as client:
        asked = [client.post(PICTURES, json={"url": f"{pictures}/photo.png"}) for _ in range(2)]
    assert asked[0].status_code == 200
    problem(asked[1], 429, "rate-limit")


def test_few_are_in_memory_until_they_have_gone_out() -> None:
    async def fetch(url: str, max_bytes: int, account: str) -> bytes:
        return ONE

    async def go() -> None:
        linked = LinkedPictures(fetch, max_bytes=10_000, at_once=1, wait_s=0.01)
        first = await linked.get("http://a/", "one")
        with pytest.raises(LimitReached):
            await linked.get("http://b/", "two")

        async def gone(message: Message) -> None:
            raise ConnectionError

        with pytest.raises(ConnectionError):
            await first({"type": "http"}, _nothing, gone)
        await linked.get("http://b/", "two")

    asyncio.run(go())


def test_a_place_is_given_back_by_what_fails() -> None:
    async def fetch(url: str, max_bytes: int, account: str) -> bytes:
        return b"text"

    async def go() -> None:
        linked = LinkedPictures(fetch, max_bytes=10_000, at_once=1, wait_s=0.01)
        for _ in range(3):
            with pytest.raises(NotAPicture):
                await linked.get("http://a/", "one")

    asyncio.run(go())


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
