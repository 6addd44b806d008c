"""The process that tries inputs: `python -m tests.fuzz.one_process TARGET SEED FIRST LAST FILE SECONDS`.

It says in `FILE` at which input it is, and on stdout, in lines of JSON, what was found.
"""

import faulthandler
import json
import mmap
import os
import re
import resource
import struct
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

from tests.fuzz.catalogue import target_of
from tests.fuzz.mutator import Inputs
from tests.fuzz.target import Target

PLACE: Final = struct.Struct("=dqd")
MOST_MORE_MB: Final = 300.0
"""An input may take so much more than any before it: pictures here have at most a million pixels."""
MOST_BYTES: Final = 6 * 2**30
_PEAK: Final = re.compile(rb"VmHWM:\s+(\d+)")
_CLOSING_S: Final = 60.0
"""That an end of the process may take beside what an input may."""
_SETTLED: Final = 1000
MOST_FAULTS: Final = 20
"""After so many a target is left: it is known to be ill."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process is.

    Attributes:
        began_s: when it began to try inputs, 0 when it has not; by `time.monotonic`, which all processes of a
            machine share.
        number: of the input it is at.
        since_s: when it began with that.
    """

    began_s: float
    number: int
    since_s: float

    @classmethod
    def read(cls, shared: mmap.mmap) -> Self:
        return cls(*PLACE.unpack(shared[: PLACE.size]))

    @property
    def began(self) -> bool:
        return self.began_s > 0

    def write(self, shared: mmap.mmap) -> None:
        shared[: PLACE.size] = PLACE.pack(self.began_s, self.number, self.since_s)


def peak_mb() -> float:
    """The most that this program ever had in memory; `getrusage` counts what started it as well."""
    found = _PEAK.search(Path("/proc/self/status").read_bytes())
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def resident_mb() -> float:
    """What it has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    name, seed, first, last, path, seconds = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    target = target_of(name)
    inputs = Inputs(target, int(seed))
    trial = _Trial(target, inputs, _alone_on_stdout())
    with Path(path).open("r+b") as file, mmap.mmap(file.fileno(), PLACE.size) as shared:
        trial.go(shared, int(first), int(last), float(seconds))


def _alone_on_stdout() -> IO[str]:
    """Our own stdout and stderr; what libraries print of each broken file goes nowhere."""
    out, sys.stderr = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(2), "w")
    faulthandler.enable()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    return out


class _Trial:
    def __init__(self, target: Target, inputs: Inputs, out: IO[str]) -> None:
        self._target, self._inputs, self._out = target, inputs, out
        self._fates: Counter[str] = Counter()
        self._faults = 0
        self._slowest_s = 0.0

    def go(self, shared: mmap.mmap, first: int, last: int, seconds: float) -> None:
        self._warm()
        start_s = time.monotonic()
        peak, settled, number = peak_mb(), 0.0, first
        while number < last and time.monotonic() - start_s < seconds and self._faults < MOST_FAULTS:
            data = self._inputs.at(number)
            began_s = time.monotonic()
            Place(start_s, number, began_s).write(shared)
            self._try(number, data)
            self._slowest_s = max(self._slowest_s, time.monotonic() - began_s)
            more_mb = peak_mb() - peak
            number += 1
            if more_mb > MOST_MORE_MB:
                self._say(number - 1, "memory", f"{more_mb:.0f} MB more than any before")
                break  # the next process begins with a low peak
            peak = max(peak, peak_mb())
            if number - first == _SETTLED:
                settled = resident_mb()
        # A target that has kept thousands of tasks takes seconds to throw them away: that is no input's hang
        Place(start_s, max(number - 1, first), time.monotonic() + _CLOSING_S).write(shared)
        self._end(first, number, resident_mb() - settled if settled else 0.0)

    def _warm(self) -> None:
        """Read every seed, so that what is loaded and compiled once is not counted."""
        for number in range(len(self._inputs)):
            self._target.run(self._inputs.at(number))

    def _try(self, number: int, data: bytes) -> None:
        try:
            fate = self._target.run(data)
        except BaseException:  # Base: the panics of some native libraries are no Exception
            fate = "fault"
            self._say(number, "raised", traceback.format_exc()[-2500:])
        self._fates[fate] += 1

    def _say(self, number: int, kind: str, detail: str) -> None:
        self._faults += 1
        print(json.dumps({"number": number, "kind": kind, "detail": detail}), file=self._out, flush=True)

    def _end(self, first: int, number: int, grown_mb: float) -> None:
        said = {"inputs": number - first, "ended": number, "fates": dict(self._fates)}
        more = {"slowest_s": self._slowest_s, "grown_mb": grown_mb}
        print(json.dumps({**said, **more}), file=self._out, flush=True)


if __name__ == "__main__":
    main()
