"""PNG, file to file: the codec beside OpenCV's own `imread` and `imwrite` of the same file."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import picture, report

SIDES_PX = (1024, 4096)
RUNS = 5
COLUMNS = ("picture", "way", "read s", "write s", "in all s", "CPU s", "x OpenCV", "MB")
Step = Callable[[], object]


def _by_opencv(source: Path, target: Path) -> tuple[Step, Step]:
    read = cv2.imread(str(source))
    assert read is not None
    return lambda: cv2.imread(str(source)), lambda: cv2.imwrite(str(target), read)


def _by_codec(source: Path, target: Path) -> tuple[Step, Step]:
    """As `cleanplate erase` does both: checked against damage, with its metadata, whole or not at all."""
    from cleanplate.intake.picture_decoding import decode_picture
    from cleanplate.library import RULES, Result

    result = Result(decode_picture(source.read_bytes(), RULES, role="image"), {})
    return (
        lambda: decode_picture(source.read_bytes(), RULES, role="image"),
        lambda: result.save(target),
    )


WAYS: dict[str, Callable[[Path, Path], tuple[Step, Step]]] = {"OpenCV": _by_opencv, "Cleanplate": _by_codec}


def _timed(step: Step) -> tuple[float, float]:
    """Seconds on the wall and of CPU."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


def rows_of(folder: Path, side_px: int, runs: int) -> list[dict[str, Any]]:
    """Medians; the ways take turns, so that a slow moment hits both."""
    source = folder / f"{side_px}.png"
    cv2.imwrite(str(source), picture.photo(side_px))
    steps = {way: make(source, folder / f"{way}.png") for way, make in WAYS.items()}
    taken = [{way: [_timed(step) for step in both] for way, both in steps.items()} for _ in range(runs + 1)][
        1:
    ]
    figures = {way: np.median([one[way] for one in taken], axis=0) for way in WAYS}
    usual_s = figures["OpenCV"][:, 0].sum()
    return [
        {
            "picture": f"{side_px}²",
            "way": way,
            "read s": round(float(found[0, 0]), 3),
            "write s": round(float(found[1, 0]), 3),
            "in all s": round(float(found[:, 0].sum()), 3),
            "CPU s": round(float(found[:, 1].sum()), 3),
            "x OpenCV": round(float(found[:, 0].sum() / usual_s), 2),
            "MB": round((folder / f"{way}.png").stat().st_size / 1e6, 2),
        }
        for way, found in figures.items()
    ]


def main(*, quick: bool = False) -> None:
    with tempfile.TemporaryDirectory() as name:
        sides = SIDES_PX[:1] if quick else SIDES_PX
        rows = [row for side_px in sides for row in rows_of(Path(name), side_px, 1 if quick else RUNS)]
    print(report.table(COLUMNS, rows))
    print(f"\nstored in {report.store('png', rows)}\n")
