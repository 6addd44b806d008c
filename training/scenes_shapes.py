"""Outlines: ellipses, blobs, polygons, boxes with round corners, strokes, ridges of hills."""

from collections.abc import Callable
from math import pi, tau

import numpy as np

from training.scenes_canvas import Canvas, Points

CORNER_STEPS: int = 5


def ellipse(middle: tuple[float, float], radii: tuple[float, float], turn: float = 0.0) -> Points:
    """An ellipse; `turn` in radians, clockwise."""
    return _placed(_circle(40), middle, radii, turn)


def blob(canvas: Canvas, middle: tuple[float, float], radii: tuple[float, float], rough: float) -> Points:
    """A closed curve around `middle`; `rough` 0 = ellipse .. 1 = leaf, stone or cloud with lobes."""
    angle = np.linspace(0, tau, 72, endpoint=False)
    radius = np.ones(72)
    for wave in range(2, 9):
        radius += rough * canvas.rng.normal(0, 0.5 / wave) * np.cos(wave * angle + canvas.between(0, tau))
    return _placed(_circle(72) * np.maximum(radius, 0.15)[:, None], middle, radii, canvas.between(0, pi))


def polygon(canvas: Canvas, middle: tuple[float, float], radii: tuple[float, float]) -> Points:
    """A polygon of 3 to 7 corners around `middle`."""
    angle = np.sort(canvas.rng.uniform(0, tau, canvas.whole(3, 7)))
    corners = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _placed(corners, middle, radii, canvas.between(0, pi))


def rounded(
    middle: tuple[float, float], radii: tuple[float, float], corner: float, turn: float = 0.0
) -> Points:
    """A box with round corners.

    Args:
        radii: half its width, half its height.
        corner: radius of a corner as a share of the shorter of `radii`; 0 = a plain box.
        turn: in radians.
    """
    round_px = corner * min(radii)
    arc = np.linspace(0, pi / 2, CORNER_STEPS)
    parts = []
    for quarter, (right, down) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        angle = arc + quarter * pi / 2
        middle_of_arc = (right * (radii[0] - round_px), down * (radii[1] - round_px))
        parts.append(np.stack([np.cos(angle), np.sin(angle)], axis=1) * round_px + middle_of_arc)
    return _placed(np.concatenate(parts), middle, (1, 1), turn)


def moved(points: Points, right: float, down: float) -> Points:
    """The same outline elsewhere."""
    return np.asarray(np.add(points, (right, down)), np.float64)


def stroke(path: Points, start_px: float, end_px: float) -> Points:
    """The outline of a line along `path` (N, 2), N >= 2: `start_px` wide at first, `end_px` at last."""
    along = np.gradient(path, axis=0)
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
    half = np.linspace(start_px, end_px, len(path))[:, None] / 2
    return np.concatenate([path + across * half, (path - across * half)[::-1]])


def wander(canvas: Canvas, start: tuple[float, float], angle: float, length: float, bend: float) -> Points:
    """A path of 16 points from `start`; `bend` is the standard deviation of its turns, in radians in all."""
    turns = np.cumsum(np.cumsum(canvas.rng.normal(0, bend / 16, 15)) + canvas.rng.normal(0, bend / 8))
    steps = np.stack([np.cos(angle + turns), np.sin(angle + turns)], axis=1) * (length / 15)
    return np.concatenate([[start], np.cumsum(steps, axis=0) + start])


def ridge(canvas: Canvas, base: float, height: float, roughness: float) -> Points:
    """What lies below a fractal line from the left to the right border, down to the bottom.

    Args:
        base: mean y of the line.
        height: standard deviation of it, in pixels.
        roughness: strength of each octave beside the one before: 0.35 dunes, 0.6 rocks and woods.
    """
    across = np.linspace(0, 1, canvas.side // 2)
    line, strength = np.zeros_like(across), 1.0
    for octave in range(1, 8):
        knots = canvas.rng.normal(0, strength, 2**octave + 2)
        line += np.interp(across * 2**octave + canvas.between(0, 1), np.arange(knots.size), knots)
        strength *= roughness
    line = base + (line - line.mean()) / max(float(line.std()), 1e-6) * height
    top = np.stack([across * (canvas.side + 2) - 1, line], axis=1)
    return np.concatenate([top, [(canvas.side + 1, canvas.side + 1), (-1, canvas.side + 1)]])


def any_shape(canvas: Canvas, middle: tuple[float, float], radius: float) -> Points:
    """A shape of any kind, about `radius` large."""
    radii, turn = (radius, radius * canvas.spread(0.35, 1)), canvas.between(0, pi)
    kinds: tuple[tuple[float, Callable[[], Points]], ...] = (
        (0.35, lambda: blob(canvas, middle, radii, canvas.between(0, 1))),
        (0.17, lambda: ellipse(middle, radii, turn)),
        (0.16, lambda: polygon(canvas, middle, radii)),
        (0.16, lambda: rounded(middle, radii, canvas.between(0, 0.8), turn)),
        (0.16, lambda: _bent(canvas, middle, radius)),
    )
    return kinds[int(canvas.rng.choice(len(kinds), p=[share for share, _ in kinds]))][1]()


def _bent(canvas: Canvas, start: tuple[float, float], radius: float) -> Points:
    """A branch, a cable, a strap."""
    path = wander(canvas, start, canvas.between(0, tau), 3 * radius, canvas.between(0, 1.5))
    return stroke(path, radius * canvas.spread(0.1, 0.4), radius * canvas.spread(0.05, 0.4))


def _circle(count: int) -> Points:
    angle = np.linspace(0, tau, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _placed(points: Points, middle: tuple[float, float], radii: tuple[float, float], turn: float) -> Points:
    scaled = points * radii
    turned = scaled @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray(turned + middle, np.float64)
