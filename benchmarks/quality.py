"""Quality of fills on real photographs: ours beside PyPatchMatch, OpenCV's Telea and networks, in one run."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from benchmarks import (
    before,
    beside_holes,
    frame_holes,
    holes,
    metrics,
    object_holes,
    report,
    straight,
    summary,
    wide_holes,
)
from benchmarks.holes import Case
from benchmarks.packages import MissingPackage
from benchmarks.sheet import Sheet
from benchmarks.stored_fills import StoredFills
from benchmarks.summary import Figures
from benchmarks.ways import FAST, RIVAL, WAYS, Fill, network_ways
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import default_runtime

Times: TypeAlias = tuple[float, float]
"""Seconds of one fill: on the clock, and of all threads together."""
GROUPS: Final[Mapping[str, Callable[[Path], list[Case]]]] = MappingProxyType(
    {
        "small": holes.cases,
        "straight": straight.cases,
        "wide": wide_holes.cases,
        "object": object_holes.cases,
        "frame": frame_holes.cases,
        "beside": beside_holes.cases,
    }
)
"""What `--kinds` names."""
TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "small": "seeded holes of at most 10 %",
        "straight": "holes across straight edges",
        "wide": "wide holes, 20 to 60 % of what is seen",
        "object": "holes shaped like objects",
        "frame": "holes at the frame",
        "beside": "things taken away from beside another",
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to run.

    Attributes:
        photos: folders of photographs; each is a set, told apart in every table.
        groups: of `GROUPS`; those that stand there.
        ways: of those here by name; empty is all but the hurried one on wide holes.
        limit: this many cases, drawn from all; the same ones every time.
        sheet: write the fills side by side to this PNG.
        fills: write every fill as a PNG of its own into this folder.
        before: figures that an earlier run stored, to be held against: our way then, and those not run now.
    """

    photos: tuple[Path, ...] = (holes.PHOTOS,)
    groups: tuple[str, ...] = tuple(GROUPS)
    ways: tuple[str, ...] = ()
    limit: int | None = None
    sheet: Path | None = None
    fills: Path | None = None
    before: Path | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One case, with the set of photographs and the group of kinds that it is from."""

    photos: str
    group: str
    case: Case


def main(wanted: Wanted) -> None:
    """Fill every case by every way; print tables, store the figures, and write the sheet if asked for.

    Raises:
        SystemExit: no photographs, no such way, or a package is missing.
    """
    try:
        earlier = before.read(wanted.before) if wanted.before else None
        chosen = _some(_cases(wanted), wanted.limit)
        ways = _ways(wanted.ways)
        figures, pictures = _measure(chosen, ways, wanted)
        compared = figures if earlier is None else _beside(figures, earlier, wanted.before)
    except (FileNotFoundError, ValueError, MissingPackage) as error:
        raise SystemExit(f"quality: {error}") from error
    _print(compared)
    stored = report.store("quality", [asdict(one) for one in figures])
    print("\n".join([f"\nstored in {stored}", *map(str, pictures), ""]))


def _cases(wanted: Wanted) -> list[Drawn]:
    """All; raises `ValueError` where there is none."""
    cases = [
        Drawn(name, group, case)
        for name, folder in _named(wanted.photos).items()
        for group in wanted.groups
        for case in GROUPS[group](folder)
    ]
    if not cases:
        raise ValueError(f"no photo here has holes of the kinds {', '.join(wanted.groups)}")
    return cases


def _named(folders: Sequence[Path]) -> dict[str, Path]:
    """The sets of photographs by the names of their folders, or by their paths where two are alike."""
    names = [folder.name for folder in folders]
    return {
        str(folder) if names.count(folder.name) > 1 or not folder.name else folder.name: folder
        for folder in folders
    }


def _some(cases: Sequence[Drawn], limit: int | None) -> list[Drawn]:
    if limit is None or limit >= len(cases):
        return list(cases)
    drawn = np.random.default_rng(0).permutation(len(cases))[:limit]
    return [cases[place] for place in sorted(drawn.tolist())]


def _ways(names: Sequence[str]) -> dict[str, Fill]:
    """The ways that were asked for, or all."""
    networks, absent = network_ways(default_runtime())
    here = WAYS | networks
    unknown = [name for name in names if name not in here]
    if unknown:
        raise ValueError(f"there is no way {unknown[0]!r} here; choose of {', '.join(here)}")
    if not names:
        print("\n".join(absent))
        return here
    return {name: here[name] for name in names}


def _measure(
    cases: Sequence[Drawn], ways: Mapping[str, Fill], wanted: Wanted
) -> tuple[list[Figures], list[Path]]:
    """Figures of every fill, case by case, and the sheet's pages."""
    _warm_up(holes.cropped(cases[0].case), ways)
    pages = Sheet(wanted.sheet) if wanted.sheet else None
    figures: list[Figures] = []
    for number, drawn in enumerate(cases):
        case = holes.cropped(drawn.case)
        made = {}
        for way, filled, times in _fills(case, _suited(ways, drawn.group, wanted.ways)):
            made[way] = filled
            figures.append(_figures(drawn, case, way, filled, times))
            if wanted.fills:
                StoredFills(wanted.fills, drawn.photos).add(case, way, filled)
        if pages:
            pages.add(case, drawn.case, made)
        print(f"\r{number + 1}/{len(cases)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return figures, pages.write() if pages else []


def _suited(ways: Mapping[str, Fill], group: str, named: Sequence[str]) -> dict[str, Fill]:
    """All where ways were named; otherwise the hurried one only on holes that a hurry is for."""
    if named or group in ("small", "straight"):
        return dict(ways)
    return {name: fill for name, fill in ways.items() if name != FAST}


def _warm_up(case: Case, ways: Mapping[str, Fill]) -> None:
    """The first fill of a way pays for loading and compiling, and is not counted."""
    for fill in ways.values():
        fill(case.seen, case.hole)


def _fills(case: Case, ways: Mapping[str, Fill]) -> Iterator[tuple[str, Rgb8, Times]]:
    """(way, picture, times); whatever a way changed outside the hole is put back before it is judged."""
    for way, fill in ways.items():
        start, cpu_start = time.perf_counter(), time.process_time()
        filled = fill(case.seen, case.hole)
        times = (time.perf_counter() - start, time.process_time() - cpu_start)
        yield way, np.where(case.hole[..., None], filled, case.rgb), times


def _figures(drawn: Drawn, case: Case, way: str, made: Rgb8, times: Times) -> Figures:
    seam_made, seam_truth = metrics.seam_sums(case.rgb, made, case.hole)
    line = case.line and metrics.line_continuity(case.rgb, made, case.hole, case.line)
    return Figures(
        photos=drawn.photos,
        group=drawn.group,
        photo=case.photo.stem,
        case=case.name,
        kind=case.kind,
        fingerprint=case.fingerprint,
        share=float(case.hole.mean()),
        way=way,
        psnr=metrics.masked_psnr(case.rgb, made, case.hole),
        ssim=metrics.masked_ssim(case.rgb, made, case.hole),
        style=metrics.style_distance(case.rgb, made, case.hole, whole=case.is_crop),
        seam_made=seam_made,
        seam_truth=seam_truth,
        line=line,
        seconds=times[0],
        cpu_seconds=times[1],
    )


def _beside(figures: list[Figures], earlier: Sequence[Figures], path: Path | None) -> list[Figures]:
    """With the earlier run's figures of the same cases."""
    found, lacking = before.beside(figures, earlier)
    if not found:
        raise ValueError(f"{path} has none of these cases: their photographs or holes are others")
    if lacking:
        print(f"{lacking} cases are left out of the tables: {path} has no figure for them")
    return found


def _print(figures: Sequence[Figures]) -> None:
    """Tables of each group, over all sets of photographs and then set by set; each against each rival."""
    ways = list(dict.fromkeys(one.way for one in figures))
    rivals = [way for way in (RIVAL, before.BEFORE) if way in ways] or ways[:1]
    sets = tuple(dict.fromkeys(one.photos for one in figures))
    for group in dict.fromkeys(one.group for one in figures):
        here = [one for one in figures if one.group == group]
        for photos in sets if len(sets) > 1 else ():
            _print_part([one for one in here if one.photos == photos], rivals, f"{TITLES[group]}, {photos}")
        _print_part(here, rivals, TITLES[group])
    print(f"\n{summary.kinds(figures)}")


def _print_part(figures: Sequence[Figures], rivals: Sequence[str], title: str) -> None:
    if not figures:
        return
    cases = len({(one.photos, one.case) for one in figures})
    ways = list(dict.fromkeys(one.way for one in figures))
    # earlier figures may have some kinds of hole only
    rivals = [rival for rival in rivals if rival in ways] or ways[:1]
    print(f"\n{cases} {title}\n\n{summary.table(figures, rivals[0])}")
    for rival in rivals if len(ways) > 1 else ():
        print(f"\nminus {rival}, 95 % interval\n\n{summary.differences(figures, rival)}")
