"""Holes shaped like what is erased most, people, cars, animals, standing where such things stand.

A case shows the hole with as much round it as `erase` gives a fill: 8 to 25 % of it are to be made.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

import cv2
import numpy as np

from benchmarks.holes import ATTEMPTS, Case, Rng, files, read, seeded
from cleanplate.pixels import geometry, masks
from cleanplate.pixels.types import Box, Hole, Rgb8

SHARES = (0.08, 0.25)
"""Of the picture that a fill sees."""
CONTEXT = (0.35, 0.7)
"""Known surroundings on every side, as a share of the hole's longer side; `erase` takes half of it."""
LONGER_SIDE_PX = 900
"""A larger photo is shrunk first."""
BASE = (0.6, 0.96)
"""Where things stand, as a share of the height; what is further up is further away, and smaller."""
TALL = (0.3, 0.8)
"""Height of somebody who stands at the one and at the other, as a share of the picture's."""
MARGIN = 0.01
"""How far a mask reaches beyond what it covers, as a share of the picture's longer side."""
EACH = 2
"""Kinds that one photo has."""
SALT = 200

Capsule: TypeAlias = tuple[float, float, float, float, float]
"""(x1, y1, x2, y2, radius): a thick line with round ends. Of somebody 1 high who stands on y = 0; x = 0 is
their middle, y goes up."""
Outline: TypeAlias = tuple[tuple[float, float], ...]
Silhouette: TypeAlias = tuple[list[Capsule], list[Outline]]
"""Capsules and filled outlines, which lie over each other."""


def person(rng: Rng) -> Silhouette:
    """Head, trunk, arms and legs; standing or walking."""
    stride, swing, wide = rng.uniform(0.01, 0.16), rng.uniform(0, 0.16), rng.uniform(0.9, 1.3)
    lean = rng.uniform(-0.03, 0.03)
    limbs: list[Capsule] = [(lean, 0.92, lean, 0.94, 0.068)]
    limbs += [(lean, 0.76, 0, 0.54, 0.115 * wide)]
    for side in (-1, 1):
        limbs += [(side * 0.055 * wide, 0.5, side * stride, 0.05, 0.058 * wide)]
        limbs += [(side * 0.12 * wide, 0.78, side * (0.14 + swing), 0.47, 0.036 * wide)]
    return limbs, []


def car(rng: Rng) -> Silhouette:
    """Body, roof and two wheels, seen from the side; lower than somebody who stands beside it."""
    half, tall, front = rng.uniform(1.1, 1.4), rng.uniform(0.75, 0.9), rng.choice((-1, 1))
    body = ((-1, 0.14), (-1, 0.5), (-0.62, 0.58), (-0.38, 1), (0.36, 1), (0.66, 0.6), (1, 0.5), (1, 0.14))
    outline = tuple((front * half * x, tall * y) for x, y in body)
    wheels: list[Capsule] = [(x * half, 0.17, x * half, 0.17, 0.17) for x in (-0.6, 0.6)]
    return wheels, [outline]


def animal(rng: Rng) -> Silhouette:
    """Four legs, trunk, neck, head and tail: a dog, a sheep or a horse."""
    front, long = rng.choice((-1, 1)), rng.uniform(0.3, 0.5)
    neck, thick = rng.uniform(0.05, 0.35), rng.uniform(0.14, 0.24)
    limbs: list[Capsule] = [(-long, 0.56, long, 0.56, thick)]
    for foot in (-1, -0.7, 0.7, 1):
        limbs += [(foot * long, 0.5, foot * long + rng.uniform(-0.08, 0.08), 0.04, 0.05)]
    head = (front * (long + 0.16), 0.6 + neck)
    limbs += [(front * long, 0.6, *head, 0.09), (*head, head[0] + front * 0.16, head[1] - 0.03, 0.075)]
    limbs += [(-front * long, 0.62, -front * (long + 0.2), rng.uniform(0.35, 0.7), 0.03)]
    return [(x1, 0.75 * y1, x2, 0.75 * y2, 0.8 * r) for x1, y1, x2, y2, r in limbs], []


