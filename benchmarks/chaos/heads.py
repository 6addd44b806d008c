"""Heads without end: many headers, one long one, trailers after a body in chunks. Nobody has a key."""

from collections.abc import Iterator
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.sockets import connected, send_all, status_of
from benchmarks.chaos.victim import running, watched

MOST_MB: Final = 20.0
MOST_CPU_S: Final = 2.0
"""Of reading 200 MB off a socket, asking as the good client all the while included."""
_TOO_LARGE: Final = 431
_PIECE: Final = 2**20
_START: Final = b"GET / HTTP/1.1\r\nHost: x\r\n"
_CHUNKS: Final = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"


def _lines(size: int) -> Iterator[bytes]:
    yield _START
    yield from _repeated(b"X-Name: some value\r\n", size)


def _long_header(size: int) -> Iterator[bytes]:
    yield _START + b"X: "
    yield from _repeated(b"a", size)


def _trailers(size: int) -> Iterator[bytes]:
    yield _CHUNKS
    yield from _repeated(b"X-Name: some value\r\n", size)


def _one_piece(size: int) -> Iterator[bytes]:
    """Whole and just too large, so that all of it may arrive at once."""
    yield _START + b"X: " + b"a" * size + b"\r\n\r\n"


ATTACKS: Final = (
    ("100 MB of header lines", _lines, 100_000_000),
    ("one header of 200 MB", _long_header, 200_000_000),
    ("100 MB of trailers", _trailers, 100_000_000),
    ("a whole head of 70 KB at once", _one_piece, 70_000),
)


def _repeated(line: bytes, size: int) -> Iterator[bytes]:
    piece = line * (_PIECE // len(line))
    for _ in range(size // len(piece) + 1):
        yield piece


def attack() -> Iterator[Row]:
    """The status, the memory, the CPU."""
    with running() as victim:
        for name, parts, size in ATTACKS:
            with watched(victim) as seen, connected(victim) as connection:
                send_all(connection, parts(size))
                status = status_of(connection)
            yield Row(f"{name}: status", status, _TOO_LARGE, "", least=True)
            yield Row(f"{name}: memory", seen.grown_mb, MOST_MB, "MB more")
            yield Row(f"{name}: CPU", seen.cpu_s, MOST_CPU_S, "s")
            yield Row(f"{name}: longest wait of another client", seen.longest_s, 2, "s")
