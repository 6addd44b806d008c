"""A server on the loopback interface that serves one folder's worth of bytes, as badly as a test wants."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Home:
    """What is served, and how.

    Attributes:
        files: bytes by path.
        held_at: wait after so many bytes of a reply until `go_on` is set; None waits for nothing.
        cut_at: close the connection after so many bytes of a reply; None sends all.
        ranges: honour `Range`.
        moved: where a path is redirected to.
        links: header `Link` by path.
        asked: path and `Range` of each request.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cut_at: int | None = None
    held_at: int | None = None
    go_on: threading.Event = field(default_factory=threading.Event)
    ranges: bool = True
    moved: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""


@contextmanager
def served() -> Iterator[Home]:
    home = Home()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, home)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        home.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield home
        finally:
            home.go_on.set()
            server.shutdown()
            thread.join()


def _answer(handler: BaseHTTPRequestHandler, home: Home) -> None:
    asked = handler.headers.get("Range", "")
    home.asked.append((handler.path, asked))
    if handler.path in home.moved:
        handler.send_response(302)
        handler.send_header("Location", home.moved[handler.path])
        handler.end_headers()
        return
    data = home.files.get(handler.path)
    if data is None:
        handler.send_error(404)
        return
    start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and home.ranges else 0
    if start and start >= len(data):
        handler.send_error(416)
        return
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
    if handler.path in home.links:
        handler.send_header("Link", home.links[handler.path])
    handler.send_header("Content-Length", str(len(data) - start))
    handler.end_headers()
    sent = data[start:][: home.cut_at]
    if home.held_at is not None and home.held_at < len(sent):
        handler.wfile.write(sent[: home.held_at])
        home.go_on.wait(60)
        sent = sent[home.held_at :]
    with suppress(OSError):  # who asked may be gone
        handler.wfile.write(sent)
