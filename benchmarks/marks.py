"""Marks that nobody reads: taken off a folder of pictures, or off one by a box; against what was there.

.venv/bin/python -m benchmarks --only marks --photos DIR --photos photosB --sheet out.png
.venv/bin/python -m benchmarks.marks --kinds single,tilted --each    # some kinds, case by case
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.holes import PHOTOS
from benchmarks.mark_cases import MarkCase, MarkedPhoto, cases
from benchmarks.metrics import masked_psnr
from cleanplate.errors import BadInput, CleanplateError
from cleanplate.library import Result, edit, unmark
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Rgb8

UNDER = 0.02
"""Alpha from which on a pixel is under the mark."""
EDGE_PX = 4
"""Beyond so many pixels round it nothing should change."""
FOUND_FALSE = -0.25
"""Of the mark's edges that show in the result, below which it is a visible negative."""
TILE_PX = 220
PROMPT = "the watermark"


@dataclass(frozen=True, slots=True)
class Figures:
    """How one picture came out.

    Attributes:
        psnr, before: dB under the mark, of the result and of the marked picture.
        left: share of the mark's edges that the result still shows; below 0 is a negative of it.
        seen: correlation of the mark's edges with those of result - truth, -1..1.
        outside: levels, root mean square of what changed beyond `EDGE_PX` round the mark.
        way: "unblended", "filled", "left".
    """

    psnr: float
    before: float
    left: float
    seen: float
    outside: float
    way: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run and shown.

    Attributes:
        kinds: of the cases; all where there are none.
        limit: only so many cases of each kind.
        sheet: marked, result and truth side by side, written there.
        each: a line for each case.
    """

    kinds: Sequence[str] = ()
    limit: int | None = None
    sheet: Path | None = None
    each: bool = False


def figures(photo: MarkedPhoto, made: Rgb8, way: str) -> Figures:
    """Compare a result with the truth."""
    under = photo.alpha > UNDER
    beyond = ~dilate(photo.alpha > 0, EDGE_PX)
    was, now = (_gradients(picture, photo.truth)[:, under] for picture in (photo.marked, made))
    own = float((was * was).sum())
    both = float((was * now).sum())
    power = float(np.sqrt(own * (now * now).sum()))
    change = made[beyond].astype(float) - photo.marked[beyond]
    return Figures(
        masked_psnr(photo.truth, made, under),
        masked_psnr(photo.truth, photo.marked, under),
        both / own,
        both / max(power, 1e-6),
        float(np.sqrt((change**2).mean())) if beyond.any() else 0.0,
        way,
    )


def _gradients(picture: Rgb8, truth: Rgb8) -> NDArray[np.float32]:
    """(2, H, W, 3) of the difference."""
    off = picture.astype(np.float32) - truth
    return np.stack([cv2.Sobel(off, -1, 1, 0, ksize=3), cv2.Sobel(off, -1, 0, 1, ksize=3)])


def taken_off(case: MarkCase) -> list[tuple[Rgb8, str]]:
    """What the product makes of a case, and how; the marked picture itself where it refuses."""
    if case.kind in ("single", "tilted"):
        return [_alone(photo) for photo in case.photos]
    marked = [photo.marked for photo in case.photos]
    try:
        results = list(unmark(marked, anchor=case.anchor))
    except CleanplateError as error:
        return [(photo, f"left: {error}") for photo in marked]
    return [
        (photo, f"left: {result}") if isinstance(result, BadInput) else (result.array(), _how(result.recipe))
        for photo, result in zip(marked, results, strict=True)
    ]


def _alone(photo: MarkedPhoto) -> tuple[Rgb8, str]:
    box = photo.box
    try:
        result: Result = edit(
            "remove_text",
            photo.marked,
            prompt=PROMPT,
            boxes=[(box.left, box.top, box.right, box.bottom)],
        )
    except CleanplateError as error:
        return photo.marked, f"left: {error}"
    made = result.array()
    return made, "left: unchanged" if (made == photo.marked).all() else _how(result.recipe)


def _how(recipe: Any) -> str:
    if "alpha" in recipe:
        return f"unblended: {recipe.get('filled', 0):.0%} filled"
    return "unblended" if recipe.get("unblended") and not recipe.get("filled_marks") else "filled"


def table(rows: Sequence[tuple[MarkCase, Figures]]) -> list[str]:
    """A line for each kind."""
    groups: dict[str, list[Figures]] = defaultdict(list)
    for case, one in rows:
        groups[case.kind].append(one)
    head = f"{'kind':<11} {'n':>4} {'marked':>7} {'result':>7} {'edges':>6} {'seen':>6}"
    lines = [f"{head} {'wrong':>6} {'outside':>8}"]
    for kind, all_of in groups.items():
        ways: dict[str, int] = defaultdict(int)
        for one in all_of:
            ways[one.way.partition(":")[0]] += 1
        said = ", ".join(f"{name} {count}" for name, count in sorted(ways.items()))
        lines.append(
            f"{kind:<11} {len(all_of):>4} {np.mean([one.before for one in all_of]):>7.2f}"
            f" {np.mean([one.psnr for one in all_of]):>7.2f}"
            f" {np.mean([abs(one.left) for one in all_of]):>6.2f}"
            f" {np.mean([abs(one.seen) for one in all_of]):>6.2f}"
            f" {np.mean([one.left < FOUND_FALSE for one in all_of]):>6.2f}"
            f" {np.mean([one.outside for one in all_of]):>8.3f}  {said}"
        )
    return lines


def tiles(case: MarkCase, photo: MarkedPhoto, made: Rgb8, one: Figures) -> Rgb8:
    """Marked, result and truth beside each other at 100 %, round the mark."""
    height, width = photo.alpha.shape
    box = photo.box
    left = max(min((box.left + box.right - TILE_PX) // 2, width - TILE_PX), 0)
    top = max(min((box.top + box.bottom - TILE_PX) // 2, height - TILE_PX), 0)
    window = (slice(top, top + TILE_PX), slice(left, left + TILE_PX))
    row = np.hstack([picture[window] for picture in (photo.marked, made, photo.truth)])
    label = np.zeros((32, row.shape[1], 3), np.uint8)
    said = f"{one.before:.1f} > {one.psnr:.1f} dB, edges {one.left:.2f}, {one.way}"
    for line, text in enumerate((f"{case.name} {case.about}", said)):
        cv2.putText(
            label, text[:100], (2, 12 + 15 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (255, 255, 255), 1
        )
    return np.vstack([row, label])


def main(given: Sequence[str] | None = None, report: Callable[[str], None] = print) -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.marks", description=__doc__)
    parser.add_argument("--photos", type=Path, action="append", help="a folder of *.jpg, each a set")
    parser.add_argument("--kinds", default="", help="with commas: folder-3, folder-6, single, tilted ...")
    parser.add_argument("--limit", type=int, help="only so many cases of each kind")
    parser.add_argument("--sheet", type=Path, help="write marked, result and truth side by side")
    parser.add_argument("--each", action="store_true", help="a line for each case")
    given_now = parser.parse_args(given)
    kinds = tuple(filter(None, given_now.kinds.split(",")))
    wanted = Wanted(kinds, given_now.limit, given_now.sheet, given_now.each)
    run(given_now.photos or [PHOTOS], wanted, report)


def run(folders: Sequence[Path], wanted: Wanted, report: Callable[[str], None] = print) -> None:
    """Run all, print a table for each set of photographs."""
    for folder in folders:
        _one_set(folder, wanted, report)


def _one_set(folder: Path, wanted: Wanted, report: Callable[[str], None]) -> None:
    rows: list[tuple[MarkCase, Figures]] = []
    shown: list[Rgb8] = []
    done: dict[str, int] = defaultdict(int)
    started = time.perf_counter()
    for case in cases(folder, wanted.kinds):
        done[case.kind] += 1
        if wanted.limit and done[case.kind] > wanted.limit:
            continue
        made = taken_off(case)
        compared = [figures(photo, *one) for photo, one in zip(case.photos, made, strict=True)]
        rows += [(case, one) for one in compared]
        if wanted.each:
            mean = np.mean([one.psnr for one in compared]), np.mean([one.before for one in compared])
            edges = np.mean([abs(one.left) for one in compared])
            said = f"edges {edges:.2f} {compared[0].way} {case.about}"
            report(f"{case.name:<22} {mean[1]:.2f} > {mean[0]:.2f} {said}")
        shown += [
            tiles(case, photo, one[0], fig)
            for photo, one, fig in list(zip(case.photos, made, compared, strict=True))[:2]
        ]
    report(f"{folder.name}, {time.perf_counter() - started:.0f} s")
    for line in table(rows):
        report(line)
    if wanted.sheet:
        _write(wanted.sheet.with_stem(f"{wanted.sheet.stem}-{folder.name}"), shown)


def _write(path: Path, shown: Sequence[Rgb8]) -> None:
    """Pages of two columns and four rows."""
    for page in range(0, len(shown), 8):
        part = list(shown[page : page + 8])
        part += [np.zeros_like(part[0])] * (len(part) % 2)
        columns = np.vstack([np.hstack(part[first : first + 2]) for first in range(0, len(part), 2)])
        name = path.with_stem(f"{path.stem}-{page // 8:02d}")
        cv2.imwrite(str(name), cv2.cvtColor(columns, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
