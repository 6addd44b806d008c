"""How well `expand` goes on: photographs lose their rim, it is made again, and both are compared.

A rim can be made in many good ways, so that no pixel is held against its own. What counts is colour seen from
afar, and how much of it is there twice: copies are what an eye finds first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.holes import PHOTOS
from cleanplate.edits.base import EditRequest
from cleanplate.edits.expand import EDIT
from cleanplate.pixels.types import Hole, Pixels, Rgb8
from cleanplate.runtime.runtime import default_runtime

SIDE_PX = 480
"""Longer side of the photograph."""
PARTS = 6
"""One of so many is cut off on every side."""
AFAR_SIGMA_PX = 8
TWIN_SCALE = 4
TWIN_PX = 5
"""Twins are squares of this side in a picture so many times smaller."""
LEAST_VARIANCE = 60.0
"""CIELAB squared; a square with less in it has twins all over a sky, and nobody minds."""
TWIN_SHARE = 0.1
"""Of its variance; a square that differs by less from another is its twin."""
COLUMNS = ("photo", "colour off", "twins", "twins in the truth")

_F32: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rim:
    """A photograph, (H, W, 3), the same with its rim made anew, and where that is, (H, W)."""

    truth: Rgb8
    made: Rgb8
    hole: Hole


def rows(photos: Path) -> Iterator[dict[str, Any]]:
    """Figures of each photo in a folder, and their means."""
    found = []
    for path in sorted(photos.glob("*.jpg")):
        rim = again(_small(path))
        found.append((colour_off(rim), twins(rim.made, rim.hole), twins(rim.truth, rim.hole)))
        yield _row(path.stem, found[-1])
    yield _row("mean", np.mean(found, axis=0))


def main(*, photos: Path = PHOTOS) -> None:
    figures = list(rows(photos))
    print(report.table(COLUMNS, figures))
    print(f"\nPer 100 squares of the rim. Stored in {report.store('expand', figures)}\n")


def again(photo: Rgb8) -> Rim:
    """Cut the rim off and have it made.

    Args:
        photo: (H, W, 3), both sides multiples of 2 * `PARTS`.
    """
    height, width = photo.shape[:2]
    down, right = height // PARTS, width // PARTS
    inner = np.ascontiguousarray(photo[down : height - down, right : width - right])
    scale = 1 + 1 / (PARTS - 2)
    asked = EDIT.parse({"left": scale, "right": scale, "top": scale, "bottom": scale})
    hole = np.ones((height, width), np.bool_)
    hole[down : height - down, right : width - right] = False
    return Rim(photo, EDIT.run(EditRequest(Pixels(inner), asked, runtime=default_runtime())).pixels.rgb, hole)


def colour_off(rim: Rim) -> float:
    """Mean distance in CIELAB, seen from afar."""
    far = (cv2.GaussianBlur(_lab(rgb), (0, 0), AFAR_SIGMA_PX) for rgb in (rim.truth, rim.made))
    return float(np.linalg.norm(np.subtract(*far), axis=2)[rim.hole].mean())


def twins(rgb: Rgb8, hole: Hole) -> float:
    """Of 100 squares in the hole so many have something in them, and a twin somewhere in the picture."""
    size = (hole.shape[1] // TWIN_SCALE, hole.shape[0] // TWIN_SCALE)
    small = np.asarray(cv2.resize(_lab(rgb), size, interpolation=cv2.INTER_AREA), np.float32)
    inside = cv2.resize(hole.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    made = sliding_window_view(inside, (TWIN_PX, TWIN_PX)).all(axis=(2, 3)).reshape(-1)
    windows = sliding_window_view(small, (TWIN_PX, TWIN_PX), axis=(0, 1))
    squares = windows.reshape(len(made), 3, -1)
    variance = squares.var(axis=2).sum(axis=1)
    chosen = np.flatnonzero(made & (variance > LEAST_VARIANCE))
    y, x = np.divmod(np.arange(len(made)), windows.shape[1])
    flat = squares.reshape(len(made), -1)
    found = 0
    for start in range(0, len(chosen), 500):
        part = chosen[start : start + 500]
        gap = (
            np.square(flat).sum(axis=1) - 2 * flat[part] @ flat.T + np.square(flat[part]).sum(axis=1)[:, None]
        )
        gap[(abs(y[part, None] - y) <= TWIN_PX) & (abs(x[part, None] - x) <= TWIN_PX)] = np.inf
        found += int(np.count_nonzero(gap.min(axis=1) / TWIN_PX**2 < TWIN_SHARE * variance[part]))
    return 100 * found / max(1, int(np.count_nonzero(made)))


def _lab(rgb: Rgb8) -> _F32:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _small(path: Path) -> Rgb8:
    read = cv2.imread(str(path))
    if read is None:
        raise ValueError(f"{path} is no picture")
    scale = min(1.0, SIDE_PX / max(read.shape[:2]))
    height, width = (round(side * scale) // (2 * PARTS) * 2 * PARTS for side in read.shape[:2])
    rgb = cv2.cvtColor(
        cv2.resize(read, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB
    )
    return np.ascontiguousarray(rgb[:height, :width]).astype(np.uint8)


def _row(name: str, figures: Any) -> dict[str, Any]:
    return dict(zip(COLUMNS, (name, *(round(float(figure), 1) for figure in figures)), strict=True))
