"""A command from its first instruction to its last, in a fresh process; modules and kernels are compiled.

`python -c "import numpy, cv2"` stands beside it: what any program that reads pictures waits for.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import picture, report

SIDE_PX = 512
HOLE_SHARE = 0.05
RUNS = 9
COLUMNS = ("command", "wall s", "CPU s", "x numpy + OpenCV")
BASE = "import numpy, cv2"


def commands(folder: Path) -> Mapping[str, Sequence[str]]:
    """By what they do; the pictures they need are made."""
    photo, mask = picture.photo(SIDE_PX), picture.mask(SIDE_PX, HOLE_SHARE)
    cv2.imwrite(str(folder / "photo.png"), photo)
    cv2.imwrite(str(folder / "photo.jpg"), photo)
    cv2.imwrite(str(folder / "mask.png"), mask)
    program = [sys.executable, "-m", "cleanplate"]
    erase = {
        f"erase, {kind}": [
            *(*program, "erase", str(folder / f"photo.{kind}"), str(folder / "mask.png")),
            *("-o", str(folder / f"out.{kind}")),
        ]
        for kind in ("png", "jpg")
    }
    return {BASE: [sys.executable, "-c", BASE], "--help": [*program, "--help"], **erase}


def _run(command: Sequence[str]) -> tuple[float, float]:
    """Seconds on the wall and of CPU."""
    before, start_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    wall_s, after = time.perf_counter() - start_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(*, quick: bool = False) -> None:
    with tempfile.TemporaryDirectory() as name:
        asked = commands(Path(name))
        turns = [
            {what: _run(command) for what, command in asked.items()} for _ in range(3 if quick else RUNS + 1)
        ]
    figures = {what: np.median([turn[what] for turn in turns[1:]], axis=0) for what in asked}
    rows: list[dict[str, Any]] = [
        {
            "command": what,
            "wall s": round(float(wall_s), 3),
            "CPU s": round(float(cpu_s), 3),
            "x numpy + OpenCV": round(float(wall_s / figures[BASE][0]), 2),
        }
        for what, (wall_s, cpu_s) in figures.items()
    ]
    print(report.table(COLUMNS, rows))
    print(f"\nstored in {report.store('start', rows)}\n")
