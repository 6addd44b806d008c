"""A server process as its operator starts it, a receiver of callbacks, and how the tests here use them."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from tests.api.servers import data_uri, png

PATIENCE_S = 90.0


@dataclass(slots=True)
class Receiver:
    """A loopback server that gives pictures and takes callbacks; a path with "refused" in it refuses them.

    Attributes:
        callbacks: path and headers of each.
        bodies: of each.
        refusing: all of them, for now.
    """

    address: str
    callbacks: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refusing: bool = False


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """Says nothing."""

        def do_GET(self) -> None:
            data = png("photo") if "photo" in self.path else b"nothing"
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            found.callbacks.append((self.path, dict(self.headers)))
            self.send_response(500 if found.refusing or "refused" in self.path else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


@dataclass(slots=True)
class Running:
    """A server process, its address, a key of its own, and the file that its log goes to."""

    process: subprocess.Popen[str]
    base: str
    key: str
    log: Path

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request with the key."""
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        with requests.Session() as client:
            client.trust_env = False
            return client.request(method, self.base + path, headers=headers, timeout=30, **options)

    def edit(self, image: str, callback: str, headers: Mapping[str, str]) -> requests.Response:
        """Ask for an erase, and to be called back."""
        body = {"edit": "erase", "image": image, "mask": data_uri(png("mask")), "webhook": {"url": callback}}
        return self.ask("POST", "/v1/edits", json=body, headers=headers)

    def ended(self, task_id: str) -> dict[str, Any]:
        """The task at its end."""
        found: dict[str, Any] = {"state": "queued"}
        while found["state"] in ("queued", "running"):
            time.sleep(0.05)
            found = self.ask("GET", f"/v1/edits/{task_id}").json()
        return found

    def stop(self) -> None:
        """As an operator does; raises when it has not ended after a minute."""
        self.process.terminate()
        self.process.wait(60)

    def lines(self) -> list[dict[str, Any]]:
        """Of its log, which is JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextmanager
def running(folder: Path, variables: Mapping[str, str]) -> Iterator[Running]:
    """A server with these variables, besides what every test here needs."""
    ours = {"CLEANPLATE_FETCH_ALLOW": "127.0.0.0/8", "CLEANPLATE_LIMITS": "relaxed"}
    environment = {**os.environ, **ours, "CLEANPLATE_LOG_FORMAT": "json", **variables}
    data = str(folder / "data")
    made = [sys.executable, "-m", "cleanplate", "keys", "create", "--data", data]
    key = subprocess.run(made, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", data]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            base = next(f[1] for line in process.stdout if (f := re.search(r"(http://127[\d.]+:\d+)$", line)))
            yield Running(process, base, key, folder / "log")
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def wait(condition: Callable[[], object]) -> None:
    """Until it is true."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
