"""Fills of two runs side by side, unnamed and in chance order: `python -m benchmarks.blind BEFORE AFTER OUT`.

BEFORE and AFTER are folders that `--fills` wrote. `OUT/key.json` says which side was which; look at it last.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from benchmarks.sheet import OUTLINE
from benchmarks.stored_fills import plain
from benchmarks.ways import OURS
from cleanplate.pixels.types import Rgb8

GAP_PX = 8
LARGEST_PX = 640
"""Of a side that is shown; a larger fill is cut to the middle of its hole."""


def pairs(
    before: Path, after: Path, out: Path, *, way: str = OURS, having: str = "", limit: int | None = None
) -> Path:
    """Write one PNG for each case that both folders have, hole outlined, left, right; returns the key's path.

    Args:
        having: only cases with this in their names, "wide" for instance.
        limit: so many cases, drawn from all; the same ones every time.

    Raises:
        ValueError: the folders have no case in common, or a case is another one in each.
    """
    both = {path.name for path in _fills(before, way)} & {path.name for path in _fills(after, way)}
    names = sorted(name for name in both if having in name)
    if not names:
        raise ValueError(f"{before} and {after} have no fill by {way} in common")
    rng = np.random.default_rng(0)
    if limit is not None:
        names = sorted(rng.permutation(names)[:limit].tolist())
    sides = rng.integers(2, size=len(names))
    out.mkdir(parents=True, exist_ok=True)
    key = {}
    for number, (name, side) in enumerate(zip(names, sides, strict=True)):
        first, second = (before, after) if side else (after, before)
        page = f"{number + 1:03d}.png"
        cv2.imwrite(str(out / page), _page(first, second, way, name))
        key[page] = {
            "case": name,
            "left": "before" if side else "after",
            "right": "after" if side else "before",
        }
    path = out / "key.json"
    path.write_text(json.dumps(key, indent=1))
    return path


def _fills(folder: Path, way: str) -> list[Path]:
    return list((folder / plain(way)).glob("*.png"))


def _page(first: Path, second: Path, way: str, name: str) -> Rgb8:
    """(H, W, 3) in OpenCV's order: what was there with the hole outlined, and the two fills."""
    hole = _read(first / "hole" / name)
    if not np.array_equal(hole, _read(second / "hole" / name)):
        raise ValueError(f"{name}: the holes of {first} and {second} differ")
    truth = _read(first / "truth" / name)
    edges, _ = cv2.findContours(hole[..., 0], cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(truth, edges, -1, OUTLINE[::-1], 1)
    rows, columns = (
        _span(np.flatnonzero(hole[..., 0].any(axis=axis)), hole.shape[1 - axis]) for axis in (1, 0)
    )
    shown = [
        picture[rows, columns]
        for picture in (truth, *(_read(one / plain(way) / name) for one in (first, second)))
    ]
    gap = np.full((shown[0].shape[0], GAP_PX, 3), 255, np.uint8)
    return np.hstack([shown[0], gap, shown[1], gap, shown[2]])


def _span(places: np.ndarray[tuple[int], np.dtype[np.intp]], length: int) -> slice:
    """At most `LARGEST_PX` of a side, round the middle of the places on it."""
    middle = int(places[0] + places[-1]) // 2
    start = max(0, min(middle - LARGEST_PX // 2, length - LARGEST_PX))
    return slice(start, min(start + LARGEST_PX, length))


def _read(path: Path) -> Rgb8:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ValueError(f"there is no {path}")
    return np.asarray(picture, np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blind", description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("out", type=Path, help="folder for the pages and their key")
    parser.add_argument("--way", default=OURS, help="whose fills")
    parser.add_argument("--having", default="", help="only cases with this in their names: wide, object …")
    parser.add_argument("--limit", type=int, help="only so many cases")
    given = parser.parse_args()
    try:
        key = pairs(
            given.before, given.after, given.out, way=given.way, having=given.having, limit=given.limit
        )
    except ValueError as error:
        raise SystemExit(f"blind: {error}") from error
    print(f"pages in {given.out}; {key.name} says which is which", file=sys.stderr)


if __name__ == "__main__":
    main()
