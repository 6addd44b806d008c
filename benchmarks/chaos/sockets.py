"""Sockets that send what no client would."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from benchmarks.chaos.victim import Victim

_PATIENCE_S: Final = 120.0
_REPLY_BYTES: Final = 64 * 2**10


def connected(victim: Victim, *, address: str = "127.0.0.1") -> socket.socket:
    """A connection from an address of loopback's."""
    return socket.create_connection(
        ("127.0.0.1", victim.port), timeout=_PATIENCE_S, source_address=(address, 0)
    )


def status_of(connection: socket.socket) -> int:
    """The status of the reply that is on its way; 0 when the connection ends without one."""
    told = b""
    with suppress(OSError):
        while b"\r\n" not in told and (part := connection.recv(_REPLY_BYTES)):
            told += part
    words = told.split(maxsplit=2)
    return int(words[1]) if len(words) > 1 else 0


def send_all(connection: socket.socket, parts: Iterable[bytes]) -> int:
    """Send until the server does not take more; how many bytes went."""
    sent = 0
    with suppress(OSError):
        for part in parts:
            connection.sendall(part)
            sent += len(part)
    return sent
