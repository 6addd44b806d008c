"""The log of a real server and a whole run: one id from submit to callback, and no secret."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.api.dashscope.conftest import data_uri, png

STATIC = "sk-static-sesame-1234567890"
METRICS = "metrics-sesame"
ID = "client-0001.of_a-test"
SENTINEL = "s3same"


@dataclass(slots=True)
class Receiver:
    """A loopback server that gives pictures and takes callbacks."""

    port: int
    callbacks: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
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
            self.rfile.read(int(self.headers["Content-Length"]))
            found.callbacks.append((self.path, self.headers["X-Request-Id"]))
            self.send_response(500 if "refused" in self.path else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Receiver(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@dataclass(slots=True)
class Running:
    """A server process, its address and the key of its first start."""

    process: subprocess.Popen[str]
    base: str
    key: str
    log: Path


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    settings = {
        "API_KEYS": STATIC,
        "METRICS_KEY": METRICS,
        "FETCH_ALLOW": "127.0.0.0/8",
        "LIMITS": "relaxed",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "DEBUG",
    }
    environment = os.environ | {f"CLEANPLATE_{name}": value for name, value in settings.items()}
    data = str(tmp_path / "data")
    made = [sys.executable, "-m", "cleanplate", "keys", "create", "--data", data]
    key = subprocess.run(made, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", data]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            base = next(f[1] for line in process.stdout if (f := re.search(r"(http://127[\d.]+:\d+)$", line)))
            yield Running(process, base, key, tmp_path / "log")
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _ask(running: Running, method: str, path: str, **options: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {running.key}", **options.pop("headers", {})}
    with requests.Session() as client:
        client.trust_env = False
        return client.request(method, running.base + path, headers=headers, timeout=30, **options)


def _edit(running: Running, image: str, callback: str, request_id: str = ID) -> requests.Response:
    body = {"edit": "erase", "image": image, "mask": data_uri(png("mask")), "webhook": {"url": callback}}
    return _ask(running, "POST", "/v1/edits", json=body, headers={"X-Request-Id": request_id})


def _wait(condition: Any) -> None:
    deadline_s = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def _lines(running: Running) -> list[dict[str, Any]]:
    return [json.loads(line) for line in running.log.read_text().splitlines()]


def test_one_id_and_no_secret(running: Running, receiver: Receiver) -> None:
    away = f"http://127.0.0.1:{receiver.port}"
    reply = _edit(running, f"{away}/photo.png?sig={SENTINEL}1", f"{away}/cb?token={SENTINEL}2")
    assert (reply.status_code, reply.headers["x-request-id"]) == (202, ID)
    task = f"/v1/edits/{reply.json()['id']}"
    _wait(lambda: _ask(running, "GET", task).json()["state"] not in ("queued", "running"))
    _wait(lambda: receiver.callbacks)
    assert receiver.callbacks == [(f"/cb?token={SENTINEL}2", ID)]
    # What goes wrong is told at greater length
    link = _ask(running, "GET", task).json()["results"][0]["url"]
    assert _ask(running, "GET", link.removeprefix(running.base)).status_code == 200
    assert _ask(running, "GET", link.removeprefix(running.base) + "x").status_code == 403
    assert _edit(running, f"http://ann:{SENTINEL}3@127.0.0.1/", f"{away}/cb").status_code == 422
    assert _edit(running, data_uri(png("photo")), f"http://ann:{SENTINEL}4@127.0.0.1/").status_code == 422
    _edit(running, f"{away}/nothing?sig={SENTINEL}5", f"{away}/refused?token={SENTINEL}6", "client-0002")
    _wait(lambda: len(receiver.callbacks) > 2)
    wrong = {"Authorization": f"Bearer cp-{SENTINEL}7-0123456789abcdef"}
    assert _ask(running, "GET", task, headers=wrong).status_code == 401
    _ask(running, "GET", "/v1/edits", headers={"Authorization": f"Bearer {STATIC}"})
    _ask(running, "GET", "/metrics", headers={"Authorization": f"Bearer {METRICS}"})
    forged = _ask(running, "GET", "/", headers={"X-Request-Id": "has spaces and is no id"})
    assert re.fullmatch(r"[0-9a-f-]{36}", forged.headers["x-request-id"])
    running.process.send_signal(signal.SIGTERM)
    running.process.wait(60)

    mine = [line for line in _lines(running) if line.get("request_id") == ID]
    said = {line["message"] for line in mine}
    assert {"task accepted", "answered", "task ended", "callback done"} <= said
    text = running.log.read_text()
    signature = re.search(r"signature=([\w-]+)", link)
    assert signature is not None
    for secret in (SENTINEL, running.key, STATIC, METRICS, signature[1], "whsec_"):
        assert secret not in text, [line for line in text.splitlines() if secret in line]
