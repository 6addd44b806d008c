"""Does the score know the better fill? Each hole is filled with several seeds, on two sets of photographs.

What is picked by score is held against the mean of all tries, and against what the truth itself would pick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import holes, metrics, report
from benchmarks.holes import Case
from benchmarks.summary import interval
from cleanplate.analysis.coherence import coherence
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import inpainter
from cleanplate.fill.options import FillOptions
from cleanplate.runtime.runtime import default_runtime

SEEDS = 4
COLUMNS = ("photos", "picked by", "holes", "PSNR dB", "SSIM", "style")


@dataclass(frozen=True, slots=True)
class Tries:
    """(n,): scores of the fills of one hole, NaN for those too small for one; (n, 3): their figures."""

    photo: str
    coherence: np.ndarray[Any, np.dtype[np.float64]]
    figures: np.ndarray[Any, np.dtype[np.float64]]


def main(*, photos: Path = holes.PHOTOS, limit: int | None = None) -> None:
    """Print and store the table.

    Raises:
        SystemExit: no photographs.
    """
    try:
        cases = holes.cases(photos)
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(f"score: {error}") from error
    tried = [_tries(holes.cropped(case)) for case in cases[:: max(1, len(cases) // (limit or len(cases)))]]
    rows = [row for name, part in _sets(tried).items() for row in rows_of(name, part)]
    print(report.table(COLUMNS, rows))
    print(f"\nDifferences from the mean of {SEEDS} tries, with 95 % intervals; style: lower is nearer.")
    print(f"stored in {report.store('score', rows)}\n")


def rows_of(name: str, tried: Sequence[Tries]) -> list[dict[str, Any]]:
    """What the score picks, and what the truth picks, over the same holes."""
    by_score = [int(np.nanargmax(one.coherence)) for one in tried]
    by_truth = [int(one.figures[:, 0].argmax()) for one in tried]
    return [
        {"photos": name, "picked by": way, "holes": len(tried), **_gains(tried, picked)}
        for way, picked in (("score", by_score), ("PSNR to the truth", by_truth))
    ]


def _tries(case: Case) -> Tries:
    fill, excluded = inpainter("patchmatch", default_runtime()).fill, np.zeros_like(case.hole)
    scores, figures = [], []
    for seed in range(SEEDS):
        made = fill(FillJob(case.rgb, case.hole, excluded, FillOptions(seed=seed), runtime=default_runtime()))
        found = coherence(made, case.hole, ~case.hole)
        scores.append(np.nan if found is None else found)
        figures.append(
            [metric(case.rgb, made, case.hole) for metric in (metrics.masked_psnr, metrics.masked_ssim)]
            + [metrics.style_distance(case.rgb, made, case.hole)]
        )
    return Tries(case.photo.stem, np.array(scores), np.array(figures))


def _sets(tried: Sequence[Tries]) -> dict[str, list[Tries]]:
    """Every other photo in one set, those between in the other."""
    first = set(sorted({one.photo for one in tried})[::2])
    usable = [one for one in tried if not np.isnan(one.coherence).any()]
    return {
        "first half": [one for one in usable if one.photo in first],
        "second half": [one for one in usable if one.photo not in first],
    }


def _gains(tried: Sequence[Tries], picked: Sequence[int]) -> dict[str, str]:
    gains = np.array(
        [one.figures[k] - one.figures.mean(axis=0) for one, k in zip(tried, picked, strict=True)]
    )
    cells = {}
    for column, (name, digits) in enumerate((("PSNR dB", 3), ("SSIM", 4), ("style", 4))):
        low, high = interval(gains[:, column])
        mean = gains[:, column].mean()
        cells[name] = f"{mean:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
    return cells
