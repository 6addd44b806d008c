"""Bytes to a server, and what it answers: whatever they are, and whether or not they are a whole request."""

import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

import h11

from benchmarks.chaos.victim import Victim

LONGEST_S: Final = 10.0
_UNFINISHED_S: Final = 0.2
"""So long a reply is waited for to what is no whole request: the server waits for the rest."""
_HEAD: Final = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n(.*?)\r\n\r\n", re.DOTALL)
_LENGTH: Final = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
_CHUNKED: Final = re.compile(rb"^transfer-encoding: *chunked", re.IGNORECASE | re.MULTILINE)
_STREAM: Final = re.compile(rb"^content-type: *text/event-stream", re.IGNORECASE | re.MULTILINE)
_CONTINUE: Final = b"HTTP/1.1 100 "
_PART_BYTES: Final = 2**16
_MOST_HEAD_BYTES: Final = 2**16

Kind = Literal["whole", "unfinished", "broken"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its reply.

    Attributes:
        kind: what h11 makes of the request, which is no part of the server's own reading.
        method: of a whole request, else empty.
        status: 0 is no reply.
        head: of the reply, without its first line.
        body: as it came.
        seconds: until all of it was there.
    """

    kind: Kind
    method: str
    status: int
    head: bytes
    body: bytes
    seconds: float

    def names(self, header: bytes) -> bool:
        """Whether the reply has this header; lower case."""
        return any(line.lower().startswith(header + b":") for line in self.head.split(b"\r\n"))


def exchange(victim: Victim, data: bytes, longest_s: float) -> Exchange:
    """Send this on a connection of its own, and read the first reply, if it comes in so many seconds."""
    kind, method = kind_of(data)
    began_s, told = time.perf_counter(), b""
    limit_s = longest_s if kind == "whole" else _UNFINISHED_S
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", victim.port), LONGEST_S) as connection,
    ):
        with suppress(ConnectionError):  # a refusal may come before all is sent
            connection.sendall(data)
        while not _is_complete(told, method) and (left_s := began_s + limit_s - time.perf_counter()) > 0:
            connection.settimeout(left_s)
            part = connection.recv(_PART_BYTES)
            if not part:
                break
            told += part
    found = _HEAD.match(_without_continue(told))
    seconds = time.perf_counter() - began_s
    if found is None:
        return Exchange(kind, method, 0, b"", told, seconds)
    return Exchange(kind, method, int(found[1]), found[2], _without_continue(told)[found.end() :], seconds)


def kind_of(data: bytes) -> tuple[Kind, str]:
    """Whether bytes are a whole request, and its method; what follows it does not matter."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEAD_BYTES)
    method = ""
    if not data:
        return "unfinished", method  # and h11 takes it for the end of the connection
    reader.receive_data(data)
    try:
        while (event := reader.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Request):
                method = event.method.decode()
            if isinstance(event, h11.EndOfMessage):
                return "whole", method
    except h11.RemoteProtocolError:
        return "broken", ""
    return "unfinished", ""


def _without_continue(told: bytes) -> bytes:
    return told.partition(b"\r\n\r\n")[2] if told.startswith(_CONTINUE) else told


def _is_complete(told: bytes, method: str) -> bool:
    """Whether the reply is there; of a stream of events its head is enough."""
    found = _HEAD.match(told := _without_continue(told))
    if found is None:
        return False
    status, head, body = int(found[1]), found[2], told[found.end() :]
    if method == "HEAD" or status in (204, 304) or _STREAM.search(head):
        return True
    if length := _LENGTH.search(head):
        return len(body) >= int(length[1])
    return bool(_CHUNKED.search(head)) and body.endswith(b"0\r\n\r\n")
