"""Far more work than can be done, from one key: what is refused, and what another key waits."""

import http
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import OTHER, Client, erase_body, two_keys
from benchmarks.chaos.victim import KEY, Victim

CLIENTS: Final = 32
FLOOD_S: Final = 60.0
_OTHER_AFTER_S: Final = 50.0
_LONGEST_S: Final = 150.0
_LONGEST_QUEUE_S: Final = 60.0
"""What a server is asked for that shall refuse; the default would take ten minutes of work."""
_COME_AGAIN_S: Final = 0.05
"""A client that does not listen to `Retry-After`."""
_STARTED_BETWEEN: Final = (
    "SELECT count(*) FROM tasks JOIN (SELECT created_at_ms AS since, started_at_ms AS until FROM tasks"
    " WHERE id = ?) WHERE started_at_ms > since AND started_at_ms <= until AND id <> ?"
)


@dataclass(slots=True)
class Flood:
    """What the clients of the one key were answered."""

    accepted: int = 0
    refused: int = 0
    silent: int = 0
    other: int = 0

    def count(self, status: int, retry_after: str | None) -> None:
        if status == http.HTTPStatus.ACCEPTED:
            self.accepted += 1
        elif status == http.HTTPStatus.TOO_MANY_REQUESTS:
            self.refused += 1
            self.silent += not (retry_after or "").isdecimal()
        else:
            self.other += 1


def _submit_on(victim: Victim, flood: Flood, lock: threading.Lock, until_s: float) -> None:
    client, body = Client(victim, KEY), erase_body()
    while time.monotonic() < until_s:
        reply = client.submit(body)
        with lock:
            flood.count(reply.status, reply.headers.get("retry-after"))
        if reply.status != http.HTTPStatus.ACCEPTED:
            time.sleep(_COME_AGAIN_S)


def _others_wait(victim: Victim, edit_id: str) -> tuple[float, int]:
    """Seconds that another key's first task waits, and how many tasks were started before it."""
    wait_s = Client(victim, OTHER).wait_for(edit_id, "running", "succeeded", longest_s=_LONGEST_S)
    with closing(sqlite3.connect(victim.data / "cleanplate.db")) as database:
        return wait_s, database.execute(_STARTED_BETWEEN, (edit_id, edit_id)).fetchone()[0]


def attack() -> Iterator[Row]:
    """How many are refused and how, and what another key's first task waits."""
    flood, lock = Flood(), threading.Lock()
    with two_keys(_LONGEST_QUEUE_S) as victim:
        until_s = time.monotonic() + FLOOD_S
        clients = [
            threading.Thread(target=_submit_on, args=(victim, flood, lock, until_s)) for _ in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        time.sleep(_OTHER_AFTER_S)
        reply = Client(victim, OTHER).submit(erase_body())
        accepted = reply.status == http.HTTPStatus.ACCEPTED
        wait_s, before = _others_wait(victim, reply.content["id"]) if accepted else (_LONGEST_S, 0)
        for client in clients:
            client.join()
    name = f"{CLIENTS} clients of one key for {FLOOD_S:.0f} s, {flood.accepted} accepted"
    yield Row(f"{name}: refused with 429", flood.refused, 1, "", least=True)
    yield Row(f"{name}: 429 without Retry-After", flood.silent, 0, "")
    yield Row(f"{name}: neither accepted nor 429", flood.other, 0, "")
    yield Row(f"{name}: another key's first submit is accepted", int(accepted), 1, "", least=True)
    yield Row(f"{name}: tasks started before its task", before if wait_s < _LONGEST_S else 9999, 2, "")
    yield Row(f"{name}: its task waits", wait_s, 10, "s")
