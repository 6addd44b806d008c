"""Run every benchmark, print its table, store its figures under `benchmarks/results/`."""

import argparse
from pathlib import Path

from benchmarks import erase, expand, functions, growth, holes, quality, score, server, upscale

NAMES = ("erase", "expand", "functions", "server", "quality", "score", "growth", "upscale")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=NAMES, help="run just this one")
    parser.add_argument("--quick", action="store_true", help="one run of each case, no 4096 px")
    parser.add_argument(
        "--photos", type=Path, default=holes.PHOTOS, help="expand, quality, score, upscale: folder of *.jpg"
    )
    parser.add_argument("--limit", type=int, help="quality, score: only so many cases, drawn from all")
    parser.add_argument("--sheet", type=Path, help="quality: write the fills side by side to this PNG")
    arguments = parser.parse_args()
    if arguments.only in (None, "erase"):
        erase.main(quick=arguments.quick)
    if arguments.only in (None, "expand"):
        expand.main(quick=arguments.quick, photos=arguments.photos)
    if arguments.only in (None, "functions"):
        functions.main(quick=arguments.quick)
    if arguments.only in (None, "server"):
        server.main(quick=arguments.quick)
    if arguments.only is None and not arguments.photos.is_dir():
        print("quality: left out, there is no folder of photographs; name one with --photos")
    elif arguments.only in (None, "quality"):
        quality.main(photos=arguments.photos, limit=arguments.limit, sheet=arguments.sheet)
    if arguments.only == "score":  # half an hour
        score.main(photos=arguments.photos, limit=arguments.limit)
    if arguments.only in (None, "growth"):
        growth.main(quick=arguments.quick)
    if arguments.only in (None, "upscale"):
        upscale.main(photos=arguments.photos, quick=arguments.quick)


if __name__ == "__main__":
    main()
