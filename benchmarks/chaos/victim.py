"""A real `cleanplate serve` to be attacked, and what is seen of it meanwhile from another address."""

import http.client
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

KEY: Final = "sk-chaos"
GOOD: Final = "127.0.0.2"
"""Where the client comes from that is to be served all the while; attacks come from 127.0.0.1."""
_WELL_S: Final = 60.0
_CALM_S: Final = 3.0
"""So long the memory has not grown when the start, kernels included, is over."""
_EVERY_S: Final = 0.02
_LOOK_S: Final = 0.5
_AFTER_S: Final = 0.5
"""Watched so long after an attack: what it left in line is still to come."""
_PATIENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Victim:
    """A running server."""

    pid: int
    port: int
    data: Path

    def memory_mb(self) -> float:
        """What is resident, without pages of files."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return float(re.findall(r"RssAnon:\s+(\d+)", status)[0]) * 1024 / 1e6

    def cpu_s(self) -> float:
        """Seconds of CPU that it has taken so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(
    *, descriptors: int | None = None, data: Path | None = None, log: IO[str] | None = None, **settings: str
) -> Iterator[Victim]:
    """A server that has started and is calm.

    Args:
        descriptors: most that it may have open; None is as many as we.
        data: its folder; None is one of its own, which goes with it.
        log: where its log goes; None is where ours goes.
        settings: environment variables, without `CLEANPLATE_`.
    """
    with tempfile.TemporaryDirectory() as own:
        folder = data or Path(own)
        command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", str(folder)]
        given = {"API_KEYS": KEY, **settings}
        environment = {**os.environ, **{f"CLEANPLATE_{name}": value for name, value in given.items()}}

        def limit() -> None:
            if descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            preexec_fn=limit,  # noqa: PLW1509
        )
        try:
            assert process.stdout
            port = next(int(found[1]) for line in process.stdout if (found := re.search(r":(\d+)$", line)))
            victim = Victim(process.pid, port, folder)
            _wait_until_calm(victim)
            with watched(victim) as seen:
                time.sleep(1)
            print(f"(without an attack the other client waits {seen.longest_s:.3f} s)", file=sys.stderr)
            yield victim
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_calm(victim: Victim) -> None:
    end_s, last_mb, since_s = time.monotonic() + _WELL_S, 0.0, time.monotonic()
    while time.monotonic() < end_s and time.monotonic() - since_s < _CALM_S:
        time.sleep(0.2)
        if (now_mb := victim.memory_mb()) > last_mb + 1:
            last_mb, since_s = now_mb, time.monotonic()


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found, line = [], [pid]
    while line:
        found.append(line.pop())
        for thread in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            with suppress(OSError):
                line += map(int, thread.read_text().split())
    return found


def task_states(data: Path) -> Counter[str]:
    """How many tasks of a data directory are in each state."""
    with closing(sqlite3.connect(data / "cleanplate.db")) as database:
        return Counter(state for (state,) in database.execute("SELECT state FROM tasks"))


def wait_for_all(victim: Victim, *, longest_s: float) -> None:
    """Wait until no task is unfinished any more, at most so long."""
    end_s = time.monotonic() + longest_s
    while time.monotonic() < end_s and task_states(victim.data).keys() & {"queued", "running"}:
        time.sleep(_LOOK_S)


@dataclass(slots=True)
class Seen:
    """What was seen during an attack.

    Attributes:
        before_mb: memory before it.
        peak_mb: the most memory.
        waits_s: what each request of the good client took; one that failed took for ever.
        stalls_s: as much of each as the server was at work, in steps of 10 ms: other programs of the machine
            make nobody wait there.
        cpu_s: of the server.
    """

    before_mb: float
    peak_mb: float
    waits_s: list[float] = field(default_factory=list)
    stalls_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    @property
    def grown_mb(self) -> float:
        return self.peak_mb - self.before_mb

    @property
    def longest_s(self) -> float:
        return max(self.waits_s, default=float("inf"))

    @property
    def longest_stall_s(self) -> float:
        return max(self.stalls_s, default=float("inf"))


@contextmanager
def watched(victim: Victim) -> Iterator[Seen]:
    """Look at memory, and ask as a good client from another address, until the block has ended."""
    seen = Seen(victim.memory_mb(), victim.memory_mb())
    begun_s = victim.cpu_s()
    stop = threading.Event()
    threads = [threading.Thread(target=look, args=(victim, seen, stop)) for look in (_weigh, _ask)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        time.sleep(_AFTER_S)
        stop.set()
        for thread in threads:
            thread.join()
        seen.cpu_s = victim.cpu_s() - begun_s


def _weigh(victim: Victim, seen: Seen, stop: threading.Event) -> None:
    while not stop.wait(_EVERY_S):
        seen.peak_mb = max(seen.peak_mb, victim.memory_mb())


def _ask(victim: Victim, seen: Seen, stop: threading.Event) -> None:
    while not stop.wait(_EVERY_S):
        start_s, worked_s = time.perf_counter(), victim.cpu_s()
        try:
            well = ask(victim, "/").status == http.HTTPStatus.OK
        except OSError:
            well = False
        seen.waits_s.append(time.perf_counter() - start_s if well else float("inf"))
        seen.stalls_s.append(min(seen.waits_s[-1], victim.cpu_s() - worked_s))


def ask(
    victim: Victim,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    address: str = GOOD,
) -> http.client.HTTPResponse:
    """One request on a connection of its own: a GET, or the POST of a body; its reply is read."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", victim.port, timeout=_PATIENCE_S, source_address=(address, 0)
    )
    try:
        connection.request("GET" if body is None else "POST", path, body, dict(headers or {}))
        reply = connection.getresponse()
        reply.read()
        return reply
    finally:
        connection.close()
