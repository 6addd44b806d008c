"""Rooms: floor, walls, what hangs on them, furniture, light."""

import numpy as np

from cleanplate.pixels.types import Box
from training.scenes_canvas import Canvas, Points, darken, multiply, plain
from training.scenes_fills import anything
from training.scenes_houses import stairs
from training.scenes_perspective import Camera, Place, Surface, cuboid, ground, rectangle
from training.scenes_things import person, thing
from training.scenes_tiles import any_course, earth, laid

Size = tuple[float, float, float]
"""x of the left wall, x of the right one, z of the far one, in metres."""

HIGH_M: float = 2.6
BEHIND_M: float = 3.0
"""How far the side walls go on behind the camera."""
PICTURE_PX: int = 96


def room(canvas: Canvas) -> None:
    """Floor, walls, skirting boards, a door, pictures, furniture; a lamp's light falls off from a place."""
    side = canvas.side
    yaw = canvas.between(-0.7, 0.7) if canvas.chance(0.6) else 0.0
    middle = (side * canvas.between(0.3, 0.7), side * canvas.between(0.3, 0.6))
    camera = Camera(side * canvas.spread(0.55, 1.1), middle, canvas.between(1.1, 1.8), yaw)
    size = (-canvas.between(1.2, 3), canvas.between(1.2, 3), canvas.between(2.5, 5.5))
    _shell(canvas, camera, size)
    for _ in range(canvas.whole(0, 4)):
        _on_wall(canvas, camera, size)
    if canvas.chance(0.3):
        _rug(canvas, camera, size)
    if canvas.chance(0.1):
        stairs(canvas, camera, (canvas.between(size[0], size[1]), size[2] - 1.5), canvas.colour())
    for z in np.sort(canvas.rng.uniform(1.4, size[2], canvas.whole(1, 6)))[::-1]:
        _furniture(canvas, camera, size, float(z))
    if canvas.chance(0.2):
        away = canvas.between(1.5, size[2])
        x, y = camera.pixel((canvas.between(size[0], size[1]) * 0.6, 0, away))
        (person if canvas.chance(0.7) else thing)(canvas, (x, y), camera.focal_px * 1.7 / away)
    if canvas.chance(0.3):
        _sunlight(canvas, camera, size)
    lamp(canvas)


def _shell(canvas: Canvas, camera: Camera, size: Size) -> None:
    """Floor, ceiling, walls and skirting boards."""
    left, right, deep = size
    paper = canvas.pale() if canvas.chance(0.6) else canvas.muted()
    wall = earth(canvas, paper, canvas.between(0.02, 0.3))
    if canvas.chance(0.25):
        wall = laid(canvas, paper, canvas.colour(), any_course(canvas))
    boards = canvas.earthy() if canvas.chance(0.5) else canvas.colour()
    floor = laid(canvas, boards, canvas.colour(), any_course(canvas))
    if canvas.chance(0.25):
        floor = earth(canvas, boards, 0.5)
    ground(canvas, camera, Surface(earth(canvas, canvas.pale(), 0.05), 60), HIGH_M, 2 * deep)
    ground(canvas, camera, Surface(floor, canvas.spread(50, 160)), 0, 2 * deep)
    plaster = Surface(wall, canvas.spread(60, 160))
    skirting = Surface(earth(canvas, paper * canvas.between(0.3, 1.2), 0.02), 60)
    border, long = canvas.between(0.06, 0.12), deep + BEHIND_M
    walls: tuple[tuple[Place, Place], ...] = (
        ((left, 0, deep), (right - left, 0, 0)),
        ((left, 0, -BEHIND_M), (0, 0, long)),
        ((right, 0, -BEHIND_M), (0, 0, long)),
    )
    for corner, along in walls:
        shade = canvas.between(0.65, 1.05)
        rectangle(canvas, camera, corner, (along, (0, HIGH_M, 0)), plaster.shaded(shade))
        rectangle(canvas, camera, corner, (along, (0, border, 0)), skirting.shaded(shade))


