"""A server that is killed again and again before it has done anything, and the tasks it had begun."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.two_keys import Client, erase_body
from benchmarks.chaos.victim import KEY, running

TASKS: Final = 30
KILLS: Final = 3
_RUNNING: Final = "SELECT count(*) FROM tasks WHERE state = 'running' AND attempt > ?"
_LONGEST_S: Final = 120.0


def _kill_while_it_works(data: Path, attempts: int) -> None:
    """Start a server, and kill it as soon as it has begun a task once more."""
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "CLEANPLATE_API_KEYS": KEY}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        end_s = time.monotonic() + _LONGEST_S
        while not _begun(data, attempts) and time.monotonic() < end_s:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)


def _begun(data: Path, attempts: int) -> bool:
    try:
        with closing(sqlite3.connect(data / "cleanplate.db")) as database:
            return bool(database.execute(_RUNNING, (attempts,)).fetchone()[0])
    except sqlite3.OperationalError:
        return False


def attack() -> Iterator[Row]:
    """How many of the tasks end well when the server is left alone at last."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with running(data=data, SHUTDOWN_GRACE_S="0") as victim:
            client = Client(victim, KEY)
            ids = [client.accepted(erase_body()) for _ in range(TASKS)]
            os.kill(victim.pid, signal.SIGKILL)
        for kill in range(KILLS):
            _kill_while_it_works(data, kill)
        with running(data=data) as victim:
            client = Client(victim, KEY)
            for edit_id in ids:
                client.wait_for(edit_id, "succeeded", "failed", longest_s=_LONGEST_S)
            done = sum(client.edit(edit_id)["state"] == "succeeded" for edit_id in ids)
    yield Row(
        f"server killed {KILLS + 1} times at work: tasks that end well", done, TASKS, "tasks", least=True
    )