def several(rng: Rng) -> Silhouette:
    """Two to four of the others beside each other, a few of them hidden in part."""
    limbs: list[Capsule] = []
    outlines: list[Outline] = []
    across = 0.0
    for _ in range(rng.integers(2, 5)):
        make = (person, person, animal)[rng.integers(3)]
        more, shapes = make(rng)
        size = rng.uniform(0.75, 1)
        limbs += [
            (across + size * x1, size * y1, across + size * x2, size * y2, size * r)
            for x1, y1, x2, y2, r in more
        ]
        outlines += [tuple((across + size * x, size * y) for x, y in shape) for shape in shapes]
        across += rng.uniform(0.25, 0.75)
    return limbs, outlines


KINDS: Final[Mapping[str, Callable[[Rng], Silhouette]]] = MappingProxyType(
    {"person": person, "car": car, "animal": animal, "several": several}
)


def cases(photos: Path) -> list[Case]:
    """Two kinds of object on every photo of the folder, the same on every call.

    Raises:
        FileNotFoundError: the folder has no photo.
        ValueError: a file is not a picture, or far too small for these holes.
    """
    return [case for file in files(photos) for case in _of_photo(file)]


def _of_photo(photo: Path) -> list[Case]:
    rgb = _shrunk(read(photo))
    chosen = seeded(photo, SALT).permutation(list(KINDS))[:EACH]
    return [_case(photo, rgb, str(name)) for name in chosen]


def _shrunk(rgb: Rgb8) -> Rgb8:
    shrink = LONGER_SIDE_PX / max(rgb.shape[:2])
    if shrink >= 1:
        return rgb
    return np.asarray(cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)


def _case(photo: Path, rgb: Rgb8, name: str) -> Case:
    rng = seeded(photo, SALT + 1 + list(KINDS).index(name))
    for _ in range(ATTEMPTS):
        hole = stood(rgb.shape[:2], KINDS[name](rng), rng)
        box = _seen(hole, rng)
        if box and SHARES[0] <= hole[box.slices].mean() <= SHARES[1]:
            seen, part = np.ascontiguousarray(rgb[box.slices]), np.ascontiguousarray(hole[box.slices])
            return Case(f"{photo.stem} object {name}", f"object {name}", photo, seen, part, is_crop=True)
    raise ValueError(f"{photo}: {rgb.shape[1]}x{rgb.shape[0]} px are too small for a hole like {name!r}")


def stood(shape: tuple[int, ...], silhouette: Silhouette, rng: Rng) -> Hole:
    """(H, W): the silhouette standing somewhere in a picture of that shape, and a little round it."""
    height, width = shape
    base = rng.uniform(*BASE)
    tall_px = height * float(np.interp(base, BASE, TALL)) * rng.uniform(0.85, 1.15)
    middle = rng.uniform(0.1, 0.9) * width
    flags = np.zeros((height, width), np.uint8)

    def place(x: float, y: float) -> tuple[int, int]:
        return round(middle + tall_px * x), round(height * base - tall_px * y)

    limbs, outlines = silhouette
    for outline in outlines:
        cv2.fillPoly(flags, [np.array([place(x, y) for x, y in outline], np.int32)], 1)
    for x1, y1, x2, y2, radius in limbs:
        cv2.line(flags, place(x1, y1), place(x2, y2), 1, max(1, round(2 * radius * tall_px)))
    return masks.dilate(flags.view(np.bool_), max(2, round(MARGIN * max(shape))))


def _seen(hole: Hole, rng: Rng) -> Box | None:
    """The hole's box with its context; None for a hole that reaches the frame."""
    found = geometry.bounds(hole)
    height, width = hole.shape
    if found is None or found.left == 0 or found.top == 0 or found.right == width or found.bottom == height:
        return None
    margin_px = round(rng.uniform(*CONTEXT) * max(found.width, found.height))
    return geometry.grow(found, max(margin_px, geometry.MIN_CONTEXT_PX), width, height)