def _on_wall(canvas: Canvas, camera: Camera, size: Size) -> None:
    """A door, a window or a framed picture, on the far wall or at a side."""
    left, right, deep = size
    wide, high, foot = canvas.between(0.3, 1.4), canvas.between(0.3, 1.1), canvas.between(0.8, 1.4)
    if canvas.chance(0.3):
        wide, high, foot = 0.9, 2.05, 0.0
    corner: Place = (canvas.between(left, right - wide), foot, deep - 0.02)
    along: Place = (1, 0, 0)
    if canvas.chance(0.35):
        corner = (left + 0.02 if canvas.chance(0.5) else right - 0.02, foot, canvas.between(1, deep - wide))
        along = (0, 0, 1)
    frame = Surface(earth(canvas, canvas.dark() if canvas.chance(0.5) else canvas.pale(), 0.1), 60)
    rectangle(canvas, camera, corner, (_scaled(along, wide), (0, high, 0)), frame)
    edge = canvas.between(0.03, 0.08)
    start = np.array(corner) + np.array(along) * edge + (0, edge, 0)
    inner = (wide - 2 * edge, high - 2 * edge)
    sides = (_scaled(along, inner[0]), (0.0, inner[1], 0.0))
    rectangle(canvas, camera, (start[0], start[1], start[2]), sides, _picture(canvas, max(inner)))


def _picture(canvas: Canvas, larger_m: float) -> Surface:
    """What is seen in a frame: a picture, the bright sky, a plain panel."""
    fill = anything(canvas) if canvas.chance(0.6) else plain(canvas.pale())
    upright = fill(canvas, PICTURE_PX, PICTURE_PX)[::-1]
    # One tile over the larger side, so that it does not come twice
    return Surface(np.clip(upright, 0, 255).astype(np.uint8), (PICTURE_PX - 1) / larger_m)


def _scaled(along: Place, length: float) -> Place:
    return (along[0] * length, along[1] * length, along[2] * length)


def _furniture(canvas: Canvas, camera: Camera, size: Size, z: float) -> None:
    """Something as large as a chair, a table, a bed or a cupboard, and its shadow."""
    left, right, deep = size
    wide, high, thick = canvas.spread(0.4, 1.8), canvas.spread(0.3, 1.9), canvas.between(0.3, 0.9)
    x, near = canvas.between(left, max(left, right - wide)), min(z, deep - thick)
    colour = canvas.colour()
    side = Surface(earth(canvas, colour, canvas.between(0.05, 0.8)), 80)
    if canvas.chance(0.3):
        side = Surface(laid(canvas, colour, canvas.dark(), any_course(canvas)), 60)
    _shadow(canvas, camera, (x - 0.1, near - 0.15), (wide + 0.3, thick + 0.15))
    kinds = (_chest, _table, _sofa)
    kind = kinds[int(canvas.rng.choice(len(kinds), p=(0.45, 0.3, 0.25)))]
    kind(canvas, camera, ((x, 0, near), (wide, high, thick)), side)


def _chest(canvas: Canvas, camera: Camera, box: tuple[Place, Place], face: Surface) -> None:
    """A closed box, with drawers or shelves on its front."""
    (x, y, z), (wide, high, deep) = box
    cuboid(canvas, camera, (x, y, z), (wide, high, deep), (face, face.shaded(1.2)))
    if canvas.chance(0.5):
        rows, inner = canvas.whole(1, 5), face.shaded(canvas.between(0.4, 1.3))
        for row in range(rows):
            start = (x + 0.04, y + high * row / rows + 0.02, z - 0.01)
            rectangle(canvas, camera, start, ((wide - 0.08, 0, 0), (0, high / rows - 0.04, 0)), inner)


