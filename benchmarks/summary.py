"""From the figures of single fills to the tables: means, and paired differences with their uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks import report

RESAMPLES = 2000
QUANTILES = (0.025, 0.975)
"""Of the resampled means: a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one fill of one case measured; the names of the metrics are those in `metrics.py`.

    Attributes:
        psnr: dB. ssim: -1..1. style: distance, lower is nearer.
        seam_made, seam_truth: sums of the steps across the border.
        line: 0..1, None where no straight edge crosses the hole.
        seconds: of the fill alone.
    """

    case: str
    kind: str
    way: str
    psnr: float
    ssim: float
    style: float
    seam_made: float
    seam_truth: float
    line: float | None
    seconds: float


def table(figures: Sequence[Figures], rival: str) -> str:
    """One line for each way: means over its cases; style also as a multiple of the rival's."""
    base = np.mean([one.style for one in figures if one.way == rival])
    rows = [_means(ways, float(base)) for ways in _by_way(figures).values()]
    return report.table(tuple(rows[0]), rows)


def differences(figures: Sequence[Figures], rival: str) -> str:
    """Mean difference of each other way from the rival over the same cases, with a 95 % interval."""
    by_way = _by_way(figures)
    others = {way: made for way, made in by_way.items() if way != rival}
    rows = [
        {
            "way": way,
            "PSNR dB": _difference([one.psnr for one in made], [one.psnr for one in by_way[rival]], 2),
            "SSIM": _difference([one.ssim for one in made], [one.ssim for one in by_way[rival]], 3),
            "style": _difference([one.style for one in made], [one.style for one in by_way[rival]], 3),
        }
        for way, made in others.items()
    ]
    return report.table(tuple(rows[0]), rows)


def kinds(figures: Sequence[Figures]) -> str:
    """One line for each kind of hole, one column for each way: where a mean comes from."""
    rows = []
    for kind in dict.fromkeys(one.kind for one in figures):
        by_way = _by_way([one for one in figures if one.kind == kind])
        rows.append({"PSNR dB, style": kind, **{way: _cell(made) for way, made in by_way.items()}})
    return report.table(tuple(rows[0]), rows)


def interval(differences: NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """Bootstrap interval of the mean of paired differences.

    B. Efron: "Bootstrap methods: another look at the jackknife", 1979; the percentile interval.
    """
    drawn = np.random.default_rng(seed).integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.quantile(differences[drawn].mean(axis=1), QUANTILES)
    return float(low), float(high)


def _by_way(figures: Sequence[Figures]) -> dict[str, list[Figures]]:
    """The figures of each way, in the same order of cases."""
    found: dict[str, list[Figures]] = {}
    for one in figures:
        found.setdefault(one.way, []).append(one)
    return found


def _cell(made: Sequence[Figures]) -> str:
    return f"{np.mean([one.psnr for one in made]):.2f}, {np.mean([one.style for one in made]):.3f}"


def _means(made: Sequence[Figures], rival_style: float) -> dict[str, str]:
    style = float(np.mean([one.style for one in made]))
    seams = np.array([(one.seam_made, one.seam_truth) for one in made])
    lines = [one.line for one in made if one.line is not None]
    return {
        "way": made[0].way,
        "masked PSNR": f"{np.mean([one.psnr for one in made]):.2f} dB",
        "masked SSIM": f"{np.mean([one.ssim for one in made]):.3f}",
        "style distance": f"{style:.3f} ({style / max(rival_style, 1e-9):.2f}x)",
        "seam ratio": f"{seams[:, 0].sum() / seams[:, 1].sum():.2f}",
        "median": f"{np.median(seams[:, 0] / np.maximum(seams[:, 1], 1e-6)):.2f}",
        "lines held": f"{np.mean(lines):.0%}" if lines else "",
        "s per fill": f"{np.mean([one.seconds for one in made]):.3f}",
    }


def _difference(made: Sequence[float], rival: Sequence[float], digits: int) -> str:
    paired = np.array(made) - np.array(rival)
    low, high = interval(paired)
    return f"{paired.mean():+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
