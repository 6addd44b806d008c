"""A proxy before API hosts, as deploy/compose/nginx.conf is: who is away is passed over.

A request that only reads is sent to the next host when one dies under it; a submit only while nothing of it
was sent. It is here for machines without nginx.
"""

import http.client
import http.server
import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

_PATIENCE_S: Final = 150.0
"""As `proxy_read_timeout`."""
_HOPS: Final = ("connection", "keep-alive", "transfer-encoding", "content-length", "expect")
_AWAY: Final = (OSError, http.client.HTTPException)

Told = tuple[int, Sequence[tuple[str, str]], bytes]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    ports: Sequence[int]
    turns: Iterator[int]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        first, ports = next(self.server.turns), self.server.ports
        for number in range(len(ports)):
            try:
                told = self._asked(ports[(first + number) % len(ports)], body)
            except _SentError:
                break
            except _AWAY:
                continue
            self._reply(told)
            return
        self._reply(
            (HTTPStatus.BAD_GATEWAY, [("Content-Type", "text/html")], b"<html>502 Bad Gateway</html>")
        )

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the library's names

    def _asked(self, port: int, body: bytes) -> Told:
        """What this host answers. Raises `_SentError` for what may not be sent again, or an `OSError`."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
        headers: Mapping[str, str] = {
            name: value for name, value in self.headers.items() if name.lower() not in _HOPS
        }
        try:
            connection.connect()
            try:
                connection.request(self.command, self.path, body or None, dict(headers))
                reply = connection.getresponse()
                return reply.status, reply.getheaders(), reply.read()
            except _AWAY as error:
                if self.command != "GET":
                    raise _SentError from error
                raise
        finally:
            connection.close()

    def _reply(self, told: Told) -> None:
        status, headers, body = told
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOPS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """A client that goes away is no fault of the proxy's."""
        try:
            super().handle()
        except ConnectionError:
            return


class _SentError(Exception):
    """The host died with a request that may have been done."""


@contextmanager
def failover_proxy(ports: Sequence[int]) -> Iterator[str]:
    """Its address, for the block; it asks these ports of this machine in turn."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.ports, server.turns = ports, itertools.count()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
