"""From the figures of single fills to the tables: means, and paired differences with their uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks import report

RESAMPLES = 2000
QUANTILES = (0.025, 0.975)
"""Of the resampled means: a 95 % interval."""

_F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one fill of one case measured; the names of the metrics are those in `metrics.py`.

    Attributes:
        photos: the set of photographs that the case is from.
        group: of kinds, as `--kinds` names it.
        photo: that the case is from, by name.
        fingerprint: of the case's pixels and its hole.
        share: of what the fill was given, the hole's.
        psnr: dB. ssim: -1..1. style: distance, lower is nearer.
        seam_made, seam_truth: sums of the steps across the border.
        line: 0..1, None where no straight edge crosses the hole.
        seconds: of the fill alone. cpu_seconds: of all its threads, which other work disturbs less.
    """

    photos: str
    group: str
    photo: str
    case: str
    kind: str
    fingerprint: int
    share: float
    way: str
    psnr: float
    ssim: float
    style: float
    seam_made: float
    seam_truth: float
    line: float | None
    seconds: float
    cpu_seconds: float


def table(figures: Sequence[Figures], rival: str) -> str:
    """One line for each way: means over its cases; style and times also as multiples of the rival's."""
    by_way = _by_way(figures)
    base = by_way[rival]
    rows = [_means(made, base) for made in by_way.values()]
    return report.table(tuple(rows[0]), rows)


def differences(figures: Sequence[Figures], rival: str) -> str:
    """Mean difference of each other way from the rival over the same cases, with a 95 % interval."""
    by_way = _by_way(figures)
    others = {way: made for way, made in by_way.items() if way != rival}
    base = by_way[rival]
    rows = [
        {
            "way": way,
            "PSNR dB": _difference(made, base, "psnr", 2),
            "SSIM": _difference(made, base, "ssim", 3),
            "style": _difference(made, base, "style", 3),
            "style, times": _multiple(made, base, "style"),
        }
        for way, made in others.items()
    ]
    return report.table(tuple(rows[0]), rows)


def kinds(figures: Sequence[Figures]) -> str:
    """Where a mean comes from: a line for each set of photographs and kind of hole, a column for each way."""
    rows = []
    ways = tuple(_by_way(figures))
    for photos, kind in dict.fromkeys((one.photos, one.kind) for one in figures):
        here = [one for one in figures if (one.photos, one.kind) == (photos, kind)]
        cells = dict.fromkeys(ways, "") | {way: _cell(made) for way, made in _by_way(here).items()}
        cases = len({one.case for one in here})
        rows.append({"photos": photos, "PSNR dB, style": kind, "holes": cases, **cells})
    return report.table(tuple(rows[0]), rows)


def interval(values: _F64, photos: Sequence[str] = (), seed: int = 0) -> tuple[float, float]:
    """Bootstrap interval of a mean, of paired differences for instance.

    B. Efron: "Bootstrap methods: another look at the jackknife", 1979; the percentile interval. What is drawn
    again is photographs, each with all of its cases: those of one photo are alike, and count as less than so
    many of their own.

    Args:
        photos: of each value; where it is not given each value is by itself.
    """
    return multiple_interval(values, np.ones_like(values), photos, seed)


def multiple_interval(
    made: _F64, rival: _F64, photos: Sequence[str] = (), seed: int = 0
) -> tuple[float, float]:
    """The same of the ratio of two means over the same cases."""
    _, places = np.unique(photos or np.arange(len(made)), return_inverse=True)
    sums = np.stack([np.bincount(places, weights=values) for values in (made, rival)])
    drawn = np.random.default_rng(seed).integers(0, sums.shape[1], (RESAMPLES, sums.shape[1]))
    over, under = sums[:, drawn].sum(axis=2)
    low, high = np.quantile(over / np.maximum(under, 1e-9), QUANTILES)
    return float(low), float(high)


def _by_way(figures: Sequence[Figures]) -> dict[str, list[Figures]]:
    """The figures of each way, in the same order of cases."""
    found: dict[str, list[Figures]] = {}
    for one in sorted(figures, key=lambda one: (one.photos, one.case)):
        found.setdefault(one.way, []).append(one)
    return {way: found[way] for way in dict.fromkeys(one.way for one in figures)}


def _cell(made: Sequence[Figures]) -> str:
    return f"{np.mean([one.psnr for one in made]):.2f}, {np.mean([one.style for one in made]):.3f}"


def _means(made: Sequence[Figures], rival: Sequence[Figures]) -> dict[str, str]:
    style, rival_style = (float(np.mean([one.style for one in those])) for those in (made, rival))
    times = style / max(rival_style, 1e-9)
    seams = np.array([(one.seam_made, one.seam_truth) for one in made])
    lines = [one.line for one in made if one.line is not None]
    return {
        "way": made[0].way,
        "masked PSNR": f"{_mean_with_interval(made, 'psnr', 2)} dB",
        "masked SSIM": f"{np.mean([one.ssim for one in made]):.3f}",
        "style distance": f"{_mean_with_interval(made, 'style', 3)} ({times:.2f}x)",
        "seam ratio": f"{seams[:, 0].sum() / max(seams[:, 1].sum(), 1e-6):.2f}",
        "median": f"{np.median(seams[:, 0] / np.maximum(seams[:, 1], 1e-6)):.2f}",
        "lines held": f"{np.mean(lines):.0%}" if lines else "",
        "s per fill": _with_multiple([one.seconds for one in made], [one.seconds for one in rival]),
        "CPU s": _with_multiple([one.cpu_seconds for one in made], [one.cpu_seconds for one in rival]),
    }


def _with_multiple(made: Sequence[float], rival: Sequence[float]) -> str:
    return f"{np.mean(made):.3f} ({np.mean(made) / max(float(np.mean(rival)), 1e-9):.2f}x)"


def _mean_with_interval(made: Sequence[Figures], name: str, digits: int) -> str:
    values = _values(made, name)
    low, high = interval(values, _photos(made))
    return f"{values.mean():.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _difference(made: Sequence[Figures], rival: Sequence[Figures], name: str, digits: int) -> str:
    paired = _values(made, name) - _values(rival, name)
    low, high = interval(paired, _photos(made))
    return f"{paired.mean():+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"


def _multiple(made: Sequence[Figures], rival: Sequence[Figures], name: str) -> str:
    first, second = _values(made, name), _values(rival, name)
    low, high = multiple_interval(first, second, _photos(made))
    return f"{first.mean() / max(second.mean(), 1e-9):.3f} [{low:.3f}, {high:.3f}]"


def _values(made: Sequence[Figures], name: str) -> _F64:
    return np.array([getattr(one, name) for one in made], np.float64)


def _photos(made: Sequence[Figures]) -> list[str]:
    return [f"{one.photos} {one.photo}" for one in made]
