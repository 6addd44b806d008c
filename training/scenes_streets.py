"""Streets between houses, and walls of houses from near."""

import numpy as np

from cleanplate.pixels.types import Rgb8
from training.scenes_canvas import Canvas, darken, paint, plain
from training.scenes_houses import STOREY_M, wall
from training.scenes_outdoor import any_camera, distances, meadow, ribbon, sky
from training.scenes_perspective import Camera, Surface, cuboid, rectangle
from training.scenes_shapes import stroke
from training.scenes_things import car, person, thing, tree
from training.scenes_tiles import Course, any_course, earth, laid

DEEPEST_M: float = 60.0
PAVEMENT_M: float = 2.0
LANE_STRIPS_M: tuple[float, ...] = (15, 5, 2, 0.3)


def street(canvas: Canvas) -> None:
    """Houses on one side or both, a pavement, a carriageway, people and cars, under a strip of sky."""
    horizon = canvas.side * canvas.between(0.4, 0.75)
    air = sky(canvas, horizon)
    camera = any_camera(canvas, horizon)
    wide = canvas.between(3, 9)
    meadow(canvas, camera, air)
    _carriageway(canvas, camera, wide)
    stones = laid(canvas, canvas.pale() * 0.8, canvas.colour(), Course(8, 8, 0.06, 0, 5))
    for direction in (-1, 1) if canvas.chance(0.7) else (canvas.whole(0, 1) * 2 - 1,):
        _houses(canvas, camera, direction, wide)
        _pavement(canvas, camera, (direction * (wide - PAVEMENT_M), direction * wide), stones)
    if canvas.chance(0.5):
        _sunless_side(canvas, camera, wide)
    _traffic(canvas, camera, wide)


def facade(canvas: Canvas) -> None:
    """A house's wall that fills the view, seen straight or from aside, with a door and the street below."""
    side = canvas.side
    middle = (side / 2, side * canvas.between(0.5, 0.85))
    camera = Camera(side * canvas.between(0.7, 1.3), middle, 1.6, canvas.between(-0.9, 0.9))
    meadow(canvas, camera, sky(canvas, middle[1]))
    away, high = canvas.between(4, 12), canvas.spread(6, 60)
    rectangle(canvas, camera, (-60, 0, away), ((120, 0, 0), (0, high, 0)), wall(canvas, canvas.whole(1, 3)))
    _ground_floor(canvas, camera, away)
    stones = laid(canvas, canvas.pale() * 0.8, canvas.colour(), any_course(canvas))
    pavement = ((120, 0, 0), (0, 0, PAVEMENT_M))
    rectangle(canvas, camera, (-60, 0, away - PAVEMENT_M), pavement, Surface(stones, 40))
    for _ in range(canvas.whole(0, 3)):
        x, y = camera.pixel((canvas.between(-3, 3), 0, away - canvas.between(0.2, 2)))
        (person if canvas.chance(0.6) else thing)(canvas, (x, y), camera.focal_px * 1.7 / away)


def _ground_floor(canvas: Canvas, camera: Camera, away: float) -> None:
    """Doors, shop windows, a plinth at the foot of a wall that stands `away` metres off."""
    plinth = Surface(earth(canvas, canvas.colour() * 0.7, 0.4), 40)
    rectangle(canvas, camera, (-60, 0, away - 0.01), ((120, 0, 0), (0, canvas.spread(0.2, 1.2), 0)), plinth)
    for x in canvas.rng.uniform(-5, 5, canvas.whole(0, 3)):
        wide, high = (1.1, 2.2) if canvas.chance(0.5) else (canvas.between(2, 4), canvas.between(2, 2.8))
        frame, inner = (Surface(earth(canvas, it, 0.2), 40) for it in (canvas.pale(), canvas.dark()))
        rectangle(canvas, camera, (float(x), 0, away - 0.02), ((wide, 0, 0), (0, high, 0)), frame)
        rectangle(canvas, camera, (x + 0.1, 0, away - 0.03), ((wide - 0.2, 0, 0), (0, high - 0.12, 0)), inner)


