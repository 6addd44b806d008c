"""Speed and memory of `erase` beside OpenCV's Telea and PyPatchMatch, over picture sizes and hole sizes."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2

from benchmarks import picture, report
from benchmarks.case import WAYS

SIDES_PX = (512, 1024, 2048, 4096)
SHARES = (0.01, 0.05, 0.20)
QUICK_SIDES_PX = (512, 1024)
RIVAL_SHARE = 0.05
"""PyPatchMatch takes minutes for larger holes."""
COLUMNS = ("picture", "hole", "way", "edit s", "file to file s", "x Telea", "peak MB")


def measure(folder: Path, side_px: int, share: float, way: str, runs: int) -> dict[str, Any]:
    """Median of `runs` in one fresh process."""
    photo, mask = folder / f"{side_px}.png", folder / f"{side_px}-{share}.png"
    command = [
        sys.executable,
        "-m",
        "benchmarks.case",
        way,
        *map(str, (photo, mask, folder / "out.png", runs)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def rows_of(folder: Path, side_px: int, share: float, runs: int) -> list[dict[str, Any]]:
    """All ways on one picture, side by side; the ratio is to Telea's edit time."""
    cv2.imwrite(str(folder / f"{side_px}-{share}.png"), picture.mask(side_px, share))
    ways = [way for way in WAYS if way != "PyPatchMatch" or share <= RIVAL_SHARE]
    figures = {way: measure(folder, side_px, share, way, runs) for way in ways}
    telea_s = figures["cv2 Telea"]["edit_s"]
    return [
        {
            "picture": f"{side_px}²",
            "hole": f"{share:.0%}",
            "way": way,
            "edit s": round(figure["edit_s"], 3),
            "file to file s": round(figure["file_to_file_s"], 3),
            "x Telea": round(figure["edit_s"] / telea_s, 2),
            "peak MB": round(figure["peak_bytes"] / 1e6),
        }
        for way, figure in figures.items()
    ]


def main(*, quick: bool = False) -> None:
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side_px in QUICK_SIDES_PX if quick else SIDES_PX:
            cv2.imwrite(str(folder / f"{side_px}.png"), picture.photo(side_px))
            for share in SHARES:
                rows += rows_of(folder, side_px, share, runs=1 if quick or side_px == max(SIDES_PX) else 3)
    print(report.table(COLUMNS, rows))
    print(f"\nstored in {report.store('erase', rows)}\n")
