"""Speed and memory of `expand`, by 1.5 on every side, over picture sizes; how well it goes on."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import holes, picture, report, rim
from benchmarks.case import peak_bytes

SIDES_PX = (512, 1024, 2048)
QUICK_SIDES_PX = (512, 1024)
RUNS = 5
COLUMNS = ("picture", "result", "s", "fill s per megapixel", "peak MB")


def measure(side_px: int, runs: int) -> dict[str, Any]:
    """The fastest of `runs` in one fresh process."""
    command = [sys.executable, "-m", "benchmarks.expand", str(side_px), str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    return dict(json.loads(done.stdout))


def row_of(side_px: int, runs: int) -> dict[str, Any]:
    figure = measure(side_px, runs)
    made_px = figure["width"] * figure["height"] - side_px**2
    return {
        "picture": f"{side_px}²",
        "result": f"{figure['width']}x{figure['height']}",
        "s": round(figure["seconds"], 2),
        "fill s per megapixel": round(figure["seconds"] / made_px * 1e6, 2),
        "peak MB": round(figure["peak_bytes"] / 1e6),
    }


def main(*, quick: bool = False, photos: Path = holes.PHOTOS) -> None:
    runs = 1 if quick else RUNS
    rows = [row_of(side_px, runs) for side_px in (QUICK_SIDES_PX if quick else SIDES_PX)]
    print(report.table(COLUMNS, rows))
    print(f"\nstored in {report.store('expand', rows)}\n")
    if not quick and photos.is_dir():
        rims = list(rim.rows(photos))
        print(report.table(rim.COLUMNS, rims))
        print(f"\nPer 100 squares of the rim. Stored in {report.store('expand-rim', rims)}\n")


def _child(side_px: int, runs: int) -> None:
    """Prints one JSON line."""
    from cleanplate.edits.base import EditRequest
    from cleanplate.edits.expand import EDIT
    from cleanplate.engines.warm import warm_up
    from cleanplate.imaging.types import Pixels

    warm_up()  # a server has it behind it
    rgb = np.ascontiguousarray(picture.photo(side_px)[..., ::-1])
    asked = EDIT.parse({"left": 1.5, "right": 1.5, "top": 1.5, "bottom": 1.5})
    seconds = []
    for _ in range(runs):
        began_s = time.perf_counter()
        made = EDIT.run(EditRequest(Pixels(rgb), asked)).pixels
        seconds.append(time.perf_counter() - began_s)
    size = {"width": made.width, "height": made.height}
    print(json.dumps({"seconds": min(seconds), "peak_bytes": peak_bytes(), **size}))


if __name__ == "__main__":
    _child(int(sys.argv[1]), int(sys.argv[2]))
