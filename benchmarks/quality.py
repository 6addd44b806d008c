"""Quality of fills on real photographs: ours beside PyPatchMatch and OpenCV's Telea, in one run."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks import holes, metrics, report, straight, summary
from benchmarks.holes import Case
from benchmarks.packages import MissingPackage
from benchmarks.sheet import Sheet
from benchmarks.summary import Figures
from benchmarks.ways import RIVAL, WAYS
from cleanplate.pixels.types import Rgb8


def main(*, photos: Path = holes.PHOTOS, limit: int | None = None, sheet: Path | None = None) -> None:
    """Fill every case by every way; print tables, store the figures, and write the sheet if asked for.

    Args:
        limit: this many cases, drawn from all; the same ones every time.

    Raises:
        SystemExit: no photographs, or a package is missing.
    """
    try:
        chosen = _some([*holes.cases(photos), *straight.cases(photos)], limit)
        figures, pictures = _measure(chosen, sheet)
    except (FileNotFoundError, ValueError, MissingPackage) as error:
        raise SystemExit(f"quality: {error}") from error
    _print(figures)
    stored = report.store("quality", [asdict(one) for one in figures])
    print("\n".join([f"\nstored in {stored}", *map(str, pictures), ""]))


def _some(cases: Sequence[Case], limit: int | None) -> list[Case]:
    if limit is None or limit >= len(cases):
        return list(cases)
    drawn = np.random.default_rng(0).permutation(len(cases))[:limit]
    return [cases[place] for place in sorted(drawn.tolist())]


def _measure(cases: Sequence[Case], sheet: Path | None) -> tuple[list[Figures], list[Path]]:
    """Figures of every fill, case by case, and the sheet's pages."""
    _warm_up(holes.cropped(cases[0]))
    pages = Sheet(sheet) if sheet else None
    figures: list[Figures] = []
    for number, whole in enumerate(cases):
        case = holes.cropped(whole)
        made = {}
        for way, filled, seconds in _fills(case):
            made[way] = filled
            figures.append(_figures(case, way, filled, seconds))
        if pages:
            pages.add(case, whole, made)
        print(f"\r{number + 1}/{len(cases)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return figures, pages.write() if pages else []


def _warm_up(case: Case) -> None:
    """The first fill of a way pays for loading and compiling, and is not counted."""
    for fill in WAYS.values():
        fill(case.rgb, case.hole)


def _fills(case: Case) -> Iterator[tuple[str, Rgb8, float]]:
    """(way, picture, seconds); whatever a way changed outside the hole is put back before it is judged."""
    for way, fill in WAYS.items():
        start = time.perf_counter()
        filled = fill(case.rgb, case.hole)
        seconds = time.perf_counter() - start
        yield way, np.where(case.hole[..., None], filled, case.rgb), seconds


def _figures(case: Case, way: str, made: Rgb8, seconds: float) -> Figures:
    seam_made, seam_truth = metrics.seam_sums(case.rgb, made, case.hole)
    line = case.line and metrics.line_continuity(case.rgb, made, case.hole, case.line)
    return Figures(
        case=case.name,
        kind=case.kind,
        way=way,
        psnr=metrics.masked_psnr(case.rgb, made, case.hole),
        ssim=metrics.masked_ssim(case.rgb, made, case.hole),
        style=metrics.style_distance(case.rgb, made, case.hole),
        seam_made=seam_made,
        seam_truth=seam_truth,
        line=line,
        seconds=seconds,
    )


def _print(figures: Sequence[Figures]) -> None:
    edges = [one for one in figures if one.line is not None]
    seeded = [one for one in figures if one.line is None]
    for title, chosen in (("seeded holes", seeded), ("holes across straight edges", edges)):
        if chosen:
            cases = len({one.case for one in chosen})
            print(f"\n{cases} {title}\n\n{summary.table(chosen, RIVAL)}")
            print(f"\nminus {RIVAL}, 95 % interval\n\n{summary.differences(chosen, RIVAL)}")
    print(f"\n{summary.kinds(figures)}")
