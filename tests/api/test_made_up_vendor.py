"""A new vendor is one file: a plug-in here, a module of `api/` in the package. Nothing else changes.

The file is the one that docs/adding-a-vendor.md shows.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import requests
from tests.api.servers import data_uri, png

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-vendor.md"


def shown_file() -> str:
    """The Python file of the page."""
    found = re.search(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@contextmanager
def receiver() -> Iterator[tuple[str, "Queue[tuple[Message, Any]]"]]:
    """The URL of a server on loopback, and the headers and bodies that it is sent."""
    told: Queue[tuple[Message, Any]] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            pass

        def do_POST(self) -> None:
            told.put((self.headers, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(204)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", told
        finally:
            server.shutdown()
            thread.join()


def test_one_file_is_a_vendor(tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text(shown_file())
    environment = {
        **os.environ,
        "CLEANPLATE_PLUGINS": str(tmp_path),
        "CLEANPLATE_API_KEYS": "sk-acme",
        "CLEANPLATE_FETCH_ALLOW": "127.0.0.0/8",
    }
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            base = next(m.group() for line in server.stdout if (m := re.search(r"http://[\w.:]+", line)))
            _use(base)
        finally:
            server.terminate()


def _use(base: str) -> None:
    def ask(method: str, path: str, key: str = "sk-acme", **options: Any) -> Any:
        headers = {"X-Acme-Key": key}
        return requests.request(method, base + path, headers=headers, timeout=10, **options)

    assert ask("GET", "/acme/rub/x", key="").json()["oops"] == 401
    unknown = ask("GET", "/acme/elsewhere").json()
    assert unknown == {
        "oops": 404,
        "why": "This server serves: PUT /acme/rub, GET /acme/rub/{ticket}.",
    }
    body = {"picture": data_uri(png("photo")), "where": data_uri(png("mask"))}
    assert ask("PUT", "/acme/rub", data="{").json()["oops"] == 400
    assert ask("PUT", "/acme/rub", json={"picture": "x"}).json() == {"oops": 400, "why": "where: is required"}
    wrong = ask("PUT", "/acme/rub", json={**body, "where": "file:///etc/passwd"}).json()
    assert wrong["oops"] == 400
    assert wrong["why"].startswith("where: ")
    wrong = ask("PUT", "/acme/rub", json={**body, "tell": "ftp://example.com/"}).json()
    assert wrong == {"oops": 400, "why": "tell: the URL is not valid"}
    accepted = ask("PUT", "/acme/rub", json=body)
    assert accepted.status_code == 202
    ticket = accepted.json()["ticket"]
    end = time.monotonic() + 30
    while (answer := ask("GET", f"/acme/rub/{ticket}").json())["is"] != "done":
        assert answer["is"] in ("waiting", "rubbing"), answer
        assert time.monotonic() < end
        time.sleep(0.05)
    picture = requests.get(answer["look"][0], timeout=10)
    assert picture.headers["content-type"] == "image/png"
    with receiver() as (url, told):
        waited = ask("PUT", "/acme/rub", json={**body, "wait": True, "tell": url}).json()
        assert waited["is"] == "done"
        headers, sent = told.get(timeout=10)
    assert sent["is"] == "done"
    assert requests.get(sent["look"][0], timeout=10).headers["content-type"] == "image/png"
    assert headers["X-Cleanplate-Signature"].startswith("t=")
    empty = {**body, "where": data_uri(png("clear")), "wait": True}
    assert ask("PUT", "/acme/rub", json=empty).json()["oops"] == 422
    assert ask("GET", "/acme/rub/x").json() == {"oops": 404, "why": "There is no such ticket."}
