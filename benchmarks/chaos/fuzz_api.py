"""100,000 made-up requests to a server at work: bodies, heads, forms, ids, bytes that are no HTTP at all."""

import json
import random
import re
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Final

from benchmarks.chaos.bombs import family_mb
from benchmarks.chaos.made_up_requests import Requests
from benchmarks.chaos.odd_words import KEYS
from benchmarks.chaos.raw_exchange import LONGEST_S, Exchange, exchange
from benchmarks.chaos.row import Row
from benchmarks.chaos.victim import Victim, running

REQUESTS: Final = 100_000
SEED: Final = 14
CLIENTS: Final = 8
MOST_GROWN_MB: Final = 100.0
FAULTS: Final = Path("fuzz-faults") / "api"
_SETTLED: Final = 0.2
"""This share of the requests comes first: then the server has loaded what it needs."""
_MOST_IDS: Final = 50
_SYNC_S: Final = 60.0
"""Longest that a request waits for its result which asks for that: so much later may its reply be."""
_QUEUE_S: Final = 20.0
"""A longer line is a 429: waiting is no work."""
_TOLD_EVERY: Final = 5_000
_DRAIN_S: Final = 600.0
_WAITS: Final = re.compile(rb"/v3/cleanup|/v1/images/edits|sync\"?[:=]? ?(?:\r\n)*\"?1")
_ID: Final = re.compile(rb'"(?:task_id|id)": ?"([^"]{1,64})"')
_CALLERS: Final = frozenset(
    {
        *(
            "bad-input",
            "bad-parameter",
            "download-failed",
            "input-refused",
            "input-too-large",
            "not-a-picture",
        ),
        *("nothing-to-erase", "output-refused", "picture-size", "unclear-mask", "mask-mismatch"),
    }
)
"""Why a task may fail that came with such files."""


