"""Run every benchmark, print its table, store its figures under `benchmarks/results/`."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    batches,
    choosing,
    erase,
    expand,
    fleet,
    functions,
    growth,
    holes,
    load,
    marks,
    png,
    quality,
    score,
    server,
    start,
    text_removal,
    upscale,
)

BENCHMARKS: dict[str, Callable[[Namespace], None]] = {
    "erase": lambda given: erase.main(quick=given.quick),
    "png": lambda given: png.main(quick=given.quick),
    "start": lambda given: start.main(quick=given.quick),
    "functions": lambda given: functions.main(quick=given.quick),
    "server": lambda given: server.main(quick=given.quick),
    "load": lambda given: load.main(quick=given.quick, beside=given.beside),
    "fleet": lambda given: fleet.main(quick=given.quick),
    "growth": lambda given: growth.main(quick=given.quick),
    "batches": lambda given: batches.main(quick=given.quick),
    "quality": lambda given: quality.main(_wanted(given)),
    "expand": lambda given: expand.main(photos=given.photos[0]),
    "upscale": lambda given: upscale.main(photos=given.photos[0], quick=given.quick),
    "choosing": lambda given: choosing.main(photos=given.photos[0], limit=given.limit),
    "score": lambda given: score.main(photos=given.photos[0], limit=given.limit),
    "text": lambda given: text_removal.main(
        given.photos[0], seed=given.seed, limit=given.limit, sheet=given.sheet
    ),
    "marks": lambda given: marks.run(given.photos, marks.Wanted(limit=given.limit, sheet=given.sheet)),
}
ON_PHOTOS = ("quality", "expand", "upscale", "choosing", "score", "text", "marks")
ONLY_WHEN_NAMED = ("choosing", "score", "text", "marks", "load", "fleet")
"""Minutes, with a network half an hour; half an hour; minutes; a quarter of an hour; on Postgres alone."""
SEVERAL_SETS = ("quality", "marks")
"""They take several folders of photographs, each a set of its own."""


def main() -> None:
    parser = _parser()
    arguments = parser.parse_args()
    arguments.photos = arguments.photos or [holes.PHOTOS]
    if len(arguments.photos) > 1 and arguments.only not in SEVERAL_SETS:
        parser.error(f"--photos: several folders are for --only {' or '.join(SEVERAL_SETS)}")
    names = [arguments.only] if arguments.only else [it for it in BENCHMARKS if it not in ONLY_WHEN_NAMED]
    for name in names:
        absent = [folder for folder in arguments.photos if not folder.is_dir()]
        if name in ON_PHOTOS and absent:
            print(f"{name}: left out, there is no folder {absent[0]} of photographs; name one with --photos")
        else:
            BENCHMARKS[name](arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, help="run just this one")
    parser.add_argument("--quick", action="store_true", help="one run of each case, no 4096 px")
    parser.add_argument(
        "--photos",
        type=Path,
        action="append",
        help=f"{', '.join(ON_PHOTOS)}: folder of *.jpg; several sets for {' and '.join(SEVERAL_SETS)}",
    )
    parser.add_argument(
        "--limit",
        type=int,
        help="only so many cases (quality, score, text; marks: of each) or photographs (choosing)",
    )
    parser.add_argument("--seed", type=int, default=1, help="text: which words, places and photographs")
    parser.add_argument(
        "--sheet", type=Path, help="quality, text, marks: write the pictures side by side to this PNG"
    )
    parser.add_argument(
        "--beside",
        type=Path,
        help="load: a source tree, its folder src, whose embedded server is measured too",
    )
    quality_only = parser.add_argument_group("quality")
    quality_only.add_argument(
        "--kinds", type=_kinds, help=f"of {','.join(quality.GROUPS)}; all where not given"
    )
    quality_only.add_argument(
        "--ways", type=_listed, default=(), help="names, with commas; all where not given"
    )
    quality_only.add_argument(
        "--fills", type=Path, help="write every fill as a PNG of its own into this folder"
    )
    quality_only.add_argument(
        "--before", type=Path, help="results/quality.json of an earlier run, to compare with"
    )
    return parser


def _kinds(text: str) -> tuple[str, ...]:
    names = _listed(text)
    unknown = [name for name in names if name not in quality.GROUPS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{text!r}: choose of {', '.join(quality.GROUPS)}")
    return names


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _wanted(given: Namespace) -> quality.Wanted:
    return quality.Wanted(
        photos=tuple(given.photos),
        groups=given.kinds or tuple(quality.GROUPS),
        ways=given.ways,
        limit=given.limit,
        sheet=given.sheet,
        fills=given.fills,
        before=given.before,
    )


if __name__ == "__main__":
    main()
