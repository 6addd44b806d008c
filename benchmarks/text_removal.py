"""How well `remove_text` takes writing off photographs: drawn, removed, and compared with what was beneath.

Three figures a case. *PSNR* is over what was drawn, grown a little: smears lie beside it. *Ghost* is the
contrast that is left along the edges of the letters, beyond the truth's own: of a word that can still be
made out it is some levels, whatever the PSNR. *Beyond* is the share of the picture that was changed far from
the writing.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import report, text_cases
from benchmarks.metrics import masked_psnr
from benchmarks.text_cases import TextCase
from cleanplate.edits.base import EditRequest
from cleanplate.edits.remove_text import EDIT
from cleanplate.pixels.geometry import bounds
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Box, Hole, Pixels, Rgb8
from cleanplate.runtime.runtime import default_runtime

GROWN_PX = 4
"""What was drawn is looked at with so many pixels round it."""
SIDE_PX = 3
"""So far to both sides of a letter's edge its contrast is taken."""
FAR_PX, CHANGED_LEVELS = 24, 8
"""What is changed so far from the writing, by so many levels, was none of it."""
TILE_PX = (460, 260)
"""(width, height) of a tile at most: it lies over the middle of what was drawn."""
ROWS_A_PAGE = 6
COUNT = 24
COLUMNS = ("case", "PSNR before", "PSNR", "ghost before", "ghost", "beyond %", "CPU s")

_F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Removed:
    """A case, what the edit made of it, (H, W, 3), and the seconds of all threads that took."""

    case: TextCase
    made: Rgb8
    cpu_s: float


def main(photos: Path, *, seed: int, limit: int | None, sheet: Path | None) -> None:
    """Print and store the figures of each case and of each kind; write the contact sheet."""
    done = [remove(case) for case in text_cases.cases(photos, seed=seed, count=limit or COUNT)]
    rows = [figures(it) for it in done]
    print(report.table(COLUMNS, [*rows, *means(rows, [it.case.kind for it in done])]))
    print(f"\nStored in {report.store('text', rows)}")
    if sheet is not None:
        print("\n".join(map(str, pages(done, sheet))))


def remove(case: TextCase) -> Removed:
    """Take the writing off, told nothing about it."""
    begun = time.process_time()
    request = EditRequest(Pixels(case.rgb), EDIT.parse({"strict": False}), runtime=default_runtime())
    return Removed(case, EDIT.run(request).pixels.rgb, time.process_time() - begun)


def figures(removed: Removed) -> dict[str, Any]:
    """One row of the table."""
    case, made = removed.case, removed.made
    near = dilate(case.drawn, GROWN_PX)
    own = ghost(case.truth, case)
    changed = np.abs(made.astype(np.int32) - case.rgb).max(axis=2) > CHANGED_LEVELS
    return {
        "case": case.name,
        "PSNR before": round(masked_psnr(case.truth, case.rgb, near), 1),
        "PSNR": round(masked_psnr(case.truth, made, near), 1),
        "ghost before": round(ghost(case.rgb, case) - own, 1),
        "ghost": round(ghost(made, case) - own, 1),
        "beyond %": round(100 * float(np.mean(changed & ~dilate(case.drawn, FAR_PX))), 2),
        "CPU s": round(removed.cpu_s, 1),
    }


def means(rows: Sequence[dict[str, Any]], kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Of each kind, then of all."""
    for kind in [*dict.fromkeys(kinds), "all"]:
        own = [row for row, its in zip(rows, kinds, strict=True) if kind in (its, "all")]
        yield {"case": f"**{kind}**"} | {
            column: round(float(np.mean([row[column] for row in own])), 2) for column in COLUMNS[1:]
        }


def ghost(rgb: Rgb8, case: TextCase) -> float:
    """Mean contrast across the edges of letters, and of all that was drawn, in levels of brightness."""
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)
    steps = [_steps(grey, shape) for shape in (case.letters, case.drawn)]
    return float(np.mean(np.concatenate(steps)))


def _steps(grey: _F32, shape: Hole) -> _F32:
    """(N,) levels between the two sides of the shape's edge, at each pixel of that."""
    edge = shape & dilate(~shape, 1)
    within, without = (_mean(grey, side) for side in (shape, ~shape))
    return np.asarray(np.abs(within - without)[edge], np.float32)


def _mean(grey: _F32, where: Hole) -> _F32:
    side = (2 * SIDE_PX + 1,) * 2
    weight = where.astype(np.float32)
    total = cv2.boxFilter(grey * weight, -1, side, normalize=False)
    return np.asarray(total / np.maximum(cv2.boxFilter(weight, -1, side, normalize=False), 1), np.float32)


def pages(done: Sequence[Removed], path: Path) -> list[Path]:
    """Write PNG files of rows at 100 %: with the writing, what was made, the truth; returns their paths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [_row(it) for it in done]
    written = []
    for number, first in enumerate(range(0, len(rows), ROWS_A_PAGE), 1):
        written.append(path.with_stem(f"{path.stem}-{number:02d}"))
        page = np.vstack(rows[first : first + ROWS_A_PAGE])
        cv2.imwrite(str(written[-1]), cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    return written


def _row(removed: Removed) -> Rgb8:
    case = removed.case
    window = _window(case.drawn)
    row: Rgb8 = np.zeros((TILE_PX[1] + 20, 3 * (TILE_PX[0] + 4), 3), np.uint8)
    for number, rgb in enumerate((case.rgb, removed.made, case.truth)):
        tile = rgb[window.slices]
        left = number * (TILE_PX[0] + 4)
        row[: tile.shape[0], left : left + tile.shape[1]] = tile
    label = case.name
    place = (2, TILE_PX[1] + 14)
    return np.asarray(
        cv2.putText(row, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1), np.uint8
    )


def _window(drawn: Hole) -> Box:
    box = bounds(drawn)
    if box is None:
        raise AssertionError("a case without writing")
    height, width = drawn.shape
    wide, tall = min(TILE_PX[0], width), min(TILE_PX[1], height)
    left = min(max((box.left + box.right - wide) // 2, 0), width - wide)
    top = min(max((box.top + box.bottom - tall) // 2, 0), height - tall)
    return Box(left, top, left + wide, top + tall)
