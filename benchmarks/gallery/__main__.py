"""Make contact sheets, and say how long each picture took."""

import argparse
import importlib
import pkgutil
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import benchmarks.gallery
from benchmarks.gallery.case import Case
from benchmarks.holes import PHOTOS
from cleanplate.edits.base import EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.pixels.types import Box, Pixels, Rgb8
from cleanplate.runtime.runtime import default_runtime

OUT = Path(__file__).parents[2] / "docs" / "gallery"
GAP_PX = 6
LABEL_PX = 22
FONT_SCALE = 0.5
QUALITY = 90
_PARTS = {"case", "__main__"}


def main() -> None:
    known = sorted({module.name for module in pkgutil.iter_modules(benchmarks.gallery.__path__)} - _PARTS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__)
    parser.add_argument("edits", nargs="*", metavar="EDIT", help=f"one of {', '.join(known)}; all by default")
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder of *.jpg")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the sheets")
    arguments = parser.parse_args()
    for name in arguments.edits or known:
        cases: Sequence[Case] = importlib.import_module(f"benchmarks.gallery.{name}").CASES
        rows = [_row(name, case, arguments.photos) for case in cases]
        path = arguments.out / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(
            str(path), cv2.cvtColor(_stacked(rows), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        )
        print(path)


def _row(name: str, case: Case, photos: Path) -> Rgb8:
    """The picture that went in and what came out, with the caption under them."""
    with Image.open(photos / case.photo) as file:
        before = case.prepared(np.asarray(file.convert("RGB")))
    pixels, edit = Pixels(before), edits(default_runtime())[name]
    mask = None if case.mask is None else case.mask(pixels)
    request = EditRequest(
        pixels=pixels, parameters=edit.parse(case.parameters), mask=mask, runtime=default_runtime()
    )
    began_s = time.perf_counter()
    after = edit.run(request).pixels.rgb
    print(f"{name}: {case.photo}, {case.caption}: {time.perf_counter() - began_s:.2f} s", flush=True)
    if case.look is not None:
        before, after = _same_part(before, after, case.look)
    return _labelled(_beside(before, after), case.caption)


def _same_part(before: Rgb8, after: Rgb8, look: Box) -> tuple[Rgb8, Rgb8]:
    """`look` of the result, and what was there before, enlarged without smoothing to the same size."""
    large = cv2.resize(before, (after.shape[1], after.shape[0]), interpolation=cv2.INTER_NEAREST)
    return np.asarray(large[look.slices], np.uint8), after[look.slices]


def _beside(before: Rgb8, after: Rgb8) -> Rgb8:
    """Both on grey, the smaller one in the middle of its half."""
    height = max(before.shape[0], after.shape[0])
    return np.hstack([_framed(before, height), _framed(after, height)])


def _framed(picture: Rgb8, height: int) -> Rgb8:
    top = (height - picture.shape[0]) // 2
    bottom = height - picture.shape[0] - top
    framed = cv2.copyMakeBorder(
        picture, top + GAP_PX, bottom, GAP_PX, 0, cv2.BORDER_CONSTANT, value=(60, 60, 60)
    )
    return np.asarray(framed, np.uint8)


def _labelled(row: Rgb8, caption: str) -> Rgb8:
    row = np.asarray(
        cv2.copyMakeBorder(row, 0, LABEL_PX, 0, 0, cv2.BORDER_CONSTANT, value=(60, 60, 60)), np.uint8
    )
    place = (GAP_PX, row.shape[0] - GAP_PX)
    cv2.putText(row, caption, place, cv2.FONT_HERSHEY_SIMPLEX, FONT_SCALE, (255, 255, 255), 1, cv2.LINE_AA)
    return row


def _stacked(rows: Sequence[Rgb8]) -> Rgb8:
    width = max(row.shape[1] for row in rows)
    return np.vstack(
        [
            np.asarray(
                cv2.copyMakeBorder(
                    row, 0, 0, 0, width - row.shape[1], cv2.BORDER_CONSTANT, value=(60, 60, 60)
                )
            )
            for row in rows
        ]
    )


if __name__ == "__main__":
    main()