def _table(canvas: Canvas, camera: Camera, box: tuple[Place, Place], face: Surface) -> None:
    """A board on four legs: a table, a chair, a bench, with perhaps something on it."""
    (x, y, z), (wide, high, deep) = box
    high = min(high, 1.0)
    leg, board = 0.05, 0.05
    for at in (z + deep - leg, z):
        for across in (x, x + wide - leg):
            cuboid(canvas, camera, (across, y, at), (leg, high, leg), (face, face))
    cuboid(canvas, camera, (x, y + high, z), (wide, board, deep), (face, face.shaded(1.2)))
    if canvas.chance(0.5):
        spot = camera.pixel((x + wide * canvas.between(0.2, 0.8), y + high + board, z + deep / 2))
        thing(canvas, spot, camera.focal_px * canvas.between(0.15, 0.5) / z)


def _sofa(canvas: Canvas, camera: Camera, box: tuple[Place, Place], face: Surface) -> None:
    """A sofa, an armchair or a bed: a back or a headboard, then the seat, then arms."""
    (x, y, z), (wide, high, deep) = box
    wide, high = max(wide, 0.8), min(high, 1.1)
    seat, arm = high * 0.5, 0.15
    cuboid(canvas, camera, (x, y, z + deep), (wide, high, 0.15), (face.shaded(0.85), face.shaded(1.1)))
    cuboid(canvas, camera, (x, y, z), (wide, seat, deep), (face, face.shaded(1.2)))
    for across in (x, x + wide - arm):
        cuboid(canvas, camera, (across, y, z), (arm, high * 0.7, deep), (face, face.shaded(1.15)))


def _shadow(canvas: Canvas, camera: Camera, start: tuple[float, float], size: tuple[float, float]) -> None:
    """The soft shadow of something on the floor."""
    points = _floor_patch(camera, start, size)
    darken(canvas, points, canvas.side * canvas.between(0.005, 0.03), canvas.between(0.2, 0.6))


def _floor_patch(camera: Camera, start: tuple[float, float], size: tuple[float, float]) -> Points:
    """(4, 2) corners of a rectangle on the floor."""
    (x, z), (wide, deep) = start, size
    corners = ((x, z), (x + wide, z), (x + wide, z + deep), (x, z + deep))
    return np.array([camera.pixel((a, 0, max(b, 0.5))) for a, b in corners])


def _rug(canvas: Canvas, camera: Camera, size: Size) -> None:
    """A rug with a border."""
    left, right, deep = size
    near, wide = canvas.between(0.8, 2), (right - left) * canvas.between(0.4, 0.8)
    x, long = canvas.between(left, right - wide), max(0.5, (deep - near) * canvas.between(0.4, 0.8))
    for edge, surface in ((0.0, _weave(canvas)), (canvas.between(0.05, 0.2), _weave(canvas))):
        sides = ((wide - 2 * edge, 0.0, 0.0), (0.0, 0.0, long - 2 * edge))
        rectangle(canvas, camera, (x + edge, 0.005, near + edge), sides, surface)


def _weave(canvas: Canvas) -> Surface:
    colour = canvas.colour()
    if canvas.chance(0.4):
        return Surface(laid(canvas, colour, canvas.colour(), any_course(canvas)), 80)
    return Surface(earth(canvas, colour, canvas.between(0.2, 1)), 80)


def _sunlight(canvas: Canvas, camera: Camera, size: Size) -> None:
    """The light of a window's panes on the floor."""
    x, z = canvas.between(size[0], size[1] - 0.5), canvas.between(1, size[2])
    for pane in range(canvas.whole(1, 3)):
        points = _floor_patch(camera, (x + 0.7 * pane, z), (0.55, canvas.between(0.8, 1.5)))
        darken(canvas, points, canvas.between(0.5, 2), -canvas.between(0.2, 0.7))


def lamp(canvas: Canvas) -> None:
    """Light that falls off from a place in the picture."""
    side = canvas.side
    x, y = canvas.between(0, side), canvas.between(0, side * 0.7)
    reach, least = side * canvas.between(0.3, 1), canvas.between(0.45, 1)
    across = np.exp(-(((np.arange(side, dtype=np.float32) - x) / reach) ** 2))
    down = np.exp(-(((np.arange(side, dtype=np.float32) - y) / reach) ** 2))
    light = least + (1.12 - least) * down[:, None] * across
    multiply(canvas, Box(0, 0, side, side), np.asarray(light, np.float32))