@dataclass(slots=True)
class Seen:
    """What was seen of the replies.

    Attributes:
        statuses: how often each came; 0 is none.
        faults: what no request explains, with its number.
        longest_s: until the last byte of a reply to a whole request that does not ask to wait.
        ids: of tasks that were accepted lately.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[tuple[str, int]] = field(default_factory=list)
    longest_s: float = 0.0
    ids: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_IDS))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, number: int, data: bytes, made: Exchange, limit_s: float) -> None:
        """Count a reply; the request of a fault is kept."""
        fault = fault_of(made, limit_s)
        with self.lock:
            self.statuses[made.status] += 1
            if made.kind == "whole" and limit_s == LONGEST_S:
                self.longest_s = max(self.longest_s, made.seconds)
            if made.status in (HTTPStatus.OK, HTTPStatus.ACCEPTED) and made.method == "POST":
                self.ids.extend(found.decode(errors="replace") for found in _ID.findall(made.body[:500]))
            if fault:
                self.faults.append((fault, number))
                FAULTS.mkdir(parents=True, exist_ok=True)
                (FAULTS / f"{fault}-{number}.request").write_bytes(data)
                print(
                    f"FAULT {fault}, seed {SEED}, request {number}: {made.status} {made.body[:300]!r}",
                    file=sys.stderr,
                )

    def of(self, fault: str) -> int:
        return sum(kind == fault for kind, _ in self.faults)


def fault_of(made: Exchange, limit_s: float) -> str:
    """What is wrong with a reply: "5xx", "dropped", "slow", or nothing."""
    busy = made.status == HTTPStatus.SERVICE_UNAVAILABLE and made.names(b"retry-after")
    if made.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not busy:
        return "" if made.status == HTTPStatus.HTTP_VERSION_NOT_SUPPORTED else "5xx"
    if made.kind == "whole" and made.status == 0:
        return "slow" if made.seconds >= limit_s else "dropped"
    return "slow" if made.kind == "whole" and made.seconds >= limit_s else ""


@contextmanager
def _odd_host(seed: int) -> Iterator[tuple[str, list[Requests]]]:
    """A host that gives a damaged file to each GET and takes each POST; the list is to get its files."""
    files: list[Requests] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            chance = random.Random(f"{seed} {self.path}")  # noqa: S311 - chance that can be repeated
            body = files[0].file(chance)
            self.send_response(chance.choice((200, 200, 200, 200, 404, 500, 302)))
            self.send_header("Content-Length", str(len(body)))
            if chance.random() < 0.2:
                self.send_header("Content-Encoding", chance.choice(("gzip", "deflate", "br", "identity")))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the table says it all."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", files
        finally:
            server.shutdown()


def _server(log: IO[str]) -> AbstractContextManager[Victim]:
    return running(
        log=log,
        API_KEYS=",".join(KEYS),
        FETCH_ALLOW="127.0.0.0/8",
        SYNC_TIMEOUT_S=f"{_SYNC_S}",
        MAX_QUEUE_WAIT_S=f"{_QUEUE_S}",
    )


def _ask(victim: Victim, requests: Requests, seen: Seen, numbers: Iterator[int]) -> None:
    while True:
        with seen.lock:
            number, ids = next(numbers, None), list(seen.ids)
        if number is None:
            return
        if number % _TOLD_EVERY == 0:
            print(f"{number} {time.strftime('%X')} {dict(seen.statuses)}", file=sys.stderr, flush=True)
        data = requests.at(number, ids)
        limit_s = LONGEST_S + (_SYNC_S if _WAITS.search(data) else 0)
        seen.add(number, data, exchange(victim, data, limit_s), limit_s)


def _all(victim: Victim, requests: Requests, seen: Seen, numbers: range) -> None:
    turn = iter(numbers)
    clients = [threading.Thread(target=_ask, args=(victim, requests, seen, turn)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _tasks(victim: Victim) -> Counter[str]:
    """How many tasks are in each state; of those that failed, by their code."""
    with closing(sqlite3.connect(victim.data / "cleanplate.db")) as database:
        rows = database.execute("SELECT state, failure FROM tasks").fetchall()
    return Counter(f"failed: {json.loads(failure)['code']}" if failure else state for state, failure in rows)


def _deaths(victim: Victim) -> int:
    """How many tasks a process died under; one that is ended for a cancel or its time is none."""
    with closing(sqlite3.connect(victim.data / "cleanplate.db")) as database:
        return int(database.execute("SELECT count(*) FROM tasks WHERE deaths > 0").fetchone()[0])


def _drained(victim: Victim) -> Counter[str]:
    """The same once all have ended, or ten minutes later."""
    end_s = time.monotonic() + _DRAIN_S
    while (found := _tasks(victim)) and (found["queued"] or found["running"]) and time.monotonic() < end_s:
        time.sleep(1)
    return found


def attack() -> Iterator[Row]:
    """What is answered, what is logged, what is left of the server."""
    seen = Seen()
    with tempfile.NamedTemporaryFile("w+") as log, _odd_host(SEED) as (host, files):
        requests = Requests(SEED, host)
        files.append(requests)
        with _server(log) as victim:
            first = int(REQUESTS * _SETTLED)
            _all(victim, requests, seen, range(first))
            before_mb = family_mb(victim.pid)
            _all(victim, requests, seen, range(first, REQUESTS))
            tasks = _drained(victim)
            grown_mb = family_mb(victim.pid) - before_mb
            alive, died = Path(f"/proc/{victim.pid}/cmdline").read_bytes() != b"", _deaths(victim)
        log.seek(0)
        tracebacks = log.read().count("Traceback (most recent call last)")
    yield from _rows(seen, tasks)
    name = f"{REQUESTS:,} requests"
    yield Row(f"{name}: tracebacks in the log", tracebacks, 0, "")
    yield Row(f"{name}: the server is the same process", int(alive), 1, "", least=True)
    yield Row(f"{name}: tasks under which a process died", died, 0, "tasks")
    yield Row(
        f"{name}: memory of all processes, after the first {first:,}", grown_mb, MOST_GROWN_MB, "MB more"
    )


def _rows(seen: Seen, tasks: Counter[str]) -> Iterator[Row]:
    name = f"{REQUESTS:,} requests"
    told = sum(count for status, count in seen.statuses.items() if status)
    print(f"statuses: {dict(seen.statuses)}; tasks: {dict(tasks)}", file=sys.stderr)
    yield Row(f"{name}: tried", seen.statuses.total(), REQUESTS, "", least=True)
    yield Row(f"{name}: answered", told, REQUESTS // 2, "", least=True)
    yield Row(f"{name}: 5xx but 503 with Retry-After and 505 to HTTP/2", seen.of("5xx"), 0, "")
    yield Row(f"{name}: whole requests without a reply", seen.of("dropped"), 0, "")
    yield Row(f"{name}: replies later than {LONGEST_S:g} s", seen.of("slow"), 0, "")
    yield Row(f"{name}: the longest reply takes", seen.longest_s, LONGEST_S, "s")
    ours = [count for state, count in tasks.items() if state.removeprefix("failed: ") not in _CALLERS]
    odd = sum(ours) - sum(tasks[state] for state in ("succeeded", "cancelled"))
    yield Row(f"{name}: tasks that they made", tasks.total(), REQUESTS // 20, "tasks", least=True)
    yield Row(
        f"{name}: tasks that ended well, with damaged files and without",
        tasks["succeeded"],
        1,
        "tasks",
        least=True,
    )
    yield Row(
        f"{name}: tasks that failed for another reason than their request, or never ended", odd, 0, "tasks"
    )
