"""Rooms, table tops and portraits."""

import cv2
import numpy as np
from training.scenes_canvas import Canvas, Colour, blend, multiply, paint, plain
from training.scenes_fills import anything, falling, graded, grained, mottled, textured
from training.scenes_perspective import Camera, Place, Surface, cuboid, ground, rectangle
from training.scenes_shapes import any_shape, ellipse
from training.scenes_things import body, person, portrait_of
from training.scenes_tiles import any_course, earth, laid

from cleanplate.pixels.types import Box


def room(canvas: Canvas) -> None:
    """Floor, walls, skirting boards, a door, pictures, furniture; a lamp's light falls off from a place."""
    side = canvas.side
    yaw = canvas.between(-0.7, 0.7) if canvas.chance(0.6) else 0.0
    middle = (side * canvas.between(0.3, 0.7), side * canvas.between(0.3, 0.6))
    camera = Camera(side * canvas.spread(0.55, 1.1), middle, canvas.between(1.1, 1.8), yaw)
    left, right, deep = -canvas.between(1.2, 3), canvas.between(1.2, 3), canvas.between(2.5, 5.5)
    _shell(canvas, camera, (left, right, deep))
    _on_wall(canvas, camera, (left, right, deep))
    _furniture(canvas, camera, (left, right, deep))
    if canvas.chance(0.2):
        x, y = camera.pixel((canvas.between(left, right) * 0.6, 0, deep * 0.7))
        person(canvas, (x, y), camera.focal_px * 1.7 / (deep * 0.7))
    lamp(canvas)


def _shell(canvas: Canvas, camera: Camera, size: tuple[float, float, float]) -> None:
    """Floor, ceiling, walls and skirting boards."""
    left, right, deep = size
    high, wide = 2.6, right - left
    paper = canvas.pale() if canvas.chance(0.7) else canvas.colour()
    wall = earth(canvas, paper, canvas.between(0.02, 0.25))
    if canvas.chance(0.2):
        wall = laid(canvas, paper, canvas.colour(), any_course(canvas))
    boards = laid(canvas, canvas.colour(), canvas.colour(), any_course(canvas))
    floor = Surface(
        boards if canvas.chance(0.75) else earth(canvas, canvas.colour(), 0.4), canvas.spread(50, 160)
    )
    plaster = Surface(wall, canvas.spread(60, 160))
    ground(canvas, camera, Surface(earth(canvas, canvas.pale(), 0.05), 60), high)
    ground(canvas, camera, floor)
    skirting = Surface(earth(canvas, paper * np.float32(canvas.between(0.3, 1.2)), 0.02), 60)
    shades = canvas.rng.uniform(0.7, 1.05, 3)
    near = 0.0 - 3
    walls: tuple[tuple[Place, Place], ...] = (
        ((left, 0, deep), (wide, 0, 0)),
        ((left, 0, near), (0, 0, deep - near)),
        ((right, 0, near), (0, 0, deep - near)),
    )
    for (corner, along), shade in zip(walls, shades, strict=True):
        rectangle(canvas, camera, corner, (along, (0, high, 0)), plaster.shaded(float(shade)))
        rectangle(
            canvas, camera, corner, (along, (0, canvas.between(0.06, 0.12), 0)), skirting.shaded(float(shade))
        )


def _on_wall(canvas: Canvas, camera: Camera, size: tuple[float, float, float]) -> None:
    """Doors, windows and framed pictures on the far wall and one at the side."""
    left, right, deep = size
    for _ in range(canvas.whole(0, 4)):
        is_door = canvas.chance(0.3)
        wide, high = canvas.between(0.3, 1.2), canvas.between(0.3, 1)
        foot = canvas.between(0.9, 1.5)
        if is_door:
            wide, high, foot = 0.9, 2.05, 0.0
        if canvas.chance(0.65):
            corner: Place = (canvas.between(left, right - wide), foot, deep - 0.02)
            along: Place = (1, 0, 0)
        else:
            corner = (
                (left + 0.02) if canvas.chance(0.5) else (right - 0.02),
                foot,
                canvas.between(1, deep - wide),
            )
            along = (0, 0, 1)
        _framed(canvas, camera, (corner, along), (wide, high))


def _framed(canvas: Canvas, camera: Camera, place: tuple[Place, Place], size: tuple[float, float]) -> None:
    """A panel in a frame: a picture, a window full of light, a door."""
    corner, along = np.array(place[0]), np.array(place[1])
    wide, high = size
    frame = Surface(earth(canvas, canvas.dark() if canvas.chance(0.5) else canvas.pale(), 0.1), 60)
    rectangle(canvas, camera, place[0], (tuple(along * wide), (0, high, 0)), frame)
    inner = anything(canvas)(canvas, 96, 96)[::-1]
    if canvas.chance(0.4):
        inner = plain(canvas.pale())(canvas, 96, 96)
    edge = canvas.between(0.03, 0.08)
    start = corner + along * edge + (0, edge, 0)
    # One tile over the larger side, so that it does not come twice
    per_m = 95 / max(wide - 2 * edge, high - 2 * edge)
    picture = Surface(np.clip(inner, 0, 255).astype(np.uint8), per_m)
    rectangle(
        canvas, camera, tuple(start), (tuple(along * (wide - 2 * edge)), (0, high - 2 * edge, 0)), picture
    )


