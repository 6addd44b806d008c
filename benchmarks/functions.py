"""Time and memory of every edit that needs no pulled model: a process's first call, and those after it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import picture, report
from benchmarks.case import peak_bytes
from benchmarks.upscale import QUALITY, compressed
from cleanplate.pixels.types import Mask, Pixels
from cleanplate.runtime.runtime import default_runtime

RUNS = 5
HOLE_SHARE = 0.05
LINES = ("NO PARKING", "AT ANY TIME", "DELIVERIES ONLY", "8 am to 6 pm")
COLUMNS = ("edit", "asked", "picture", "first call s", "s", "peak MB")


def _photo(side_px: int) -> Pixels:
    return Pixels(np.ascontiguousarray(picture.photo(side_px)[..., ::-1]))


def _spoilt(side_px: int) -> Pixels:
    return compressed(_photo(side_px).rgb, QUALITY)


def _sign(side_px: int) -> Pixels:
    """The photo at 4:3 with four lines of writing on a board."""
    rgb = np.ascontiguousarray(_photo(side_px).rgb[: side_px * 3 // 4])
    unit = side_px / 1280
    corner, opposite = (round(330 * unit), round(250 * unit)), (round(950 * unit), round(680 * unit))
    cv2.rectangle(rgb, corner, opposite, (225, 225, 215), -1)
    for number, line in enumerate(LINES):
        place = (round(370 * unit), round((340 + 95 * number) * unit))
        cv2.putText(rgb, line, place, cv2.FONT_HERSHEY_SIMPLEX, 1.7 * unit, (20, 30, 60), 4, cv2.LINE_AA)
    return Pixels(rgb)


@dataclass(frozen=True, slots=True)
class Function:
    """One edit as it is asked for."""

    edit: str
    asked: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sides_px: tuple[int, ...] = (1024, 2048)
    make: Callable[[int], Pixels] = _photo
    masked: bool = False


AROUND = {"left": 1.5, "right": 1.5, "top": 1.5, "bottom": 1.5}
FUNCTIONS = (
    Function("erase", "5 %", masked=True),
    Function("erase", "5 %, best of 4", {"n_best": 4}, masked=True),
    Function("expand", "1.5 on every side", AROUND),
    Function("regions", "the text", {"find": "the text"}, (1280, 2560), _sign),
    Function("remove_text", "four lines", {}, (1280, 2560), _sign),
    Function("stylize", "French picture book", {"prompt": "French picture book"}, (1024, 4096)),
    Function("stylize", "gold foil", {"prompt": "gold foil"}, (1024, 4096)),
    Function("stylize_local", "ice", {"prompt": "turn it into ice"}),
    Function("upscale", "by 4", {"factor": 4}, (512, 1024)),
    Function("upscale", "by 2", {"factor": 2}),
    Function("upscale", f"by 4, JPEG of quality {QUALITY}", {"factor": 4}, (512, 1024), _spoilt),
    Function("upscale", "restore", {"factor": 1}, (512, 1024), _spoilt),
)


def _run(number: int, side_px: int, runs: int) -> dict[str, Any]:
    from cleanplate.edits.base import EditRequest
    from cleanplate.edits.catalogue import edits
    from cleanplate.warm import warm_up

    warm_up(default_runtime())  # a server has it behind it
    asked = FUNCTIONS[number]
    edit, pixels = edits(default_runtime())[asked.edit], asked.make(side_px)
    mask = Mask(picture.mask(side_px, HOLE_SHARE) > 0) if asked.masked else None
    seconds = []
    for _ in range(runs + 1):
        began_s = time.perf_counter()
        edit.run(EditRequest(pixels, edit.parse(asked.parameters), mask=mask, runtime=default_runtime()))
        seconds.append(time.perf_counter() - began_s)
    return {
        "edit": asked.edit,
        "asked": asked.asked,
        "picture": f"{pixels.width} x {pixels.height}",
        "first call s": round(seconds[0], 2),
        "s": round(float(np.median(seconds[1:])), 2),
        "peak MB": round(peak_bytes() / 1e6),
    }


def main(*, quick: bool = False) -> None:
    rows = []
    for number, asked in enumerate(FUNCTIONS):
        for side_px in asked.sides_px[: 1 if quick else None]:
            arguments = (str(number), str(side_px), str(1 if quick else RUNS))
            command = [sys.executable, "-m", "benchmarks.functions", *arguments]
            done = subprocess.run(
                command, stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).parents[1]
            )
            rows.append(json.loads(done.stdout))
    print(report.table(COLUMNS, rows))
    print(f"\nstored in {report.store('functions', rows)}\n")


if __name__ == "__main__":
    print(json.dumps(_run(*map(int, sys.argv[1:4]))))
