"""Run every benchmark, print its table, store its figures under `benchmarks/results/`."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    choosing,
    erase,
    expand,
    functions,
    growth,
    holes,
    png,
    quality,
    score,
    server,
    start,
    upscale,
)

BENCHMARKS: dict[str, Callable[[Namespace], None]] = {
    "erase": lambda given: erase.main(quick=given.quick),
    "png": lambda given: png.main(quick=given.quick),
    "start": lambda given: start.main(quick=given.quick),
    "functions": lambda given: functions.main(quick=given.quick),
    "server": lambda given: server.main(quick=given.quick),
    "growth": lambda given: growth.main(quick=given.quick),
    "quality": lambda given: quality.main(photos=given.photos, limit=given.limit, sheet=given.sheet),
    "expand": lambda given: expand.main(photos=given.photos),
    "upscale": lambda given: upscale.main(photos=given.photos, quick=given.quick),
    "choosing": lambda given: choosing.main(photos=given.photos, limit=given.limit),
    "score": lambda given: score.main(photos=given.photos, limit=given.limit),
}
ON_PHOTOS = ("quality", "expand", "upscale", "choosing", "score")
ONLY_WHEN_NAMED = ("choosing", "score")
"""Minutes, with a network half an hour; and half an hour."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, help="run just this one")
    parser.add_argument("--quick", action="store_true", help="one run of each case, no 4096 px")
    parser.add_argument(
        "--photos", type=Path, default=holes.PHOTOS, help=f"{', '.join(ON_PHOTOS)}: folder of *.jpg"
    )
    parser.add_argument(
        "--limit", type=int, help="only so many cases (quality, score) or photographs (choosing)"
    )
    parser.add_argument("--sheet", type=Path, help="quality: write the fills side by side to this PNG")
    arguments = parser.parse_args()
    names = [arguments.only] if arguments.only else [it for it in BENCHMARKS if it not in ONLY_WHEN_NAMED]
    for name in names:
        if name in ON_PHOTOS and not arguments.photos.is_dir():
            print(f"{name}: left out, there is no folder of photographs; name one with --photos")
        else:
            BENCHMARKS[name](arguments)


if __name__ == "__main__":
    main()
