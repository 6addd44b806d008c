"""A server with two keys: that of the one who floods it, and that of another who wants one thing done."""

import base64
import functools
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import cv2

from benchmarks import picture
from benchmarks.chaos.victim import KEY, Victim, running

OTHER: Final = "sk-chaos-other"
SIDE_PX: Final = 512
_SHARE: Final = 0.01
_PATIENCE_S: Final = 120.0
_LOOK_S: Final = 0.05
_BACKLOG: Final = 1024


def two_keys(longest_queue_s: float = 600.0) -> AbstractContextManager[Victim]:
    """A server that reaches loopback, and knows both keys; it refuses what would wait longer in line."""
    queue = f"{longest_queue_s:g}"
    return running(API_KEYS=f"{KEY},{OTHER}", FETCH_ALLOW="127.0.0.0/8", MAX_QUEUE_WAIT_S=queue)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    content: dict[str, Any]


class Client:
    """One connection that is kept, and the key that it comes with."""

    def __init__(self, victim: Victim, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", victim.port, timeout=_PATIENCE_S)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        self._connection.request(method, path, body, {**self._headers, **(headers or {})})
        reply = self._connection.getresponse()
        return Reply(reply.status, {**reply.headers}, json.loads(reply.read()))

    def submit(self, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask for an edit of the native API."""
        return self.ask("POST", "/v1/edits", body, headers)

    def accepted(self, body: bytes, headers: Mapping[str, str] | None = None) -> str:
        """The id of an edit that has to be accepted."""
        reply = self.submit(body, headers)
        assert reply.status == http.HTTPStatus.ACCEPTED, reply
        return str(reply.content["id"])

    def edit(self, edit_id: str) -> dict[str, Any]:
        """The edit as it is now."""
        return self.ask("GET", f"/v1/edits/{edit_id}").content

    def wait_for(self, edit_id: str, *states: str, longest_s: float) -> float:
        """Seconds from now until the edit is in one of the states; `longest_s` when it never is."""
        start_s = time.perf_counter()
        while (waited_s := time.perf_counter() - start_s) < longest_s:
            if self.edit(edit_id)["state"] in states:
                return waited_s
            time.sleep(_LOOK_S)
        return longest_s


@functools.cache
def photo() -> bytes:
    """A photograph of 512 px, as PNG."""
    return cv2.imencode(".png", picture.photo(SIDE_PX))[1].tobytes()


@functools.cache
def mask() -> bytes:
    """What is to be erased of it: one ellipse."""
    return cv2.imencode(".png", picture.mask(SIDE_PX, _SHARE))[1].tobytes()


def erase_body(image_url: str = "", webhook_url: str = "") -> bytes:
    """An erase of the photograph, or of what the URL leads to."""
    image = {"url": image_url} if image_url else {"base64": base64.b64encode(photo()).decode()}
    hook = {"webhook": {"url": webhook_url}} if webhook_url else {}
    hole = {"base64": base64.b64encode(mask()).decode()}
    return json.dumps({"edit": "erase", "image": image, "mask": hole, **hook}).encode()


@contextmanager
def silent_host() -> Iterator[str]:
    """The address of a host that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@dataclass(slots=True)
class GoodHost:
    """A host that answers at once. `asked_at_s`: when it was, by `time.time`."""

    url: str = ""
    asked_at_s: list[float] = field(default_factory=list)

    def wait_s(self, since_s: float, *, longest_s: float) -> float:
        """Seconds from `since_s` until it was first asked; `longest_s` when it never was."""
        while not self.asked_at_s and time.time() - since_s < longest_s:
            time.sleep(_LOOK_S)
        return self.asked_at_s[0] - since_s if self.asked_at_s else longest_s


@contextmanager
def good_host() -> Iterator[GoodHost]:
    """It gives the photograph to a GET, and takes every POST."""
    host = GoodHost()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            host.asked_at_s.append(time.time())
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(http.HTTPStatus.OK)
            self.send_header("Content-Length", str(len(photo())))
            self.end_headers()
            self.wfile.write(photo())

        do_GET = do_POST = _answer  # noqa: N815 - names of the library

        def log_message(self, *_: object) -> None:
            """Nothing: the table says it all."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield host
        finally:
            server.shutdown()
