"""Holes as people paint them: strokes, boxes, outlines of things, borders; seeded."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Flags: TypeAlias = NDArray[np.uint8]
"""(h, w), 1 = make this pixel, 0 = known."""
Draw: TypeAlias = Callable[[Flags, np.random.Generator], None]

LEAST_SHARE, MOST_SHARE = 0.03, 0.72


def hole(height: int, width: int, rng: np.random.Generator) -> Flags:
    """A hole over 3 to 72 % of a picture of that size."""
    while True:
        flags = np.zeros((height, width), np.uint8)
        names = list(KINDS)
        name = names[rng.choice(len(names), p=[KINDS[one][0] for one in names])]
        KINDS[name][1](flags, rng)
        if LEAST_SHARE < flags.mean() < MOST_SHARE:
            return flags


def _strokes(flags: Flags, rng: np.random.Generator) -> None:
    size, scale = np.array(flags.shape[::-1]), min(flags.shape) / 64
    for _ in range(int(rng.integers(1, 5))):
        at, heading = rng.uniform(0, 1, 2) * size, rng.uniform(0, 2 * np.pi)
        for _ in range(int(rng.integers(1, 6))):
            heading += rng.normal(0, 1.2)
            step = rng.uniform(4, 26) * scale * np.array([np.cos(heading), np.sin(heading)])
            to = np.clip(at + step, 0, size)
            cv2.line(flags, _place(at), _place(to), 1, max(1, int(rng.uniform(4, 20) * scale)))
            at = to


def _boxes(flags: Flags, rng: np.random.Generator) -> None:
    size = np.array(flags.shape[::-1])
    for _ in range(int(rng.integers(1, 4))):
        wide, high = (rng.uniform(0.12, 0.62, 2) * size).astype(int)
        left, top = (
            int(rng.integers(-4, side - part + 5)) for side, part in zip(size, (wide, high), strict=True)
        )
        flags[max(top, 0) : top + high, max(left, 0) : left + wide] = 1


def _outline(flags: Flags, rng: np.random.Generator) -> None:
    """A lumpy shape, or two of them."""
    size, side = np.array(flags.shape[::-1]), min(flags.shape)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    for _ in range(1 + int(by_chance(rng, 0.25))):
        lumps = np.convolve(np.tile(rng.standard_normal(24), 3), np.ones(4) / 4, "same")[24:48]
        radius = rng.uniform(0.1, 0.38) * side * (1 + 0.35 * lumps)
        stretch, centre = rng.uniform(0.5, 1.9), rng.uniform(0.1, 0.9, 2) * size
        around = np.stack([radius * np.cos(angles) * stretch, radius * np.sin(angles) / stretch], axis=1)
        cv2.fillPoly(flags, [(centre + around).astype(np.int32)], 1)


def _erased(flags: Flags, rng: np.random.Generator) -> None:
    """A hole in its crop, as an erase cuts it: half its longer side round it, or at the picture's border."""
    height, width = flags.shape
    drawn = np.zeros((height // 2, width // 2), np.uint8)
    (_outline if by_chance(rng, 0.6) else _strokes)(drawn, rng)
    y, x = np.nonzero(drawn)
    if not len(y):
        return
    shape = drawn[y.min() : y.max() + 1, x.min() : x.max() + 1]
    scale = rng.uniform(0.4, 0.62) * min(height / shape.shape[0], width / shape.shape[1])
    size = (max(2, int(shape.shape[1] * scale)), max(2, int(shape.shape[0] * scale)))
    shape = np.asarray(cv2.resize(shape, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    top, left = (
        int((side - part) // 2 + rng.integers(-4, 5))
        for side, part in zip(flags.shape, shape.shape, strict=True)
    )
    top = height - shape.shape[0] if by_chance(rng, 0.2) else max(top, 0)
    left = int(rng.integers(2)) * (width - shape.shape[1]) if by_chance(rng, 0.2) else max(left, 0)
    flags[top : top + shape.shape[0], left : left + shape.shape[1]] |= shape


def _border(flags: Flags, rng: np.random.Generator) -> None:
    """One or more borders of the picture, as when it is expanded."""
    height, width = flags.shape
    depth = rng.uniform(0.1, 0.5)
    down, across = int(depth * height), int(depth * width)
    for part in (flags[:down], flags[height - down :], flags[:, :across], flags[:, width - across :]):
        if by_chance(rng, 0.4):
            part[:] = 1


def _both(flags: Flags, rng: np.random.Generator) -> None:
    _strokes(flags, rng)
    _boxes(flags, rng)


def by_chance(rng: np.random.Generator, share: float) -> bool:
    """True so often, 0..1."""
    return bool(rng.random() < share)


def _place(xy: NDArray[np.float64]) -> tuple[int, int]:
    return int(xy[0]), int(xy[1])


KINDS: Final = MappingProxyType[str, tuple[float, Draw]](
    {
        "strokes": (0.35, _strokes),
        "boxes": (0.15, _boxes),
        "outline": (0.15, _outline),
        "erased": (0.20, _erased),
        "border": (0.07, _border),
        "strokes and boxes": (0.08, _both),
    }
)
"""Name of a kind: how often it is drawn, and by what."""