def _carriageway(canvas: Canvas, camera: Camera, wide: float) -> None:
    """Asphalt between the houses, with a line in its middle, or a crossing."""
    ahead = distances()
    asphalt = earth(canvas, canvas.pale() * canvas.between(0.25, 0.7), canvas.between(0.1, 0.6))
    _lane(canvas, camera, (-wide, wide), Surface(asphalt, canvas.spread(15, 60)))
    white = plain(canvas.pale())
    if canvas.chance(0.5):
        ribbon(canvas, camera, (0 * ahead - 0.08, 0 * ahead + 0.08), white)
    if canvas.chance(0.3):
        stripes = Surface(earth(canvas, canvas.pale(), 0.1), 30)
        near, lane = canvas.between(2, 8), wide - PAVEMENT_M
        for x in np.arange(-lane, lane, 1):
            rectangle(canvas, camera, (float(x), 0, near), ((0.5, 0, 0), (0, 0, 3)), stripes)


def _houses(canvas: Canvas, camera: Camera, direction: int, wide: float) -> None:
    """A row of houses along the street, the farthest first."""
    walls = [wall(canvas, canvas.whole(1, 4)) for _ in range(canvas.whole(1, 3))]
    roof = Surface(earth(canvas, canvas.dark()), 20)
    fronts, z = [], canvas.between(1, 8)
    while z < DEEPEST_M:
        deep = canvas.between(6, 18)
        fronts.append((z, deep))
        z += deep + (canvas.between(1, 6) if canvas.chance(0.25) else 0)
    for near, deep in reversed(fronts):
        corner = (wide if direction > 0 else -wide - 10, 0.0, near)
        front = walls[canvas.whole(0, len(walls) - 1)].shaded(canvas.between(0.8, 1.15))
        cuboid(canvas, camera, corner, (10, STOREY_M * canvas.whole(1, 7), deep), (front, roof))


def _pavement(canvas: Canvas, camera: Camera, across: tuple[float, float], stones: Rgb8) -> None:
    """Slabs from the x of the kerb to the x of the houses, and the kerb."""
    _lane(canvas, camera, (min(across), max(across)), Surface(stones, 40))
    kerb = across[0] + 0 * distances()
    ribbon(canvas, camera, (kerb - 0.08, kerb + 0.08), plain(canvas.pale() * 0.5))


def _lane(canvas: Canvas, camera: Camera, across: tuple[float, float], surface: Surface) -> None:
    """What lies between two x along the street, in strips of about their own scale."""
    far = DEEPEST_M
    for near in LANE_STRIPS_M:
        sides = ((across[1] - across[0], 0.0, 0.0), (0.0, 0.0, far - 0.9 * near))
        rectangle(canvas, camera, (across[0], 0, 0.9 * near), sides, surface)
        far = near


def _sunless_side(canvas: Canvas, camera: Camera, wide: float) -> None:
    """The shadow of the houses on one side, over pavement and road."""
    edge = canvas.between(-wide, wide)
    from_x = -wide if canvas.chance(0.5) else wide
    corners = ((from_x, 1.0), (edge, 1.0), (edge, DEEPEST_M), (from_x, DEEPEST_M))
    points = np.array([camera.pixel((x, 0, z)) for x, z in corners])
    darken(canvas, points, canvas.between(0.5, 2), canvas.between(0.3, 0.6))


def _traffic(canvas: Canvas, camera: Camera, wide: float) -> None:
    """Cars, people, trees and lamp posts, the farthest first."""
    for z in np.sort(canvas.rng.uniform(3, 25, canvas.whole(0, 6)))[::-1]:
        metre = camera.focal_px / float(z)
        kind = canvas.whole(0, 3)
        aside = canvas.between(wide - PAVEMENT_M, wide) * (1 if canvas.chance(0.5) else -1)
        if kind == 0:
            car(canvas, camera.pixel((canvas.between(-wide, wide), 0, float(z))), metre * 1.5)
        elif kind == 1:
            tree(canvas, camera.pixel((aside, 0, float(z))), metre * canvas.between(3, 7))
        elif canvas.chance(0.3):
            post = np.array([camera.pixel((aside, 0, float(z))), camera.pixel((aside, 5, float(z)))])
            paint(canvas, stroke(post, metre * 0.14, metre * 0.08), plain(canvas.dark()))
        else:
            person(canvas, camera.pixel((canvas.between(-wide, wide), 0, float(z))), metre * 1.75)
