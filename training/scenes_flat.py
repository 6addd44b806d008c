"""Scenes without depth: leaves upon leaves, repeated texture, graphics, things before a blurred background."""

from math import pi, tau

import numpy as np
from training.scenes_canvas import Canvas, blend, darken, paint, plain
from training.scenes_fills import anything, graded, lit, textured
from training.scenes_indoor import defocused
from training.scenes_perspective import Camera, Surface, rectangle
from training.scenes_shapes import any_shape, rounded, stroke, wander
from training.scenes_things import stone, thing
from training.scenes_tiles import any_course, earth, laid, windows

from cleanplate.pixels.types import Box


def leaves(canvas: Canvas) -> None:
    """Shapes of all sizes, each before the ones painted earlier, most with a real texture."""
    side = canvas.side
    blend(canvas, Box(0, 0, side, side), np.ones((side, side), np.float32), anything(canvas))
    largest, smallest = side * canvas.between(0.2, 0.5), side * canvas.spread(0.015, 0.06)
    count = canvas.whole(8, 70)
    # Radii of a power law: their areas add up to as much in each octave
    share = canvas.rng.random(count)
    radii = 1 / np.sqrt(share / smallest**2 + (1 - share) / largest**2)
    if canvas.chance(0.6):
        radii = np.sort(radii)[::-1]
    few = [anything(canvas) for _ in range(canvas.whole(2, 12))]
    shaded = canvas.chance(0.6)
    for radius in radii:
        middle = (side * canvas.between(-0.1, 1.1), side * canvas.between(-0.1, 1.1))
        outline = any_shape(canvas, middle, float(radius))
        fill = few[canvas.whole(0, len(few) - 1)]
        if shaded:
            away = radius * canvas.between(0.05, 0.2)
            darken(canvas, outline + (away, away), max(0.5, radius * 0.15), canvas.between(0.1, 0.5))
            fill = lit(fill, canvas.between(0.2, 0.8))
        paint(canvas, outline, fill, canvas.between(0, 1) if canvas.chance(0.3) else 0)


def repeated(canvas: Canvas) -> None:
    """One pattern over all of the picture, at any angle, in slight perspective."""
    side = canvas.side
    course = any_course(canvas)
    tile = laid(canvas, canvas.colour(), canvas.colour(), course)
    if canvas.chance(0.3):
        tile = windows(canvas, canvas.colour(), canvas.whole(2, 6), canvas.whole(2, 6))
    elif canvas.chance(0.15):
        tile = earth(canvas, canvas.colour())
    camera = Camera(side * canvas.between(0.8, 2), (side / 2, side / 2), 0, canvas.between(-0.6, 0.6))
    turn = canvas.between(0, tau)
    along = np.array([np.cos(turn), np.sin(turn), 0]) * 100
    up = np.array([-np.sin(turn), np.cos(turn), 0]) * 100
    corner = np.array([0, 0, 2]) - (along + up) / 2
    surface = Surface(tile, canvas.spread(25, 150))
    rectangle(canvas, camera, tuple(corner), (tuple(along), tuple(up)), surface)
    if canvas.chance(0.35):
        for _ in range(canvas.whole(1, 3)):
            spot = (side * canvas.between(0, 1), side * canvas.between(0.3, 1))
            thing(canvas, spot, side * canvas.spread(0.1, 0.5))


def graphics(canvas: Canvas) -> None:
    """Flat fields with straight edges, gradients, boxes with round corners, rows of strokes as of letters."""
    side = canvas.side
    blend(canvas, Box(0, 0, side, side), np.ones((side, side), np.float32), _flat(canvas))
    for _ in range(canvas.whole(0, 3)):
        cut = canvas.between(0, side)
        strip = np.array(
            [(-1, cut), (side + 1, cut + canvas.between(-30, 30)), (side + 1, side + 1), (-1, side + 1)]
        )
        paint(canvas, strip if canvas.chance(0.6) else strip[:, ::-1], _flat(canvas))
    for _ in range(canvas.whole(0, 7)):
        middle = (side * canvas.between(0, 1), side * canvas.between(0, 1))
        radii = (side * canvas.spread(0.03, 0.35), side * canvas.spread(0.03, 0.35))
        outline = rounded(middle, radii, canvas.between(0, 0.9))
        if canvas.chance(0.3):
            darken(canvas, outline + (0, 3), 3, 0.3)
        paint(canvas, outline, textured if canvas.chance(0.25) else _flat(canvas))
    for _ in range(canvas.whole(0, 4)):
        _letters(canvas)


def _flat(canvas: Canvas) -> "object":
    colour = canvas.pale() if canvas.chance(0.3) else canvas.colour()
    return plain(colour) if canvas.chance(0.6) else graded(colour, canvas.colour())


def _letters(canvas: Canvas) -> None:
    """A line of strokes as small as letters are."""
    side = canvas.side
    size = side * canvas.spread(0.02, 0.12)
    x, y = side * canvas.between(0, 0.5), side * canvas.between(0.05, 0.95)
    ink = plain(canvas.dark() if canvas.chance(0.5) else canvas.pale())
    for _ in range(canvas.whole(3, 18)):
        x += size * canvas.between(0.5, 0.9)
        for _ in range(canvas.whole(1, 3)):
            start = (x + size * canvas.between(0, 0.4), y + size * canvas.between(0, 1))
            angle = canvas.whole(0, 3) * pi / 2
            path = wander(
                canvas, start, angle, size * canvas.between(0.4, 0.9), 0.6 if canvas.chance(0.5) else 0
            )
            paint(canvas, stroke(path, size * 0.15, size * 0.15), ink)


def close_up(canvas: Canvas) -> None:
    """One thing in focus before a background that is not."""
    side = canvas.side
    defocused(canvas)
    for _ in range(canvas.whole(1, 4)):
        spot = (side * canvas.between(0.1, 0.9), side * canvas.between(0.6, 1.1))
        (stone if canvas.chance(0.3) else thing)(canvas, spot, side * canvas.spread(0.25, 0.9))
    if canvas.chance(0.4):
        for _ in range(canvas.whole(2, 9)):
            start = (side * canvas.between(0, 1), side * 1.02)
            blade = wander(
                canvas, start, -pi / 2 + canvas.between(-0.4, 0.4), side * canvas.between(0.3, 1), 0.5
            )
            paint(canvas, stroke(blade, side * canvas.spread(0.01, 0.06), 1), lit(anything(canvas), 0.5))
