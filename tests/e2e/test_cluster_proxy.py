"""deploy/compose/nginx.conf, as it stands but for its ports, before two hosts and a name server of a test."""

import json
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from tests.cluster_files import ROOT
from tests.e2e.proxies import changed, find, free_port, nginx_command, until_it_listens

SITE: Final = (ROOT / "deploy" / "compose" / "nginx.conf").read_text()
FIRST, SECOND = "127.0.0.1", "127.0.0.2"
_PATIENCE_S: Final = 60.0
_A_RECORD: Final = 1

pytestmark = pytest.mark.skipif(find("nginx") is None, reason="Debian's package nginx; CI installs it")


class Host(ThreadingHTTPServer):
    """Stands for an API host: says who it is and what it was asked."""

    daemon_threads = True

    def __init__(self, address: str, port: int) -> None:
        super().__init__((address, port), _Told)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class _Told(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        told = {
            "by": self.connection.getsockname()[0],
            "path": self.path,
            "headers": dict(self.headers),
            "length": len(self.rfile.read(length)),
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    do_POST = do_GET  # noqa: N815 - its name there

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


class NameServer:
    """Knows one name, of those addresses that it has now."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with self._socket:
            while (told := self._socket.recvfrom(512))[0]:
                self._socket.sendto(self._answer(told[0]), told[1])

    def _answer(self, query: bytes) -> bytes:
        """RFC 1035: the question again, and a record for each address."""
        end = query.index(b"\0", 12) + 5
        (kind,) = struct.unpack_from("!H", query, end - 4)
        known = self.addresses if kind == _A_RECORD else ()
        head = query[:2] + struct.pack("!5H", 0x8180, 1, len(known), 0, 0)
        records = (struct.pack("!3HIH", 0xC00C, 1, 1, 1, 4) + socket.inet_aton(one) for one in known)
        return head + query[12:end] + b"".join(records)

    def end(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()


class Front:
    """The proxy, and what is behind it."""

    def __init__(self, url: str, names: NameServer, hosts: dict[str, Host]) -> None:
        self.names, self.hosts = names, hosts
        self._url = url

    def ask(
        self, path: str = "/", body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What the host tells that answered."""
        with requests.Session() as client:
            client.trust_env = False
            method = "POST" if body else "GET"
            answer = client.request(method, self._url + path, data=body, headers=headers, timeout=_PATIENCE_S)
        answer.raise_for_status()
        return dict(answer.json())


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    port, behind = free_port(), free_port()
    with ExitStack() as ends:
        names = NameServer(FIRST, SECOND)
        ends.callback(names.end)
        hosts = {address: Host(address, behind) for address in (FIRST, SECOND)}
        for host in hosts.values():
            ends.callback(host.end)
        site = changed(
            SITE,
            {
                "resolver 127.0.0.11 valid=5s": f"resolver 127.0.0.1:{names.port} valid=1s",
                "listen 8080;": f"listen 127.0.0.1:{port};",
                "/dev/stdout": str(tmp_path / "told"),
                "api:8080;": f"api:{behind};",
            },
        )
        process = subprocess.Popen(nginx_command(tmp_path, site))
        ends.callback(process.wait)
        ends.callback(process.terminate)
        until_it_listens(port, process)
        yield Front(f"http://127.0.0.1:{port}", names, hosts)


def test_every_host_of_the_name_is_asked(front: Front) -> None:
    assert {front.ask()["by"] for _ in range(60)} == {FIRST, SECOND}


def test_a_request_goes_on_as_it_is(front: Front) -> None:
    told = front.ask("/a%2Fb?c=%20", headers={"Host": "plates.example.com", "X-Request-Id": "request-1"})
    assert told["path"] == "/a%2Fb?c=%20"
    assert told["headers"]["Host"] == "plates.example.com"
    assert told["headers"]["X-Request-Id"] == "request-1"
    assert len(front.ask()["headers"]["X-Request-Id"]) == 32


def test_a_host_that_is_away_is_passed_over_by_submits_too(front: Front) -> None:
    front.hosts[FIRST].end()
    told = [front.ask(body=b"x" * 300_000) for _ in range(20)]
    assert {one["by"] for one in told} == {SECOND}
    assert {one["length"] for one in told} == {300_000}


def test_a_host_that_is_new_is_found(front: Front) -> None:
    """A name that was looked up at the start only would lead to the old one for ever."""
    front.names.addresses = (SECOND,)
    end_s = time.monotonic() + _PATIENCE_S
    while front.ask()["by"] == FIRST:
        assert time.monotonic() < end_s
        time.sleep(0.1)
    front.hosts[FIRST].end()
    assert {front.ask()["by"] for _ in range(10)} == {SECOND}
