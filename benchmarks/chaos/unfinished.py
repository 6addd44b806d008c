"""20 bodies of 60 MB that are never finished, with a key and without; another client's submit meanwhile."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.sockets import connected, send_all, status_of
from benchmarks.chaos.victim import KEY, Victim, ask, running, watched

BODIES: Final = 20
SIZE: Final = 60_000_000
PATH: Final = "/v1/edits"
BUDGET_MB: Final = 256.0
"""The default of `CLEANPLATE_BODY_MEMORY_BYTES`."""
_END_S: Final = 30.0
_PIECE: Final = b"A" * 2**20


def _begin(connection: socket.socket, key: str) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: {SIZE}\r\n\r\n"
    send_all(connection, [head.encode(), b'{"image":"', *[_PIECE] * (SIZE // len(_PIECE) - 1)])


def _submit_s(victim: Victim) -> float:
    """Seconds that a good client waits for the reply to a body of 8 MB."""
    body = b'{"edit":"erase","image":"' + b"A" * 8_000_000 + b'"}'
    start_s = time.perf_counter()
    status = ask(victim, PATH, body, {"Authorization": f"Bearer {KEY}"}).status
    well = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return time.perf_counter() - start_s if well else float("inf")


def attack() -> Iterator[Row]:
    """Memory, a neighbour's wait, and what the unfinished are told in the end."""
    for who, key in (("with a key", KEY), ("without a key", "sk-wrong")):
        with running() as victim, ExitStack() as stack:
            opened = [stack.enter_context(connected(victim)) for _ in range(BODIES)]
            with watched(victim) as seen:
                threads = [threading.Thread(target=_begin, args=(it, key)) for it in opened]
                for thread in threads:
                    thread.start()
                time.sleep(5)
                submit_s = _submit_s(victim)
                start_s = time.perf_counter()
                statuses = {status_of(connection) for connection in opened}
                ended_s = time.perf_counter() - start_s
                for thread in threads:
                    thread.join()
            name = f"{BODIES} unfinished bodies of 60 MB {who}"
            yield Row(f"{name}: memory", seen.grown_mb, BUDGET_MB, "MB more")
            yield Row(f"{name}: another client's submit", submit_s, 2, "s")
            yield Row(f"{name}: longest wait of another client", seen.longest_s, 2, "s")
            yield Row(f"{name}: until all are ended", ended_s, _END_S, "s")
            yield Row(f"{name}: lowest status they are told", min(statuses), 400, "", least=True)
