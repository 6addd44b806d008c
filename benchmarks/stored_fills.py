"""Each fill as a PNG of its own, so that one run's can be laid beside another's, and judged blind."""

import re
from pathlib import Path

import cv2
import numpy as np

from benchmarks.holes import Case
from cleanplate.pixels.types import Rgb8


class StoredFills:
    """Writes `WAY/CASE.png`, and once for each case `truth/CASE.png` and `hole/CASE.png`."""

    def __init__(self, folder: Path, photos: str) -> None:
        self.folder = folder
        self.photos = photos

    def add(self, case: Case, way: str, made: Rgb8) -> None:
        """Keep one fill of the case, and its truth and hole."""
        self._write(way, case, made)
        self._write("truth", case, case.rgb)
        hole = np.where(case.hole, np.uint8(255), np.uint8(0))
        self._write("hole", case, np.repeat(hole[..., None], 3, axis=2))

    def _write(self, part: str, case: Case, rgb: Rgb8) -> None:
        path = self.folder / plain(part) / f"{plain(self.photos)}-{plain(case.name)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))


def plain(name: str) -> str:
    """The name as part of a path."""
    return re.sub(r"[^\w-]+", "_", name).strip("_")
