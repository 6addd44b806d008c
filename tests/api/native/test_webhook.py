"""The webhook of an edit is sent the edit as it ended."""

import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.api.native.conftest import EDITS, Client, body, encoded

TOLD: queue.Queue[tuple[Any, dict[str, str]]] = queue.Queue()


class _Listener(BaseHTTPRequestHandler):
    """Takes every callback."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        TOLD.put((json.loads(data), dict(self.headers)))


@pytest.fixture(scope="module")
def listener() -> Iterator[str]:
    """The URL of a loopback server that takes callbacks."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Listener) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/done"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("changes", [{"count": 2}, {"mask": encoded("clear")}])
def test_the_edit_is_told_as_it_ended(live: Client, listener: str, changes: dict[str, Any]) -> None:
    asked = live.post(EDITS, json=body(webhook={"url": f" {listener}\n"}, **changes)).json()
    told, headers = TOLD.get(timeout=10)
    assert told == live.get(f"{EDITS}/{asked['id']}").json()
    assert told["state"] in ("succeeded", "failed")
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Cleanplate-Signature"].startswith("t=")
