"""1,100 requests that are never finished, at a server with 1,024 descriptors."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.sockets import connected
from benchmarks.chaos.victim import Victim, running, watched

FLOOD: Final = 1100
DESCRIPTORS: Final = 1024
WATCH_S: Final = 20.0
_HALF: Final = b"GET / HTTP/1.1\r\nHost: x\r\nX-"
_ASKED: Final = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def _alive(connections: list[socket.socket]) -> int:
    """How many of them the server has not closed."""
    alive = 0
    for connection in connections:
        connection.setblocking(False)
        try:
            while connection.recv(4096):
                pass
        except BlockingIOError:
            alive += 1
        except OSError:
            pass
    return alive


def _flood(victim: Victim, stack: ExitStack, sent: bytes, addresses: int) -> list[socket.socket]:
    opened = []
    for number in range(FLOOD):
        address = f"127.0.1.{1 + number % addresses}"
        with suppress(OSError):
            connection = stack.enter_context(connected(victim, address=address))
            connection.sendall(sent)
            opened.append(connection)
    return opened


def attack() -> Iterator[Row]:
    """What the good client waits while it goes on, and how many are still there after 20 s."""
    floods = (
        ("half-sent heads from one address", _HALF, 1),
        ("half-sent heads from 200 addresses", _HALF, 200),
        ("connections that say nothing", b"", 1),
        ("idle connections after a reply", _ASKED, 1),
    )
    for name, sent, addresses in floods:
        with running(descriptors=DESCRIPTORS) as victim, ExitStack() as stack:
            with watched(victim) as seen:
                opened = _flood(victim, stack, sent, addresses)
                time.sleep(WATCH_S)
            yield Row(f"{FLOOD} {name}: longest wait of another client", seen.longest_s, 2, "s")
            yield Row(f"{FLOOD} {name}: left after {WATCH_S:.0f} s", _alive(opened), 0, "")
            yield Row(f"{FLOOD} {name}: memory", seen.grown_mb, 100, "MB more")
