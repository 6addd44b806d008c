"""Wide holes, 20 to 60 % of all that a fill sees, as networks that fill are judged on.

Strokes and boxes after the "thick" masks of R. Suvorov et al.: "Resolution-robust Large Mask Inpainting with
Fourier Convolutions" (arXiv 2109.07161), written from its description; the picture is a whole scene at the
size that the networks see, as in the published cases of MI-GAN.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.holes import Case, Draw, Rng, drawn, files, read, seeded
from cleanplate.pixels.types import Rgb8

SHARES = ((0.2, 0.3), (0.3, 0.45), (0.45, 0.6))
"""A case is drawn in one of them, each as often: left alone, strokes would rarely cover half."""
SCENE = 0.7
"""Least share of the photo's shorter side that a case shows."""
SALT = 100
"""Keeps the numbers that are drawn here apart from those of `holes`."""


@dataclass(frozen=True, slots=True)
class Strokes:
    """What thick strokes may be.

    Attributes:
        lines: bent strokes at most. bends: pieces of one at most.
        long, thick: of a piece, at most, as shares of the picture's side.
    """

    long: float
    thick: float
    lines: int = 6
    bends: int = 5

    def __call__(self, flags: NDArray[np.uint8], rng: Rng) -> None:
        side = min(flags.shape)
        for number in range(rng.integers(1, self.lines + 1)):
            at = rng.uniform(0, 1, 2) * flags.shape[::-1]
            for _ in range(rng.integers(1, self.bends + 1)):
                # four headings, mirrored for every other stroke
                heading = 0.01 + rng.integers(4)
                angle = heading if number % 2 else 2 * np.pi - heading
                step = rng.uniform(0.02, self.long) * side
                to = np.clip(at + step * np.array([np.sin(angle), np.cos(angle)]), 0, flags.shape[::-1])
                thick_px = round(float(rng.uniform(0.01, self.thick)) * side) + 1
                cv2.line(flags, _place(at), _place(to), 1, thick_px)
                at = to


@dataclass(frozen=True, slots=True)
class Boxes:
    """What boxes may be: how many at most, and the shares of the picture's side that theirs lie between."""

    low: float
    high: float
    count: int = 4
    margin: float = 0.02

    def __call__(self, flags: NDArray[np.uint8], rng: Rng) -> None:
        size = np.array(flags.shape[::-1])
        for _ in range(rng.integers(1, self.count + 1)):
            box = rng.uniform(self.low, self.high, 2) * size
            left, top = _place(
                self.margin * size + rng.uniform(0, 1, 2) * ((1 - 2 * self.margin) * size - box)
            )
            flags[top : top + round(box[1]), left : left + round(box[0])] = 1


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of hole: the side of the picture that it lies in, and how it is drawn."""

    side_px: int
    draw: Draw


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "wide strokes 512": Kind(512, Strokes(long=0.9, thick=0.5)),
        "wide boxes 512": Kind(512, Boxes(low=0.06, high=0.6)),
        "wide strokes 256": Kind(256, Strokes(long=0.8, thick=0.4)),
    }
)


def cases(photos: Path) -> list[Case]:
    """Every kind of wide hole on every photo of the folder, the same on every call.

    Raises:
        FileNotFoundError: the folder has no photo.
        ValueError: a file is not a picture.
    """
    return [case for file in files(photos) for case in _of_photo(file)]


def _of_photo(photo: Path) -> list[Case]:
    rgb = read(photo)
    made = []
    for number, (name, kind) in enumerate(KINDS.items()):
        rng = seeded(photo, SALT + number)
        seen = scene(rgb, kind.side_px, rng)
        hole = drawn(seen.shape[:2], name, kind.draw, rng, SHARES[rng.integers(len(SHARES))])
        made.append(Case(f"{photo.stem} {name}", name, photo, seen, hole, is_crop=True))
    return made


def scene(rgb: Rgb8, side_px: int, rng: Rng) -> Rgb8:
    """A square of most of the photo, shrunk to `side_px`; never enlarged, so smaller where the photo is."""
    shorter = min(rgb.shape[:2])
    least = max(min(side_px, shorter), round(SCENE * shorter))
    side = int(rng.integers(least, shorter + 1))
    top = int(rng.integers(0, rgb.shape[0] - side + 1))
    left = int(rng.integers(0, rgb.shape[1] - side + 1))
    square = rgb[top : top + side, left : left + side]
    if side > side_px:
        square = np.asarray(cv2.resize(square, (side_px, side_px), interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(square)


def _place(xy: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(xy[0])), round(float(xy[1]))
