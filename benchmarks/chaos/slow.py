"""Clients that are slow: replies that are not read, requests that lie in line, chunks of one byte."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.sockets import connected, send_all, status_of
from benchmarks.chaos.victim import KEY, Victim, running, watched

READERS: Final = 50
WRITE_TIMEOUT_S: Final = 5
_ASKED: Final = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n\r\n" % KEY.encode()
_CHUNKED: Final = (
    b"POST /v1/edits HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\nTransfer-Encoding: chunked\r\n\r\n"
    % KEY.encode()
)


def _connections(victim: Victim) -> int:
    """Sockets that the server has open, its own included."""
    links = Path(f"/proc/{victim.pid}/fd").iterdir()
    found = 0
    for link in links:
        with suppress(OSError):
            found += link.readlink().name.startswith("socket:")
    return found


def _deaf(victim: Victim) -> socket.socket:
    """A client that asks for 100 MB, all at once, and reads nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(2)
    connection.connect(("127.0.0.1", victim.port))
    send_all(connection, [_ASKED * 1000])
    return connection


def attack() -> Iterator[Row]:
    """How many stay, and what the others wait."""
    with running(WRITE_TIMEOUT_S=str(WRITE_TIMEOUT_S)) as victim, ExitStack() as stack:
        before = _connections(victim)
        with watched(victim) as seen:
            for _ in range(READERS):
                stack.enter_context(_deaf(victim))
            time.sleep(4 * WRITE_TIMEOUT_S)
        left = _connections(victim) - before
        yield Row(f"{READERS} clients that do not read: left", left, 0, "")
        yield Row(f"{READERS} clients that do not read: memory", seen.grown_mb, 100, "MB more")
        yield Row(f"{READERS} clients that do not read: another's wait", seen.longest_s, 2, "s")
    with running() as victim, connected(victim) as connection:
        with watched(victim) as seen:
            send_all(connection, [_CHUNKED, *[b"1\r\nx\r\n" * 10_000] * 200, b"0\r\n\r\n"])
            status = status_of(connection)
        yield Row("2 million chunks of one byte: status", status, 400, "", least=True)
        yield Row("2 million chunks of one byte: longest stall", seen.longest_stall_s, 0.1, "s")
        yield Row("2 million chunks of one byte: memory", seen.grown_mb, 50, "MB more")
