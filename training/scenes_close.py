"""What is near the camera: things on a table, people's heads, plants, before a background out of focus."""

from math import pi

import cv2
import numpy as np

from cleanplate.pixels.types import Box
from training.scenes_canvas import Canvas, Image, cover_all, paint, plain
from training.scenes_fills import anything, falling, graded, grained, lit, mottled, textured
from training.scenes_indoor import lamp
from training.scenes_perspective import Camera, Surface, ground
from training.scenes_shapes import any_shape, ellipse, stroke, wander
from training.scenes_things import body, portrait_of, stone, thing
from training.scenes_tiles import any_course, laid

STRONG_BLUR_PX: float = 6.0
"""A blur beyond this standard deviation is made at a quarter of the size."""


def table_top(canvas: Canvas) -> None:
    """Goods on a table or in a studio: a smooth background, a soft edge behind, things in front."""
    side = canvas.side
    back, edge = canvas.pale() if canvas.chance(0.5) else canvas.colour(), side * canvas.between(0.35, 0.75)
    everywhere = Box(0, 0, side, side)
    cover_all(canvas, everywhere, graded(back, back * canvas.between(0.5, 1)))
    if canvas.chance(0.25):
        defocused(canvas)
    table = back * canvas.between(0.8, 1.1) if canvas.chance(0.4) else canvas.colour()
    if canvas.chance(0.35):
        _boards(canvas, edge)
    else:
        outline = np.array([(-9, edge), (side + 9, edge), (side + 9, side + 9), (-9, side + 9)])
        surface = grained(table, canvas.between(0, 1)) if canvas.chance(0.5) else falling(table * 0.85, table)
        paint(canvas, outline, surface, canvas.spread(0.3, side * 0.1))
    lamp(canvas)
    for foot in np.sort(canvas.rng.uniform(edge, side * 1.02, canvas.whole(1, 5))):
        body(canvas, (side * canvas.between(0.05, 0.95), float(foot)), side * canvas.spread(0.08, 0.6))


def _boards(canvas: Canvas, edge: float) -> None:
    """A table of planks or tiles, from `edge`, its y at the back, to the camera."""
    side = canvas.side
    horizon = edge - side * canvas.between(0.1, 0.4)
    camera = Camera(side * 1.2, (side / 2, horizon), 0.5, canvas.between(-0.6, 0.6))
    boards = laid(canvas, canvas.colour(), canvas.dark(), any_course(canvas))
    behind = canvas.rgb[: int(edge)].copy()
    ground(canvas, camera, Surface(boards, canvas.spread(200, 500)))
    canvas.rgb[: int(edge)] = behind


def portrait(canvas: Canvas) -> None:
    """One to three people, head and shoulders, before a background out of focus."""
    side = canvas.side
    defocused(canvas)
    for _ in range(1 if canvas.chance(0.75) else canvas.whole(2, 3)):
        middle = (side * canvas.between(0.2, 0.8), side * canvas.between(0.3, 0.5))
        portrait_of(canvas, middle, side * canvas.spread(0.2, 0.5))


def close_up(canvas: Canvas) -> None:
    """A few things in focus before a background that is not."""
    side = canvas.side
    defocused(canvas)
    for _ in range(canvas.whole(1, 4)):
        spot = (side * canvas.between(0.1, 0.9), side * canvas.between(0.6, 1.1))
        (stone if canvas.chance(0.3) else thing)(canvas, spot, side * canvas.spread(0.25, 0.9))
    if canvas.chance(0.4):
        green = anything(canvas)
        for _ in range(canvas.whole(2, 9)):
            start, angle = (side * canvas.between(0, 1), side * 1.02), -pi / 2 + canvas.between(-0.4, 0.4)
            blade = wander(canvas, start, angle, side * canvas.between(0.3, 1), 0.5)
            paint(canvas, stroke(blade, side * canvas.spread(0.01, 0.06), 1), lit(green, 0.5))


def defocused(canvas: Canvas) -> None:
    """A background out of focus: blurred shapes, and disks where there were lights."""
    side = canvas.side
    background = mottled(canvas.colour(), canvas.colour(), 0.6) if canvas.chance(0.4) else textured
    cover_all(canvas, Box(0, 0, side, side), background)
    for _ in range(canvas.whole(0, 8)):
        middle = (side * canvas.between(0, 1), side * canvas.between(0, 1))
        paint(canvas, any_shape(canvas, middle, side * canvas.spread(0.05, 0.4)), anything(canvas))
    canvas.rgb = blurred(canvas.rgb, side * canvas.spread(0.01, 0.08))
    if canvas.chance(0.35):
        size = side * canvas.spread(0.01, 0.06)
        for _ in range(canvas.whole(3, 40)):
            middle = (side * canvas.between(0, 1), side * canvas.between(0, 1))
            radius = size * canvas.between(0.7, 1.1)
            light = np.asarray(np.clip(canvas.colour() * 1.6 + 40, 0, 255), np.float32)
            paint(
                canvas, ellipse(middle, (radius, radius)), plain(light), size * 0.08, canvas.between(0.1, 0.6)
            )


def blurred(image: Image, sigma_px: float) -> Image:
    """The image out of focus."""
    if sigma_px <= STRONG_BLUR_PX:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.float32)
    # A sixteenth of the time, and no difference to be seen
    small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma_px / 4)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
