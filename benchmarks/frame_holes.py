"""Holes that reach the frame: known pixels lie on one side of them only, or on two."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.holes import ATTEMPTS, Case, Rng, files, fill_blob, read, seeded
from benchmarks.wide_holes import scene
from cleanplate.pixels.types import Hole

SIDE_PX = 512
SHARES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"frame middling": (0.08, 0.2), "frame wide": (0.2, 0.45)}
)
"""Kinds, and how much of the picture they cover."""
BORDERS = (1, 2)
"""How many of the four borders a hole may reach."""
SALT = 300


def cases(photos: Path) -> list[Case]:
    """Every kind of hole at the frame on every photo of the folder, the same on every call.

    Raises:
        FileNotFoundError: the folder has no photo.
        ValueError: a file is not a picture.
    """
    return [case for file in files(photos) for case in _of_photo(file)]


def _of_photo(photo: Path) -> list[Case]:
    rgb = read(photo)
    made = []
    for number, kind in enumerate(SHARES):
        rng = seeded(photo, SALT + number)
        seen = scene(rgb, SIDE_PX, rng)
        made.append(
            Case(f"{photo.stem} {kind}", kind, photo, seen, at_frame(seen.shape[:2], kind, rng), is_crop=True)
        )
    return made


def at_frame(shape: tuple[int, ...], kind: str, rng: Rng) -> Hole:
    """(H, W): a smooth shape or a box over a place on the frame, as often over a corner."""
    low, high = SHARES[kind]
    draw = (_blob, _box)[rng.integers(2)]
    in_corner = bool(rng.integers(2))
    for _ in range(ATTEMPTS):
        flags = np.zeros(shape, np.uint8)
        draw(flags, rng, _on_frame(shape, rng, in_corner=in_corner))
        hole = flags.view(np.bool_)
        if low <= hole.mean() <= high and borders(hole) in BORDERS:
            return hole
    raise ValueError(f"a picture of {shape[1]}x{shape[0]} px is too small for a hole like {kind!r}")


def borders(hole: Hole) -> int:
    """How many of the four borders the hole reaches."""
    return sum(bool(edge.any()) for edge in (hole[0], hole[-1], hole[:, 0], hole[:, -1]))


def _on_frame(shape: tuple[int, ...], rng: Rng, *, in_corner: bool) -> NDArray[np.float64]:
    """(x, y) of a place on the frame."""
    along, end = rng.uniform(0.1, 0.9), float(rng.integers(2))
    if in_corner:
        along = float(rng.integers(2))
    place = np.array([along, end])
    if rng.integers(2):
        place = place[::-1]
    return place * (shape[1] - 1, shape[0] - 1)


def _blob(flags: NDArray[np.uint8], rng: Rng, centre: NDArray[np.float64]) -> None:
    radius = rng.uniform(0.2, 0.75) * min(flags.shape)
    fill_blob(flags, rng, radius, lambda: centre)


def _box(flags: NDArray[np.uint8], rng: Rng, centre: NDArray[np.float64]) -> None:
    height, width = flags.shape
    half = rng.uniform(0.12, 0.75, 2) * (width, height)
    left, top = np.maximum(np.round(centre - half), 0).astype(int)
    right, bottom = np.round(centre + half).astype(int)
    flags[top : bottom + 1, left : right + 1] = 1
