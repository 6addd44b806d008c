"""Houses and stairs in space."""

import numpy as np

from training.scenes_canvas import Canvas, Colour, paint, plain
from training.scenes_perspective import Camera, Surface, cuboid, rectangle
from training.scenes_tiles import TILE_PX, Course, earth, laid, windows

STOREY_M: float = 3.2


def wall(canvas: Canvas, storeys: int) -> Surface:
    """A wall with that many different storeys."""
    colour = canvas.muted() if canvas.chance(0.6) else canvas.pale()
    return Surface(windows(canvas, colour, storeys, canvas.whole(1, 4)), TILE_PX / (STOREY_M * storeys))


def cottage(canvas: Canvas, camera: Camera, place: tuple[float, float]) -> None:
    """A house with a gable roof, its eaves to the camera, or a shed; x and z of its corner in metres."""
    x, z = place
    wide, deep, eaves = canvas.between(5, 12), canvas.between(4, 8), STOREY_M * canvas.whole(1, 2)
    rise, tiles = (
        canvas.between(1.5, 4),
        laid(canvas, canvas.muted() * 0.7, canvas.dark(), Course(16, 16, 0.1, 0.5, 8)),
    )
    face = wall(canvas, 1)
    cuboid(canvas, camera, (x, 0, z), (wide, eaves, deep), (face, face))
    near_side = x if x > 0 else x + wide
    gable = [(near_side, eaves, z), (near_side, eaves, z + deep), (near_side, eaves + rise, z + deep / 2)]
    if x > 0 or x + wide < 0:
        corners = np.array([camera.pixel(it) for it in gable])
        paint(canvas, corners, plain(face.tile[0, 0].astype(np.float32) * 0.65))
    over = 0.3
    slope = ((wide + 2 * over, 0.0, 0.0), (0.0, rise, deep / 2))
    rectangle(canvas, camera, (x - over, eaves, z), slope, Surface(tiles, 30, canvas.between(0.7, 1.1)))


def stairs(canvas: Canvas, camera: Camera, start: tuple[float, float], colour: Colour) -> None:
    """Five to twelve steps that lead up and away from a place on the ground; x and z in metres."""
    wide, high, deep = canvas.between(1, 3), canvas.between(0.14, 0.2), canvas.between(0.25, 0.35)
    face = Surface(earth(canvas, colour, canvas.between(0.1, 0.5)), 60, canvas.between(0.5, 0.85))
    for step in reversed(range(canvas.whole(5, 12))):
        place = (start[0] - wide / 2, step * high, start[1] + step * deep)
        cuboid(canvas, camera, place, (wide, high, deep), (face, face.shaded(1.3)))
