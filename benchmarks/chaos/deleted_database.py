"""The database is deleted, replaced or cut short under a running server."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.submits import Answer, ask, at_once, submit
from benchmarks.chaos.victim import Victim, running

SUBMITS: Final = 5
_DATABASE: Final = "cleanplate.db"


def _delete(data: Path) -> None:
    for path in data.glob(_DATABASE + "*"):
        path.unlink()


def _replace(data: Path) -> None:
    """As a careless restore does: another file under the name."""
    shutil.copy(data / _DATABASE, data / "copy")
    (data / "copy").replace(data / _DATABASE)


def _empty(data: Path) -> None:
    (data / _DATABASE).open("wb").close()


def _halve(data: Path) -> None:
    path = data / _DATABASE
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def _delete_log(data: Path) -> None:
    (data / f"{_DATABASE}-wal").unlink()


HARM: Final[dict[str, Callable[[Path], None]]] = {
    "deleted": _delete,
    "replaced": _replace,
    "emptied": _empty,
    "cut in half": _halve,
    "its log deleted": _delete_log,
}


def _health(victim: Victim) -> Answer:
    ready = ask(victim, "/readyz", {})
    return ready if ready.status != 404 else ask(victim, "/healthz", {})


def _says_so(answer: Answer) -> bool:
    return answer.status == 503 and json.loads(answer.body)["database"] != "ok"


def attack() -> Iterator[Row]:
    """How many submits are accepted afterwards, and what health says."""
    for name, harm in HARM.items():
        with running() as victim:
            for _ in range(3):
                submit(victim)
            harm(victim.data)
            answers = at_once([partial(submit, victim)] * SUBMITS)
            accepted = sum(answer.status < 300 for answer in answers)
            longest_s = max(answer.seconds for answer in answers)
            told = _says_so(_health(victim))
            yield Row(f"database {name}: submits accepted", accepted, 0, f"of {SUBMITS}")
            yield Row(f"database {name}: longest refusal", longest_s, 1, "s")
            yield Row(f"database {name}: health says so", told, 1, "", least=True)
            data = Path(shutil.copytree(victim.data, victim.data.with_suffix(".left")))
        try:
            if name == "deleted":
                yield Row("objects without their database: start refused", _refused(data), 1, "", least=True)
        finally:
            shutil.rmtree(data)


def _refused(data: Path) -> bool:
    """Whether a server does not begin anew beside files of an older database."""
    (data / _DATABASE).unlink(missing_ok=True)
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--data", str(data)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 2 and len(done.stderr.splitlines()) == 1
