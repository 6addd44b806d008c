"""Fills side by side at 100 %, to be looked at: figures alone reward blur."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.holes import Case
from cleanplate.pixels.types import Hole, Rgb8

TILE_PX = 256
GAP_PX = 4
LABEL_PX = 18
ROWS_A_PAGE = 5
"""A page fits a screen, where it is seen at 100 %, and stays under 4 MB as PNG."""
OUTLINE = (255, 0, 255)
FONT_SCALE = 0.42


class Sheet:
    """Rows of tiles, written as one PNG, or as numbered ones beyond `ROWS_A_PAGE` rows.

    A row shows the photo with the hole outlined, the truth, and each way's fill, the last two in the same
    window of at most `TILE_PX` x `TILE_PX` pixels over the largest part of the hole. Of a case that is a
    crop, and larger, the row above shows all of it, shrunk: whether a wide fill makes sense is seen there.
    """

    def __init__(self, path: Path, known: str = "truth") -> None:
        """Args: known: what a case's own pixels are called."""
        self.path = path
        self.known = known
        self._rows: list[Rgb8] = []

    def add(self, case: Case, photo: Case, made: Mapping[str, Rgb8]) -> None:
        """Add the fills `made` of `case`, which is cut from `photo`."""
        if case.is_crop and max(case.hole.shape) > TILE_PX:
            whole = {case.name: _overview(photo), self.known: _shrunk(case.rgb)}
            whole.update({way: _shrunk(filled) for way, filled in made.items()})
            self._rows.append(np.hstack([_tile(label, tile) for label, tile in whole.items()]))
        window = _window(case.hole)
        tiles = {case.name: _overview(photo), self.known: case.rgb[window]}
        tiles.update({way: filled[window] for way, filled in made.items()})
        self._rows.append(np.hstack([_tile(label, tile) for label, tile in tiles.items()]))

    def write(self) -> list[Path]:
        """Write the pages; returns their paths."""
        pages = [self._rows[first : first + ROWS_A_PAGE] for first in range(0, len(self._rows), ROWS_A_PAGE)]
        paths = [self.path] if len(pages) == 1 else [self._numbered(number) for number in range(len(pages))]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for path, rows in zip(paths, pages, strict=True):
            widest = max(row.shape[1] for row in rows)  # not every way fills every case
            page = np.vstack([np.pad(row, ((0, 0), (0, widest - row.shape[1]), (0, 0))) for row in rows])
            cv2.imwrite(str(path), cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
        return paths

    def _numbered(self, number: int) -> Path:
        return self.path.with_stem(f"{self.path.stem}-{number + 1:02d}")


def _window(hole: Hole) -> tuple[slice, slice]:
    """(rows, columns) over the middle of the largest part of the hole."""
    _, _, stats, centres = cv2.connectedComponentsWithStats(hole.astype(np.uint8))
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y = centres[largest]
    return _span(y, hole.shape[0]), _span(x, hole.shape[1])


def _span(middle: float, length: int) -> slice:
    start = max(0, min(round(middle) - TILE_PX // 2, length - TILE_PX))
    return slice(start, min(start + TILE_PX, length))


def _overview(photo: Case) -> Rgb8:
    """The whole photo, small, with the hole's outline."""
    small = _shrunk(photo.rgb)
    flags = _shrunk(photo.hole.astype(np.uint8) * 255) > 64
    edges, _ = cv2.findContours(flags.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(small, edges, -1, OUTLINE, 1), np.uint8)


def _shrunk(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) or (H, W, 3) with a longer side of `TILE_PX`."""
    shrink = TILE_PX / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * shrink)), max(1, round(picture.shape[0] * shrink)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _tile(label: str, picture: Rgb8) -> Rgb8:
    """The picture on black with its name under it."""
    tile = np.zeros((TILE_PX + LABEL_PX + GAP_PX, TILE_PX + GAP_PX, 3), np.uint8)
    tile[: picture.shape[0], : picture.shape[1]] = picture
    place = (2, TILE_PX + LABEL_PX - 5)
    cv2.putText(tile, label, place, cv2.FONT_HERSHEY_SIMPLEX, FONT_SCALE, (255, 255, 255), 1, cv2.LINE_AA)
    return tile
