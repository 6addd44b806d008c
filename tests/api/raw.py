"""Requests as bytes: what a socket sends, and all that comes back on it."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests
from tests.api.servers import KEY
from tests.api.vendors import PHOTO, Vendor

UPGRADE: Final = {
    "Connection": "Upgrade, HTTP2-Settings",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
}


_LAST: Final = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
_LAST_BODY: Final = b"Cleanplate removes"


@dataclass(frozen=True)
class Answer:
    """One reply of a connection."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def submit_of(vendor: Vendor, secret: str = KEY) -> tuple[dict[str, str], bytes]:
    """Headers and body of a good submit."""
    asked = requests.Request(
        "POST", "http://x" + vendor.path, headers=vendor.key(secret), **vendor.body(PHOTO)
    )
    made = asked.prepare()
    headers = {name: value for name, value in made.headers.items() if name != "Content-Length"}
    body = made.body
    return headers, body if isinstance(body, bytes) else str(body or "").encode()


def message(
    method: str, target: str, headers: Mapping[str, str], body: bytes, *, version: str = "1.1"
) -> bytes:
    """One request. Its length is told as `headers` tell it; Host is added if it is lacking."""
    lines = [f"{method} {target} HTTP/{version}"]
    lines += [f"{name}: {value}" for name, value in {"Host": "plates.example", **headers}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def sized(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    return {**headers, "Content-Length": str(len(body))}


def chunked(body: bytes, *, size: int = 1000, extension: str = "", trailers: str = "") -> bytes:
    """A body in chunks, hexadecimal in both cases."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    told = b"".join(b"%X%s\r\n%s\r\n" % (len(part), extension.encode(), part) for part in parts)
    return told + b"0\r\n" + trailers.encode() + b"\r\n"


def exchange(base: str, *pieces: bytes) -> list[Answer]:
    """Send the pieces one by one; all replies to them until the server closed the connection.

    A request of our own comes last on it: what is answered before that is all there will be.
    """
    parts = urlsplit(base)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(BrokenPipeError, ConnectionResetError):
            for piece in (*pieces, _LAST):
                connection.sendall(piece)
        found = answers(_received(connection))
    return found[:-1] if found and found[-1].body.startswith(_LAST_BODY) else found


def answers(told: bytes) -> list[Answer]:
    """The replies in what came back; interim ones are left out."""
    found = []
    while told:
        head, _, rest = told.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        lines = head.decode("latin-1").split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        if "transfer-encoding" in headers:
            headers["content-length"] = str(rest.index(b"0\r\n\r\n") + 5)
        length = int(headers.get("content-length", "0"))
        if status >= 200:
            found.append(Answer(status, headers, rest[:length]))
        told = rest[length:]
    return found


def _received(connection: socket.socket) -> bytes:
    told = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            told += part
    return told
