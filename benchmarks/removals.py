"""Real things taken out of real photographs, to be judged by eye: `python -m benchmarks.removals`.

`removals.toml` has what is removed, outlined by hand and looked at. There is no truth under it, so no
figures: what one run made is laid beside what another made, blind.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import holes
from benchmarks.holes import Case
from benchmarks.sheet import Sheet
from benchmarks.stored_fills import StoredFills
from benchmarks.ways import OURS, WAYS, network_ways
from cleanplate.pixels import masks
from cleanplate.runtime.runtime import default_runtime

LIST = Path(__file__).parent / "removals.toml"
KIND = "removal"


def cases(photos: Path, listed: Path = LIST) -> list[Case]:
    """One case for each thing whose photo is in the folder; the hole is dilated as `erase` does unasked.

    Raises:
        ValueError: a photo has another size than the outlines were drawn on.
    """
    return list(_found(photos, tomllib.loads(listed.read_text("utf-8"))["removals"]))


def _found(photos: Path, entries: list[Mapping[str, Any]]) -> Iterator[Case]:
    for entry in entries:
        photo = photos / f"{entry['photo']}.jpg"
        if not photo.exists():
            continue
        rgb = holes.read(photo)
        height, width = rgb.shape[:2]
        if [width, height] != entry["size"]:
            raise ValueError(
                f"{photo}: {entry['name']!r} was outlined on another size than {width}x{height} px"
            )
        flags = np.zeros((height, width), np.uint8)
        for outline in entry["outlines"]:
            cv2.fillPoly(flags, [np.array(outline, np.int32).reshape(-1, 2)], 1)
        hole = masks.dilate(flags.view(np.bool_), masks.auto_dilate_px(width, height))
        yield Case(f"{photo.stem} {entry['name']}", KIND, photo, rgb, hole, is_crop=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.removals", description=__doc__)
    parser.add_argument("--photos", type=Path, action="append", help="folder of *.jpg; may be repeated")
    parser.add_argument("--fills", type=Path, required=True, help="every fill goes into this folder as a PNG")
    parser.add_argument("--sheet", type=Path, help="write the fills side by side to this PNG")
    given = parser.parse_args()
    networks, absent = network_ways(default_runtime())
    print("\n".join(absent))
    ways = {OURS: WAYS[OURS], **networks}
    pages = Sheet(given.sheet, known="photo") if given.sheet else None
    for folder in given.photos or [holes.PHOTOS]:
        for case in cases(folder):
            made = {way: fill(case.rgb, case.hole) for way, fill in ways.items()}
            for way, filled in made.items():
                StoredFills(given.fills, folder.name).add(case, way, filled)
            if pages:
                pages.add(case, case, made)
            print(f"{case.name}, {case.hole.mean():.0%}", file=sys.stderr)
    print("\n".join(map(str, pages.write() if pages else [])))


if __name__ == "__main__":
    main()
