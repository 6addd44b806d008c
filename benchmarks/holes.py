"""Seeded holes on a folder of photographs, shaped like what people erase: at most a tenth of the picture.

`wide_holes`, `object_holes` and `frame_holes` have those beyond.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.metrics import Segment
from cleanplate.pixels import geometry
from cleanplate.pixels.types import Hole, Rgb8

PHOTOS = Path(__file__).parent.parent.parent / "shared" / "photos"
LARGEST_PX = 1400
"""A photo with a longer side is halved, and each of its cases sees a window of it."""
WINDOW_PX = (1200, 900)
"""(width, height) of that window."""
LARGEST_SHARE = 0.1
ATTEMPTS = 1000

Rng = np.random.Generator
Draw = Callable[[NDArray[np.uint8], Rng], None]
"""Paints one hole as 1 into (H, W) zeros."""


@dataclass(frozen=True, slots=True)
class Case:
    """One hole in one picture.

    Attributes:
        name: of the photo and the kind of the hole.
        kind: what the hole looks like; "straight" for the edges chosen by hand.
        photo: file the picture is from.
        rgb: (H, W, 3) uint8, the truth.
        hole: (H, W), True = make this pixel.
        line: the straight edge that the hole interrupts, in pixels of `rgb`.
        is_crop: `rgb` is all that a fill is given; otherwise it is given the hole's crop, see `cropped`.
        given: (H, W, 3) uint8, what a fill sees where that is not the truth: under the hole lies something.
    """

    name: str
    kind: str
    photo: Path
    rgb: Rgb8
    hole: Hole
    line: Segment | None = None
    is_crop: bool = False
    given: Rgb8 | None = None

    @property
    def seen(self) -> Rgb8:
        """What a fill is given."""
        return self.rgb if self.given is None else self.given

    @property
    def fingerprint(self) -> int:
        """Equal for cases with the same pixels and the same hole."""
        under = b"" if self.given is None else self.given.tobytes()
        return zlib.crc32(under, zlib.crc32(self.hole.tobytes(), zlib.crc32(self.rgb.tobytes())))


def cases(photos: Path = PHOTOS) -> list[Case]:
    """Every kind of hole on every photo of the folder, the same on every call: 7 for each photo.

    Raises:
        FileNotFoundError: the folder has no photo.
        ValueError: a file is not a picture, or far too small for these holes.
    """
    return [case for file in files(photos) for case in _of_photo(file)]


def files(photos: Path) -> list[Path]:
    """The photographs of a folder, by name. Raises `FileNotFoundError` where there is none."""
    found = sorted(photos.glob("*.jpg"))
    if not found:
        raise FileNotFoundError(f"no *.jpg in {photos}: name a folder of photographs with --photos")
    return found


def read(photo: Path) -> Rgb8:
    """The photo as (H, W, 3) RGB; half its size when it is larger than `LARGEST_PX`."""
    bgr = cv2.imread(str(photo))
    if bgr is None:
        raise ValueError(f"{photo} is not a picture that OpenCV reads")
    if max(bgr.shape[:2]) > LARGEST_PX:
        bgr = cv2.resize(bgr, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def cropped(case: Case) -> Case:
    """The case as a fill is given it.

    That is the hole's box with half its longer side round it, at least 64 px, unless the case is a crop.
    """
    if case.is_crop:
        return case
    found = geometry.bounds(case.hole)
    if found is None:
        raise AssertionError("a hole without a pixel")
    height, width = case.hole.shape
    margin_px = max(max(found.width, found.height) // 2, geometry.MIN_CONTEXT_PX)
    box = geometry.grow(found, margin_px, width, height)
    rgb, hole = np.ascontiguousarray(case.rgb[box.slices]), np.ascontiguousarray(case.hole[box.slices])
    line = case.line
    if line is not None:
        line = (line[0] - box.left, line[1] - box.top, line[2] - box.left, line[3] - box.top)
    return replace(case, rgb=rgb, hole=hole, line=line)


def _of_photo(photo: Path) -> list[Case]:
    rgb = read(photo)
    return [_case(photo, rgb, number, kind) for number, kind in enumerate(KINDS)]


def _case(photo: Path, rgb: Rgb8, number: int, kind: str) -> Case:
    rng = seeded(photo, number)
    seen = _window(rgb, rng) if max(rgb.shape[:2]) > LARGEST_PX else rgb
    hole = drawn(seen.shape[:2], kind, KINDS[kind], rng)
    return Case(f"{photo.stem} {kind}", kind, photo, np.ascontiguousarray(seen), hole)


def seeded(photo: Path, salt: int) -> Rng:
    """By the photo's own name, so that another photo in the folder changes no other case."""
    return np.random.default_rng([zlib.crc32(photo.stem.encode()), salt])


