"""Which holes need a network? The same strokes by all that can fill here, by their share and thickness.

`fill.choosing` has the rule that follows. Who has weights pulled sees them in the table: a network is
worth its time where it is nearer in style than `patchmatch`.
"""

import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import holes, metrics, report
from benchmarks.holes import Case
from benchmarks.packages import MissingPackage
from benchmarks.summary import interval
from benchmarks.ways import OURS, SEED
from cleanplate.fill.base import FillJob, Inpainter
from cleanplate.fill.catalogue import available
from cleanplate.fill.choosing import is_wide
from cleanplate.fill.options import FillOptions
from cleanplate.pixels import geometry
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.runtime import default_runtime

SIDE_PX = 512
"""Of the window that a case sees: as published answers of networks do."""
SHARES = (0.05, 0.1, 0.2, 0.3)
THICK_PX = (8, 16, 32, 96)
COLUMNS = ("share", "thick px", "wide", "holes")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one fill. `wide` is what the rule says of the hole; for `psnr`, in dB, and `style` see `metrics`."""

    case: str
    share: float
    thick_px: int
    wide: bool
    way: str
    psnr: float
    style: float
    seconds: float


def main(*, photos: Path = holes.PHOTOS, limit: int | None = None) -> None:
    """Print the table, mean m-PSNR and style of each way, and store every figure.

    Args:
        limit: only so many photographs.

    Raises:
        SystemExit: no photographs, or a package is missing.
    """
    files = sorted(photos.glob("*.jpg"))[:limit]
    if not files:
        raise SystemExit(f"choosing: no *.jpg in {photos}: name a folder of photographs with --photos")
    ways = ways_here()
    figures: list[Figures] = []
    try:
        for number, file in enumerate(files):
            figures += [one for case in cases(file) for one in _tried(*case, ways)]
            print(f"\r{number + 1}/{len(files)}", end="", file=sys.stderr, flush=True)
    except (ValueError, MissingPackage) as error:
        raise SystemExit(f"choosing: {error}") from error
    print(file=sys.stderr)
    rows = [row for share in SHARES for thick_px in THICK_PX if (row := _row(figures, share, thick_px))]
    print(report.table((*COLUMNS, *ways), rows))
    print(
        f"\nm-PSNR in dB, style (lower is nearer), seconds. Better in style than {OURS}, 95 % interval: *\n"
    )
    print(f"stored in {report.store('choosing', [asdict(one) for one in figures])}\n")


def ways_here() -> dict[str, Callable[[Case], Rgb8]]:
    """Every inpainter that can run here, and ours in a hurry."""
    here = {one.facts.name: one for one in available(default_runtime())}
    ways = {name: _way(one, fast=False) for name, one in here.items()}
    return {**ways, f"{OURS} --fast": _way(here[OURS], fast=True)} if OURS in here else ways


def cases(photo: Path) -> list[tuple[Case, float, int]]:
    """Holes of every share and thickness on a window of the photo, each with both; the same on every call."""
    rgb = holes.read(photo)
    made = []
    for number, (share, thick_px) in enumerate((s, t) for s in SHARES for t in THICK_PX):
        rng = np.random.default_rng([zlib.crc32(photo.stem.encode()), number])
        seen = _window(rgb, rng)
        hole = strokes(seen.shape[:2], share, thick_px, rng)
        name = f"{photo.stem} {share:.0%} {thick_px} px"
        made.append((Case(name, "strokes", photo, seen, hole), share, thick_px))
    return made


def strokes(shape: tuple[int, ...], share: float, thick_px: int, rng: np.random.Generator) -> Hole:
    """Crooked strokes of one thickness, until they cover the share; those of one hole never run together."""
    height, width = shape
    flags = np.zeros((height, width), np.uint8)
    for _ in range(20_000):
        if flags.mean() >= share:
            break
        start = rng.uniform(0, 1, 2) * (width, height)
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.3, 12))
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * thick_px * rng.uniform(0.3, 0.8)
        drawn = np.zeros_like(flags)
        points = np.round(start + np.cumsum(steps, axis=0)).astype(np.int32)
        cv2.polylines(drawn, [points], False, 1, thick_px)
        near = cv2.dilate(drawn, np.ones((thick_px // 4 | 1,) * 2, np.uint8))
        if not flags[near > 0].any() or thick_px > min(height, width) // 8:  # the thickest find no room else
            flags |= drawn
    return flags.view(np.bool_)


def _window(rgb: Rgb8, rng: np.random.Generator) -> Rgb8:
    height, width = (min(side, SIDE_PX) for side in rgb.shape[:2])
    top = int(rng.integers(0, rgb.shape[0] - height + 1))
    left = int(rng.integers(0, rgb.shape[1] - width + 1))
    return np.ascontiguousarray(rgb[top : top + height, left : left + width])


def _way(inpainter: Inpainter, *, fast: bool) -> Callable[[Case], Rgb8]:
    """As an edit has it done: group by group, each with as much to see as the inpainter wants."""

    def fill(case: Case) -> Rgb8:
        made = case.rgb.copy()
        height, width = case.hole.shape
        for group in geometry.regions(case.hole):
            box = geometry.at_least(group, inpainter.facts.least_px, width, height)
            hole = np.zeros_like(case.hole)
            hole[group.slices] = case.hole[group.slices]
            part = np.ascontiguousarray(hole[box.slices])
            excluded = np.ascontiguousarray(case.hole[box.slices]) & ~part
            rgb = np.ascontiguousarray(case.rgb[box.slices])
            made[box.slices][part] = inpainter.fill(
                FillJob(rgb, part, excluded, FillOptions(seed=SEED, fast=fast), runtime=default_runtime())
            )[part]
        return made

    return fill


def _tried(case: Case, share: float, thick_px: int, ways: dict[str, Callable[[Case], Rgb8]]) -> list[Figures]:
    found = []
    wide = any(is_wide(case.hole[box.slices]) for box in geometry.regions(case.hole))
    for name, way in ways.items():
        start = time.perf_counter()
        made = way(case)
        seconds = time.perf_counter() - start
        psnr, style = (f(case.rgb, made, case.hole) for f in (metrics.masked_psnr, metrics.style_distance))
        found.append(Figures(case.name, share, thick_px, wide, name, psnr, style, seconds))
    return found


def _row(figures: Sequence[Figures], share: float, thick_px: int) -> dict[str, Any]:
    """One line of the table; none where nothing was filled."""
    here = [one for one in figures if (one.share, one.thick_px) == (share, thick_px)]
    by_way = {way: [one for one in here if one.way == way] for way in dict.fromkeys(one.way for one in here)}
    if not by_way:
        return {}
    ours = by_way.get(OURS)
    first = next(iter(by_way.values()))
    wide = f"{np.mean([one.wide for one in first]):.0%}"
    cells = {way: _cell(made, ours) for way, made in by_way.items()}
    return dict(zip(COLUMNS, (f"{share:.0%}", thick_px, wide, len(first)), strict=True)) | cells


def _cell(made: Sequence[Figures], ours: Sequence[Figures] | None) -> str:
    psnr, style, seconds = (
        float(np.mean([getattr(one, name) for one in made])) for name in ("psnr", "style", "seconds")
    )
    gains = np.array([one.style - other.style for one, other in zip(made, ours or made, strict=True)])
    mark = "*" if interval(gains)[1] < 0 else ""
    return f"{psnr:.1f}, {style:.3f}{mark}, {seconds:.2f}"
