"""The disk under the data directory fills while clients submit. Root is needed: it mounts a small one."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.chaos.row import Row
from benchmarks.chaos.submits import SUBMITS, ask, submit
from benchmarks.chaos.two_keys import Client, erase_body
from benchmarks.chaos.victim import KEY, Victim, running

_MB: Final = 2**20
_SIZE_MB: Final = 24
_FLOOR_MB: Final = 8
_UNAVAILABLE: Final = 503
_TASKS: Final = 4
_FULL_S: Final = 10.0
_LONGEST_S: Final = 120.0
_RAW: Final = ("[SQL", "sqlalche.me", "INSERT INTO", "Traceback", KEY)


@contextmanager
def small_disk(size_mb: int = _SIZE_MB) -> Iterator[Path]:
    """A file system of its own in memory."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "none", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["/bin/umount", "-l", folder], check=True)


def fill(folder: Path, leave_bytes: int) -> None:
    """Write until so much is left."""
    with (folder / "filler").open("ab", buffering=0) as file, suppress(OSError):
        while (free := os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize) > leave_bytes:
            file.write(bytes(min(free - leave_bytes, _MB)))


def attack() -> Iterator[Row]:
    """What each dialect answers when nothing, and when little is left; and what the log shows."""
    yield from _filled("below the floor", _FLOOR_MB * _MB, (_FLOOR_MB - 2) * _MB)
    yield from _filled("full, no floor", 0, 0)
    yield from _tasks_go_on()


def _filled(name: str, floor_bytes: int, leave_bytes: int) -> Iterator[Row]:
    with small_disk() as disk, tempfile.TemporaryFile("w+") as log:
        with running(data=disk / "data", log=log, DISK_FLOOR_BYTES=str(floor_bytes)) as victim:
            yield from _attacked(victim, name, disk, leave_bytes)
        log.seek(0)
        raw = [line for line in log if any(word in line for word in _RAW)]
        yield Row(f"disk {name}: lines of the log with raw SQL", len(raw), 0, "")


def _tasks_go_on() -> Iterator[Row]:
    """The disk is full for a while, in which tasks come to their end."""
    with small_disk() as disk, running(data=disk / "data", DISK_FLOOR_BYTES="0") as victim:
        client = Client(victim, KEY)
        ids = [client.accepted(erase_body()) for _ in range(_TASKS)]
        fill(disk, 0)
        time.sleep(_FULL_S)
        (disk / "filler").unlink()
        for edit_id in ids:
            client.wait_for(edit_id, "succeeded", "failed", longest_s=_LONGEST_S)
        done = sum(client.edit(edit_id)["state"] == "succeeded" for edit_id in ids)
    yield Row(
        f"disk full for {_FULL_S:g} s under {_TASKS} tasks: end well", done, _TASKS, "tasks", least=True
    )


def _attacked(victim: Victim, name: str, disk: Path, leave_bytes: int) -> Iterator[Row]:
    fill(disk, leave_bytes)
    for dialect in SUBMITS:
        answer = submit(victim, dialect)
        well = answer.status == _UNAVAILABLE and "retry-after" in answer.headers
        yield Row(f"disk {name}: {dialect} says 503 with Retry-After", well, 1, "", least=True)
    ready = ask(victim, "/readyz", {})
    told = ready.status == _UNAVAILABLE and "full" in json.loads(ready.body).values()
    yield Row(f"disk {name}: /readyz says so", told, 1, "", least=True)
    (disk / "filler").unlink()
    free = submit(victim).status < 300
    yield Row(f"disk {name}, room again: a submit is accepted", free, 1, "", least=True)
