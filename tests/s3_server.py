"""An S3 server on loopback: moto in a process of its own, behind a gate that refuses what it is told to."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import requests

PATIENCE_S: Final = 60.0
BUCKET: Final = "plates"
_HOPS: Final = ("connection", "transfer-encoding", "content-length", "date", "server")


@dataclass(frozen=True)
class Asked:
    """A request as it came to the gate."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Fault:
    """What the gate does instead of asking the server behind it.

    Attributes:
        status: to answer with; 0 is to say nothing at all until the gate is opened.
        code: S3's, in the body.
        sent_bytes: the true answer, cut off after so many bytes of its body.
    """

    status: int = 0
    code: str = ""
    sent_bytes: int | None = None


SLOW_DOWN: Final = Fault(503, "SlowDown")
SILENCE: Final = Fault()


@dataclass
class Gate:
    """Between a client and the server.

    Attributes:
        endpoint: its address.
        fault: says what to do with a request; None: let it through.
        asked: all that came, or nothing where that would be too much.
    """

    endpoint: str
    fault: Callable[[Asked], Fault | None] = lambda _asked: None
    asked: MutableSequence[Asked] = field(default_factory=list)
    opened: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def closed(self, fault: Fault | Callable[[Asked], Fault | None]) -> Iterator[None]:
        """Meanwhile it does so: with every request, or as it is told for each."""
        self.fault = fault if callable(fault) else lambda _asked: fault
        try:
            yield
        finally:
            self.fault = lambda _asked: None
            self.opened.set()
            self.opened = threading.Event()


def direct(method: str, url: str, **options: Any) -> requests.Response:
    """Ask, whatever proxy the environment names."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=PATIENCE_S, **options)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def moto_server() -> Iterator[str]:
    """Its address; there is one bucket, and any credentials are good."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    process = subprocess.Popen(command, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _wait(endpoint, process)
        direct("PUT", f"{endpoint}/{BUCKET}", headers=_anybody()).raise_for_status()
        yield endpoint
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def ask_for_credentials(endpoint: str, wanted: bool) -> None:
    """From now on moto takes those that it made itself alone, which are none; or any again."""
    count = "0" if wanted else "inf"
    direct("POST", f"{endpoint}/moto-api/reset-auth", data=count).raise_for_status()


def open_uploads(endpoint: str) -> str:
    """What S3 says of large blobs that were begun and neither ended nor given up."""
    reply = direct("GET", f"{endpoint}/{BUCKET}?uploads", headers=_anybody())
    reply.raise_for_status()
    return reply.text


def size(endpoint: str, key: str) -> int:
    """Bytes of a blob in the bucket. Raises `requests.HTTPError` where there is none."""
    reply = direct("HEAD", f"{endpoint}/{BUCKET}/{key}", headers=_anybody())
    reply.raise_for_status()
    return int(reply.headers["Content-Length"])


@contextmanager
def gate(endpoint: str, *, remembers: bool = True) -> Iterator[Gate]:
    """A gate before that server; one that remembers keeps all that came, bodies too."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.behind = urlsplit(endpoint).netloc
    server.gate = Gate(f"http://127.0.0.1:{server.server_port}")
    if not remembers:
        server.gate.asked = deque(maxlen=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.gate
    finally:
        server.gate.opened.set()
        server.shutdown()
        thread.join()
        server.server_close()


def variables(endpoint: str) -> dict[str, str]:
    """The environment of a program that uses it."""
    return {
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not-to-be-seen",
    }


def use_server(patch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Set the variables that lead there, and only those."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            patch.delenv(name)
    for name, value in variables(endpoint).items():
        patch.setenv(name, value)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    behind: str
    gate: Gate


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        asked = Asked(self.command, self.path, dict(self.headers), body)
        door = self.server.gate
        door.asked.append(asked)
        fault, opened = door.fault(asked), door.opened
        if fault is None:
            self._reply(*self._ask(asked))
        elif fault.sent_bytes is not None:
            self._reply(*self._ask(asked), sent_bytes=fault.sent_bytes)
        elif fault.status:
            text = f"<Error><Code>{fault.code}</Code><Message>as told</Message></Error>".encode()
            self._reply(fault.status, {"content-type": "application/xml"}, text)
        else:
            opened.wait(PATIENCE_S)
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer  # noqa: N815 - the library's names

    def _ask(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _HOPS}
        connection = http.client.HTTPConnection(self.server.behind, timeout=PATIENCE_S)
        try:
            connection.request(asked.method, asked.path, asked.body, headers)
            reply = connection.getresponse()
            data = reply.read()
            kept = {name: value for name, value in reply.getheaders() if name.lower() not in _HOPS}
            if asked.method == "HEAD":
                kept["content-length"] = reply.headers.get("content-length", "0")
            return reply.status, kept, data
        finally:
            connection.close()

    def _reply(
        self, status: int, headers: Mapping[str, str], data: bytes, sent_bytes: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[:sent_bytes])
        self.close_connection = sent_bytes is not None

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """A client that goes away is no fault of the test's."""
        try:
            super().handle()
        except ConnectionError:
            return


def _wait(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s and process.poll() is None:
        try:
            direct("GET", f"{endpoint}/moto-api/")
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("moto does not answer")


def _anybody() -> dict[str, str]:
    credential = "Credential=any/20260101/us-east-1/s3/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"}
