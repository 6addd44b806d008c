"""Scenes without depth: leaves upon leaves, repeated texture, bars, graphics."""

from math import pi, tau

import numpy as np

from cleanplate.pixels.types import Box
from training.scenes_canvas import Canvas, Fill, cover_all, darken, paint, plain
from training.scenes_close import defocused
from training.scenes_fills import anything, graded, lit, textured
from training.scenes_perspective import Camera, Surface, rectangle
from training.scenes_shapes import any_shape, moved, rounded, stroke, wander
from training.scenes_things import thing
from training.scenes_tiles import any_course, earth, laid, windows

WALL_M: float = 100.0


def leaves(canvas: Canvas) -> None:
    """Shapes of all sizes, each before the ones painted earlier, most with a real texture."""
    side = canvas.side
    cover_all(canvas, Box(0, 0, side, side), textured)
    radii = _radii(canvas, canvas.whole(8, 45))
    few = [anything(canvas) for _ in range(canvas.whole(3, 12))]
    shaded = canvas.chance(0.5)
    for radius in radii:
        middle = (side * canvas.between(-0.1, 1.1), side * canvas.between(-0.1, 1.1))
        outline = any_shape(canvas, middle, radius)
        fill = few[canvas.whole(0, len(few) - 1)]
        if shaded:
            away = radius * canvas.between(0.05, 0.2)
            darken(canvas, moved(outline, away, away), max(0.5, radius * 0.15), canvas.between(0.1, 0.5))
            fill = lit(fill, canvas.between(0.2, 0.8))
        paint(canvas, outline, fill, canvas.between(0, 1) if canvas.chance(0.3) else 0)


def _radii(canvas: Canvas, count: int) -> list[float]:
    """Radii in pixels by a power law between cubic and square, the large ones first more often than not."""
    largest, smallest = canvas.side * canvas.between(0.25, 0.6), canvas.side * canvas.spread(0.02, 0.1)
    power = canvas.between(0.3, 1.5)
    share = canvas.rng.random(count)
    radii = (share * smallest**-power + (1 - share) * largest**-power) ** (-1 / power)
    return [float(it) for it in (np.sort(radii)[::-1] if canvas.chance(0.7) else radii)]


def repeated(canvas: Canvas) -> None:
    """One pattern over all of the picture, at any angle, in slight perspective; or bars before something."""
    side = canvas.side
    if canvas.chance(0.25):
        defocused(canvas)
        bars(canvas)
        return
    tile = laid(canvas, canvas.colour(), canvas.colour(), any_course(canvas))
    if canvas.chance(0.3):
        tile = windows(canvas, canvas.colour(), canvas.whole(2, 6), canvas.whole(2, 6))
    elif canvas.chance(0.15):
        tile = earth(canvas, canvas.colour(), 1.5)
    camera = Camera(side * canvas.between(0.8, 2), (side / 2, side / 2), 0, canvas.between(-0.6, 0.6))
    turn = canvas.between(0, tau) if canvas.chance(0.6) else 0.0
    cos, sin = np.cos(turn) * WALL_M, np.sin(turn) * WALL_M
    corner = ((sin - cos) / 2, -(cos + sin) / 2, 2.0)
    sides = ((float(cos), float(sin), 0.0), (float(-sin), float(cos), 0.0))
    rectangle(canvas, camera, corner, sides, Surface(tile, canvas.spread(25, 150)))
    if canvas.chance(0.35):
        for _ in range(canvas.whole(1, 3)):
            spot = (side * canvas.between(0, 1), side * canvas.between(0.3, 1))
            thing(canvas, spot, side * canvas.spread(0.1, 0.5))


def bars(canvas: Canvas) -> None:
    """Bars, laths or the meshes of a net at equal distances, through which the picture is seen."""
    side = canvas.side
    apart, turn = side * canvas.spread(0.04, 0.25), canvas.between(0, pi)
    thick, colour = apart * canvas.between(0.08, 0.5), plain(canvas.colour())
    angles = (turn,) if canvas.chance(0.5) else (turn, turn + canvas.between(0.8, 1.6))
    for angle in angles:
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        for number in range(-int(side / apart), int(side / apart) + 1):
            middle = np.array([side / 2, side / 2]) + across * number * apart
            path = np.stack([middle - along * side, middle + along * side])
            paint(canvas, stroke(path, thick, thick), colour)


def graphics(canvas: Canvas) -> None:
    """Flat fields with straight edges, gradients, boxes with round corners, rows of strokes as of letters."""
    side = canvas.side
    cover_all(canvas, Box(0, 0, side, side), _flat(canvas))
    for _ in range(canvas.whole(0, 3)):
        cut, lean = canvas.between(0, side), canvas.between(-30, 30)
        strip = np.array([(-1, cut), (side + 1, cut + lean), (side + 1, side + 1), (-1, side + 1)])
        paint(canvas, strip if canvas.chance(0.6) else strip[:, ::-1], _flat(canvas))
    for _ in range(canvas.whole(0, 7)):
        middle = (side * canvas.between(0, 1), side * canvas.between(0, 1))
        radii = (side * canvas.spread(0.03, 0.35), side * canvas.spread(0.03, 0.35))
        outline = rounded(middle, radii, canvas.between(0, 0.9))
        if canvas.chance(0.3):
            darken(canvas, moved(outline, 0, 3), 3, 0.3)
        paint(canvas, outline, textured if canvas.chance(0.35) else _flat(canvas))
    for _ in range(canvas.whole(0, 4)):
        _letters(canvas)


def _flat(canvas: Canvas) -> Fill:
    """A colour, or from one colour to another."""
    colour = canvas.pale() if canvas.chance(0.3) else canvas.colour()
    return plain(colour) if canvas.chance(0.6) else graded(colour, canvas.colour())


def _letters(canvas: Canvas) -> None:
    """A line of strokes as small as letters are."""
    size = canvas.side * canvas.spread(0.02, 0.12)
    x, y = canvas.side * canvas.between(0, 0.5), canvas.side * canvas.between(0.05, 0.95)
    ink = plain(canvas.dark() if canvas.chance(0.5) else canvas.pale())
    for _ in range(canvas.whole(3, 18)):
        x += size * canvas.between(0.5, 0.9)
        for _ in range(canvas.whole(1, 3)):
            start = (x + size * canvas.between(0, 0.4), y + size * canvas.between(0, 1))
            bend = 0.6 if canvas.chance(0.5) else 0.0
            path = wander(canvas, start, canvas.whole(0, 3) * pi / 2, size * canvas.between(0.4, 0.9), bend)
            paint(canvas, stroke(path, size * 0.15, size * 0.15), ink)