def _furniture(canvas: Canvas, camera: Camera, size: tuple[float, float, float]) -> None:
    """Boxes as large as chairs, tables, beds and cupboards, with shadows; the farthest first."""
    left, right, deep = size
    for z in sorted(canvas.rng.uniform(1.4, deep, canvas.whole(0, 5)), reverse=True):
        wide, high, thick = canvas.spread(0.4, 1.8), canvas.spread(0.3, 1.9), canvas.between(0.3, 0.9)
        x = canvas.between(left, max(left, right - wide))
        near = min(float(z), deep - thick)
        colour = canvas.colour()
        side = Surface(earth(canvas, colour, canvas.between(0.05, 0.6)), 80)
        if canvas.chance(0.3):
            side = Surface(laid(canvas, colour, canvas.dark(), any_course(canvas)), 60)
        _shadow(canvas, camera, (x - 0.1, near - 0.15), (wide + 0.3, thick + 0.15))
        cuboid(canvas, camera, (x, 0, near), (wide, high, thick), (side, side.shaded(1.2)))


def _shadow(canvas: Canvas, camera: Camera, start: tuple[float, float], size: tuple[float, float]) -> None:
    """The soft shadow of a box on the floor."""
    from training.scenes_canvas import darken

    (x, z), (wide, deep) = start, size
    corners = ((x, z), (x + wide, z), (x + wide, z + deep), (x, z + deep))
    points = np.array([camera.pixel((a, 0, max(b, 0.5))) for a, b in corners])
    darken(canvas, points, canvas.side * canvas.between(0.005, 0.03), canvas.between(0.2, 0.6))


def lamp(canvas: Canvas) -> None:
    """Light that falls off from a place in the picture, warm or cold."""
    side = canvas.side
    x, y = canvas.between(0, side), canvas.between(0, side * 0.7)
    away = np.hypot(np.arange(side)[None] - x, np.arange(side)[:, None] - y) / side
    least, reach = canvas.between(0.45, 1), canvas.between(0.3, 1)
    light = least + (1.25 - least) * np.exp(-((away / reach) ** 2))
    multiply(canvas, Box(0, 0, side, side), light.astype(np.float32))


def table_top(canvas: Canvas) -> None:
    """Goods on a table or in a studio: a smooth background, a soft edge behind, things in front."""
    side = canvas.side
    back, edge = canvas.pale() if canvas.chance(0.5) else canvas.colour(), side * canvas.between(0.35, 0.75)
    box = Box(0, 0, side, side)
    everywhere = np.ones((side, side), np.float32)
    blend(canvas, box, everywhere, graded(back, back * np.float32(canvas.between(0.6, 1))))
    table = back * np.float32(canvas.between(0.8, 1.1)) if canvas.chance(0.4) else canvas.colour()
    outline = np.array([(-9, edge), (side + 9, edge), (side + 9, side + 9), (-9, side + 9)])
    if canvas.chance(0.3):
        camera = Camera(
            side * 1.2, (side / 2, edge - side * canvas.between(0.1, 0.4)), 0.5, canvas.between(-0.6, 0.6)
        )
        boards = laid(canvas, table, canvas.dark(), any_course(canvas))
        behind = canvas.rgb[: int(edge)].copy()
        ground(canvas, camera, Surface(boards, canvas.spread(200, 500)))
        canvas.rgb[: int(edge)] = behind
    else:
        surface = (
            grained(table, canvas.between(0, 0.5))
            if canvas.chance(0.5)
            else falling(table * np.float32(0.85), table)
        )
        paint(canvas, outline, surface, canvas.spread(0.3, side * 0.1))
    lamp(canvas)
    for foot in sorted(canvas.rng.uniform(edge, side * 1.02, canvas.whole(1, 5))):
        body(canvas, (side * canvas.between(0.05, 0.95), float(foot)), side * canvas.spread(0.08, 0.6))


def portrait(canvas: Canvas) -> None:
    """One to three people, head and shoulders, before a background out of focus."""
    side = canvas.side
    defocused(canvas)
    for _ in range(1 if canvas.chance(0.75) else canvas.whole(2, 3)):
        size = side * canvas.spread(0.2, 0.5)
        portrait_of(canvas, (side * canvas.between(0.2, 0.8), side * canvas.between(0.3, 0.5)), size)


def defocused(canvas: Canvas) -> None:
    """A background out of focus: blurred shapes, and disks where there were lights."""
    side = canvas.side
    box = Box(0, 0, side, side)
    everywhere = np.ones((side, side), np.float32)
    low, high = canvas.colour(), canvas.colour()
    blend(canvas, box, everywhere, mottled(low, high, 0.6) if canvas.chance(0.5) else textured)
    for _ in range(canvas.whole(0, 8)):
        middle = (side * canvas.between(0, 1), side * canvas.between(0, 1))
        paint(canvas, any_shape(canvas, middle, side * canvas.spread(0.05, 0.4)), anything(canvas))
    blur(canvas, side * canvas.spread(0.01, 0.08))
    if canvas.chance(0.35):
        size = side * canvas.spread(0.01, 0.06)
        for _ in range(canvas.whole(3, 40)):
            middle = (side * canvas.between(0, 1), side * canvas.between(0, 1))
            disk = ellipse(middle, (size * canvas.between(0.7, 1.1),) * 2)
            paint(canvas, disk, plain(_bright(canvas)), size * 0.08, canvas.between(0.1, 0.6))


def blur(canvas: Canvas, sigma_px: float) -> None:
    """Puts what is painted so far out of focus."""
    # At a quarter of the size it takes a sixteenth of the time, and shows no more
    step = 4 if sigma_px > 6 else 1  # noqa: PLR2004
    small = cv2.resize(canvas.rgb, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma_px / step)
    canvas.rgb = np.asarray(
        cv2.resize(small, (canvas.side, canvas.side), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _bright(canvas: Canvas) -> Colour:
    return np.asarray(np.clip(canvas.colour() * np.float32(1.6) + 40, 0, 255), np.float32)