def drawn(
    shape: tuple[int, ...], kind: str, draw: Draw, rng: Rng, shares: tuple[float, float] = (0, LARGEST_SHARE)
) -> Hole:
    """A hole of that kind, drawn again while it covers too little of the shape, or too much.

    Args:
        shares: of the shape; the hole has more than the first and at most the second.
    """
    for _ in range(ATTEMPTS):
        flags = np.zeros(shape, np.uint8)
        draw(flags, rng)
        if shares[0] < flags.mean() <= shares[1]:
            return flags.view(np.bool_)
    raise ValueError(f"a picture of {shape[1]}x{shape[0]} px is too small for a hole like {kind!r}")


def _window(rgb: Rgb8, rng: Rng) -> Rgb8:
    width, height = WINDOW_PX
    top = int(rng.integers(0, rgb.shape[0] - height + 1))
    left = int(rng.integers(0, rgb.shape[1] - width + 1))
    return rgb[top : top + height, left : left + width]


def _blob(flags: NDArray[np.uint8], rng: Rng, low: float, high: float) -> None:
    """A smooth random shape whose area is between two shares of the picture's."""
    height, width = flags.shape
    radius = float(np.sqrt(rng.uniform(low, high) * height * width / np.pi))
    fill_blob(flags, rng, radius, lambda: rng.uniform(0.15, 0.85, 2) * (width, height))


def fill_blob(
    flags: NDArray[np.uint8], rng: Rng, radius: float, centre: Callable[[], NDArray[np.float64]]
) -> None:
    """A smooth random shape round (x, y), drawn when its form is known."""
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    waves = np.arange(2, 6)[:, None]
    swings = rng.uniform(0, 0.35, waves.shape) / (waves - 1)
    radii = radius * (1 + (swings * np.cos(waves * angles + rng.uniform(0, 6.3, waves.shape))).sum(axis=0))
    stretch = rng.uniform(0.75, 1.35)
    shape = np.stack([radii * np.cos(angles) * stretch, radii * np.sin(angles) / stretch], axis=1)
    cv2.fillPoly(flags, [np.round(centre() + shape).astype(np.int32)], 1)


def _person(flags: NDArray[np.uint8], rng: Rng) -> None:
    """Head, trunk and legs of somebody who stands there."""
    height, width = flags.shape
    tall = rng.uniform(0.35, 0.55) * height
    x, y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.25, 0.45) * height
    wide = tall * rng.uniform(0.10, 0.13)
    parts = ((0, 0, 0.55, 0.07), (0, 0.24, 1.0, 0.20), (-0.35, 0.6, 0.5, 0.28), (0.35, 0.62, 0.5, 0.28))
    for across, down, half_wide, half_tall in parts:
        centre = (round(x + across * wide), round(y + down * tall))
        cv2.ellipse(flags, centre, (round(half_wide * wide), round(half_tall * tall)), 0, 0, 360, 1, -1)


def _wires(flags: NDArray[np.uint8], rng: Rng) -> None:
    """Cables across the whole width, sagging a little."""
    height, width = flags.shape
    places = np.linspace(0, 1, 40)
    for _ in range(rng.integers(1, 4)):
        start, end, sag = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(-0.1, 0.1)
        heights = start + (end - start) * places + sag * 4 * places * (1 - places)
        _stroke(flags, places * (width - 1), heights * height, int(rng.integers(5, 9)))


def _scratches(flags: NDArray[np.uint8], rng: Rng) -> None:
    """Short crooked strokes."""
    height, width = flags.shape
    for _ in range(rng.integers(3, 7)):
        heading = rng.uniform(0, 6.3) + np.cumsum(rng.normal(0, 0.15, 25))
        step = rng.uniform(0.1, 0.3) * min(height, width) / 25
        start = rng.uniform(0.15, 0.85, 2) * (width, height)
        xs, ys = start[:, None] + step * np.cumsum([np.cos(heading), np.sin(heading)], axis=1)
        _stroke(flags, xs, ys, int(rng.integers(5, 13)))


def _stroke(
    flags: NDArray[np.uint8], xs: NDArray[np.float64], ys: NDArray[np.float64], thick_px: int
) -> None:
    cv2.polylines(flags, [np.round(np.stack([xs, ys], axis=1)).astype(np.int32)], False, 1, thick_px)


def _boxes(flags: NDArray[np.uint8], rng: Rng) -> None:
    """Rectangles as text has them."""
    height, width = flags.shape
    for _ in range(rng.integers(1, 4)):
        wide, tall = rng.uniform(0.12, 0.32) * width, rng.uniform(0.04, 0.08) * height
        left, top = rng.uniform(0.02, 0.66) * width, rng.uniform(0.05, 0.85) * height
        flags[round(top) : round(top + tall), round(left) : round(left + wide)] = 1


def _several(flags: NDArray[np.uint8], rng: Rng) -> None:
    for _ in range(rng.integers(4, 9)):
        _blob(flags, rng, 0.001, 0.004)


KINDS: dict[str, Draw] = {
    "blob": lambda flags, rng: _blob(flags, rng, 0.01, 0.03),
    "big blob": lambda flags, rng: _blob(flags, rng, 0.03, 0.06),
    "person": _person,
    "wires": _wires,
    "scratches": _scratches,
    "boxes": _boxes,
    "several": _several,
}
