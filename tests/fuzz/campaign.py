"""One target tried with many inputs, in processes that may break.

A process says in shared memory which input it is at. One that dies, or is at the same input for more than ten
seconds, or takes far more memory for it than before, is replaced by one that goes on behind it; the input is
known by its number.
"""

import json
import mmap
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.fuzz.one_process import MOST_FAULTS, PLACE, Place

HANG_S: Final = 10.0
_LOOK_S: Final = 0.05
_START_S: Final = 300.0
"""A process may take so long for its imports and seeds: kernels are compiled at their first use."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An input that did what none may.

    Attributes:
        target: its name.
        number: of the input; with the seed it is known by that.
        kind: "raised", "crashed", "hung" or "memory".
        detail: the end of the traceback, the signal, the megabytes.
    """

    target: str
    number: int
    kind: str
    detail: str


@dataclass(slots=True)
class Tally:
    """What became of the inputs.

    Attributes:
        inputs: so many were tried.
        fates: by the word of the target.
        faults: the inputs that must not be.
        slowest_s: longest that one took, by the clock.
        seconds: that processes tried inputs, each without its start.
        grown_mb: resident memory of a process from its 1,000th input to its last, the most of all.
    """

    inputs: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    slowest_s: float = 0.0
    seconds: float = 0.0
    grown_mb: float = 0.0

    def add(self, other: "Tally") -> None:
        """Take another one's figures in."""
        self.inputs += other.inputs
        self.fates += other.fates
        self.faults += other.faults
        self.slowest_s = max(self.slowest_s, other.slowest_s)
        self.seconds += other.seconds
        self.grown_mb = max(self.grown_mb, other.grown_mb)


def campaign(name: str, seed: int, inputs: range, *, seconds: float = float("inf")) -> Tally:
    """Try these inputs of a target, by their numbers.

    Args:
        seconds: no further input is begun after so many; the start of a process is not counted.
    """
    tally, first = Tally(), inputs.start
    while first < inputs.stop and tally.seconds < seconds and len(tally.faults) < MOST_FAULTS:
        first = _one_process(name, seed, range(first, inputs.stop), seconds - tally.seconds, tally)
    return tally


def _one_process(name: str, seed: int, inputs: range, seconds: float, tally: Tally) -> int:
    """Try inputs until all are tried or the process has ended; the first that is not."""
    with _shared() as (path, shared), tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile() as cries:
        command = [sys.executable, "-m", "tests.fuzz.one_process", name, str(seed)]
        command += [str(inputs.start), str(inputs.stop), path, str(seconds)]
        with subprocess.Popen(command, stdout=told, stderr=cries) as process:
            hung = _wait(process, shared)
        cries.seek(0)
        error = cries.read().decode(errors="replace")
        place = Place.read(shared)
        tally.seconds += time.monotonic() - place.began_s if place.began else 0
        told.seek(0)
        ended = _read(name, told.read(), tally)
    if process.returncode == 0 and ended is not None:
        return ended
    if not place.began:
        raise RuntimeError(f"{name}: the process did not start: {error[-2000:]}")
    tally.inputs += place.number + 1 - inputs.start
    kind = "hung" if hung else "crashed"
    detail = f"for more than {HANG_S:g} s" if hung else f"exit {process.returncode}: {error[-500:]}"
    tally.faults.append(Fault(name, place.number, kind, detail))
    return place.number + 1


def _wait(process: subprocess.Popen[bytes], shared: mmap.mmap) -> bool:
    """Wait for the end; a process that hangs is killed, and that is True."""
    began_s = time.monotonic()
    while process.poll() is None:
        time.sleep(_LOOK_S)
        place = Place.read(shared)
        limit_s, since_s = (HANG_S, place.since_s) if place.began else (_START_S, began_s)
        if time.monotonic() - since_s > limit_s and Place.read(shared) == place:
            process.kill()
            process.wait()
            return True
    return False


def _read(name: str, told: str, tally: Tally) -> int | None:
    """Take in what a process said: a line for each fault, and the last for the rest; the first not tried."""
    ended = None
    for line in told.splitlines():
        said: dict[str, Any] = json.loads(line)
        if "kind" in said:
            tally.faults.append(Fault(name, said["number"], said["kind"], said["detail"]))
        else:
            tally.inputs += said["inputs"]
            tally.fates += Counter(said["fates"])
            tally.slowest_s = max(tally.slowest_s, said["slowest_s"])
            tally.grown_mb = max(tally.grown_mb, said["grown_mb"])
            ended = said["ended"]
    return ended


@contextmanager
def _shared() -> Iterator[tuple[str, mmap.mmap]]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(PLACE.size))
        file.flush()
        with mmap.mmap(file.fileno(), PLACE.size) as shared:
            yield file.name, shared


def input_path(folder: Path, fault: Fault) -> Path:
    """Where the input of a fault is kept."""
    return folder / fault.target / f"{fault.kind}-{fault.number}.input"
