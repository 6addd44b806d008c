"""300 tasks while a random process of the server, or the server itself, is killed every two seconds."""

import http.client
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import Client, erase_body
from benchmarks.chaos.victim import KEY, Victim, family, task_states

TASKS: Final = 300
EVERY_S: Final = 2.0
SEED: Final = 14
_LONGEST_S: Final = 480.0
_SWEEP_S: Final = 90.0
_AGAIN_S: Final = 0.2
_AWAY: Final = (OSError, http.client.HTTPException, KeyError)
"""What a client sees of a server that is being killed."""


@dataclass(slots=True)
class Supervised:
    """A server that is started again whenever it has ended, as a service manager does it.

    Attributes:
        killed: how often each kind of process was killed.
    """

    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    killed: Counter[str] = field(default_factory=Counter)
    stopping: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> None:
        """Start it again and again until `stopping`."""
        command = [sys.executable, "-m", "cleanplate", "serve", "--port", str(self.port)]
        environment = {**os.environ, "CLEANPLATE_API_KEYS": KEY, "CLEANPLATE_LOG_LEVEL": "ERROR"}
        while not self.stopping.is_set():
            full = [*command, "--data", str(self.data)]
            with subprocess.Popen(full, env=environment, stdout=subprocess.DEVNULL) as self.process:
                while self.process.poll() is None and not self.stopping.wait(_AGAIN_S):
                    pass
                self.process.terminate()

    def kill(self, chance: random.Random) -> None:
        """Kill one of its processes, which one is chance; a server that is still starting is spared."""
        if self.process is None or not self.answers():
            return
        pid = chance.choice(family(self.process.pid))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.killed["server" if pid == self.process.pid else "child"] += 1

    def answers(self) -> bool:
        with suppress(*_AWAY):
            return bool(Client(Victim(0, self.port, self.data), KEY).ask("GET", "/healthz").status)
        return False


@contextmanager
def _supervised(data: Path) -> Iterator[Supervised]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Supervised(data, port)
    thread = threading.Thread(target=server.keep)
    thread.start()
    try:
        while not server.answers():
            time.sleep(_AGAIN_S)
        yield server
    finally:
        server.stopping.set()
        thread.join()


def _submit(server: Supervised, number: int) -> str:
    """The id of a task, as a careful client asks for it: again until it is accepted, by one key."""
    while True:
        with suppress(*_AWAY):
            client = Client(Victim(0, server.port, server.data), KEY)
            reply = client.submit(erase_body(), {"Idempotency-Key": f"chaos-{number}"})
            if reply.status == http.HTTPStatus.ACCEPTED:
                return str(reply.content["id"])
        time.sleep(_AGAIN_S)


def _files(data: Path) -> list[Path]:
    """Every file of the object store; folders may go while they are looked at."""
    return [
        Path(folder) / name
        for part in ("inputs", "results")
        for folder, _, names in os.walk(data / "objects" / part)
        for name in names
    ]


def _expire(server: Supervised) -> int:
    """Files that are left when every task is over its time, and the server has swept, as at each start."""
    with closing(sqlite3.connect(server.data / "cleanplate.db")) as database, database:
        database.execute("UPDATE tasks SET expires_at_ms = 1")
    for group in (server.data / "objects").glob("*/*"):  # the sweep leaves what may be coming in just now
        os.utime(group, (0, 0))
    if server.process is not None:
        server.process.terminate()
    end_s = time.monotonic() + _SWEEP_S
    while _files(server.data) and time.monotonic() < end_s:
        time.sleep(_AGAIN_S)
    return len(_files(server.data))


def attack() -> Iterator[Row]:
    """How many end, how many twice or never, and what is left behind."""
    chance, ids = random.Random(SEED), list[str]()  # noqa: S311 - chance that can be repeated
    with tempfile.TemporaryDirectory() as folder, _supervised(Path(folder)) as server:
        submits = threading.Thread(target=lambda: ids.extend(_submit(server, it) for it in range(TASKS)))
        submits.start()
        end_s = time.monotonic() + _LONGEST_S
        while time.monotonic() < end_s and task_states(server.data)["succeeded"] < TASKS:
            time.sleep(EVERY_S)
            server.kill(chance)
        submits.join()
        states = task_states(server.data)
        results = [path for path in _files(server.data) if "results" in path.parts]
        orphans = _expire(server)
        killed = dict(server.killed)
    name = f"{TASKS} tasks, killed every {EVERY_S:g} s ({killed.get('server', 0)} x the server, "
    name += f"{killed.get('child', 0)} x another process)"
    yield Row(f"{name}: end well", states["succeeded"], TASKS, "tasks", least=True)
    yield Row(f"{name}: tasks more than were accepted", sum(states.values()) - len(set(ids)), 0, "tasks")
    yield Row(f"{name}: result files more than tasks", len(results) - len(set(ids)), 0, "files")
    yield Row(f"{name}: files left after all have expired", orphans, 0, "files")
