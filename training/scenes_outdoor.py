"""Landscapes: sky, ridges, water or a ground to the horizon, roads and fences."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Box
from training.scenes_canvas import Canvas, Colour, Fill, Image, Points, blend, cover_all, paint, plain
from training.scenes_fills import falling, grained, lit, mottled, noise, textured
from training.scenes_houses import cottage
from training.scenes_perspective import Camera, Surface, ground
from training.scenes_shapes import ellipse, ridge, stroke
from training.scenes_things import thing, tree
from training.scenes_tiles import any_course, earth, laid

Line = NDArray[np.float64]
"""(N,) x in metres at each of the distances `ahead`."""

BLUE: tuple[int, int, int] = (70, 120, 190)
SUNLIGHT: tuple[int, int, int] = (255, 235, 190)
FARTHEST_M: float = 300.0
NEAREST_M: float = 0.6
MARKED_M: float = 3.0
"""Roads wider than this may have a line in the middle and at the borders."""


def landscape(canvas: Canvas) -> None:
    """Sky, ridges one behind another, then water or a ground that runs to the horizon; things on it."""
    side = canvas.side
    horizon = side * canvas.between(0.2, 0.75)
    air = sky(canvas, horizon)
    ridges(canvas, horizon, air)
    if canvas.chance(0.35):
        water(canvas, horizon, air)
        if canvas.chance(0.4):
            shore = ridge(canvas, side * canvas.between(0.75, 0.95), side * 0.04, 0.5)
            paint(canvas, shore, lit(textured, 0.3), canvas.between(0, 1))
    else:
        camera = any_camera(canvas, horizon)
        meadow(canvas, camera, air)
        if canvas.chance(0.4):
            road(canvas, camera)
        if canvas.chance(0.25):
            z = canvas.spread(8, 40)
            cottage(canvas, camera, (canvas.between(-0.7, 0.5) * z, z))
        if canvas.chance(0.35):
            fence(canvas, camera)
    few = np.sort(horizon + (side - horizon) * canvas.rng.uniform(0.05, 1, canvas.whole(0, 4)))
    for foot in few:
        size = (float(foot) - horizon) * canvas.spread(0.2, 1.4) + 4
        thing(canvas, (side * canvas.between(0, 1), float(foot)), size)


def any_camera(canvas: Canvas, horizon: float) -> Camera:
    """A camera of any focal length and height whose horizon is at that y."""
    middle = (canvas.side * canvas.between(0.2, 0.8), horizon)
    return Camera(
        canvas.side * canvas.spread(0.6, 1.6), middle, canvas.spread(1, 4), canvas.between(-0.3, 0.3)
    )


def sky(canvas: Canvas, horizon: float) -> Colour:
    """Paints the canvas down to a little below the horizon; returns the colour of the air there."""
    top = canvas.colour()
    if canvas.chance(0.6):
        top = 0.3 * top + np.array(BLUE, np.float32) * canvas.between(0.25, 0.85)
    air = np.clip(top + (canvas.pale() - top) * canvas.between(0.4, 1), 0, 250)
    box = Box(0, 0, canvas.side, min(canvas.side, int(horizon) + 2))
    cover_all(canvas, box, falling(top, air, canvas.between(0.7, 1.6)))
    if canvas.chance(0.65):
        _clouds(canvas, box)
    if canvas.chance(0.2):
        sun = (canvas.side * canvas.between(0, 1), horizon * canvas.between(0.1, 1))
        for radius, strength in ((0.4, 0.2), (0.15, 0.35), (0.03, 1)):
            size = radius * canvas.side * canvas.between(0.5, 1)
            paint(
                canvas,
                ellipse(sun, (size, size)),
                plain(np.array(SUNLIGHT, np.float32)),
                size * 0.4,
                strength,
            )
    return np.asarray(air, np.float32)


def _clouds(canvas: Canvas, box: Box) -> None:
    """Clouds from a few shreds to an overcast sky, some of them flat layers."""
    field = noise(canvas, box.height, box.width, canvas.between(0.5, 0.75), canvas.between(1, 4))
    cover = np.clip((field + canvas.between(-1.2, 0.6)) * canvas.between(0.3, 1.5), 0, 1)
    light = canvas.pale()
    blend(canvas, box, cover * canvas.between(0.4, 0.95), mottled(light * canvas.between(0.5, 0.95), light))


def ridges(canvas: Canvas, horizon: float, air: Colour) -> None:
    """Up to five lines of hills, woods or rocks; the farther, the more they have the colour of the air."""
    count = canvas.whole(0, 5)
    own, roughness = canvas.earthy() * canvas.between(0.4, 1), canvas.between(0.35, 0.7)
    height, clear = canvas.side * canvas.spread(0.01, 0.12), canvas.between(0.1, 0.9)
    for number in range(count):
        near = (number + 1) / (count + 1)
        base = horizon - (1 - near) * height * canvas.between(1, 2.5)
        share = clear + (1 - clear) * near
        fill = seen_through(textured if canvas.chance(0.4) else grained(own, 1.5), air, 1 - share)
        outline = ridge(canvas, base, height * canvas.between(0.4, 1), roughness)
        paint(canvas, outline, fill, canvas.between(0, 0.6))


def seen_through(fill: Fill, air: Colour, share: float) -> Fill:
    """The fill behind so much air: 0 = clear .. 1 = nothing but air."""

    def hazy(canvas: Canvas, height: int, width: int) -> Image:
        image = fill(canvas, height, width)
        return image + (air - image) * share

    return hazy


def water(canvas: Canvas, horizon: float, air: Colour) -> None:
    """A lake or the sea from the horizon down, with the mirror image of what stands above, in ripples."""
    top, side = max(2, int(horizon)), canvas.side
    rows = side - top
    down = np.arange(rows, dtype=np.float32)[:, None]
    ripples = noise(canvas, rows, side, 0.9, canvas.between(3, 10))
    waves = ripples * (down / rows + 0.1) * canvas.spread(0.3, 6)
    across = np.arange(side, dtype=np.float32)[None] + waves
    above = top - 1 - down * canvas.between(0.8, 1.2) + 3 * waves
    mirrored = cv2.remap(
        canvas.rgb[:top].copy(), across, above, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    deep = canvas.colour() * canvas.between(0.3, 0.9)
    box = Box(0, top, side, side)
    cover_all(canvas, box, lambda *_: np.asarray(mirrored, np.float32))
    share = canvas.between(0.1, 0.8) * (down / rows) ** 0.5 + ripples * canvas.between(0, 0.2)
    tint = np.asarray(np.clip(share, 0, 1), np.float32)
    blend(canvas, box, tint, mottled(deep * 0.7, deep * 0.6 + air * 0.4, 0.9, 5))


def meadow(canvas: Canvas, camera: Camera, air: Colour) -> None:
    """Grass, sand, earth or slabs from the horizon to the camera; far off in the air's colour."""
    colour = canvas.earthy()
    box = Box(0, max(0, int(camera.middle[1])), canvas.side, canvas.side)
    if box.height < 1:
        return
    tile = earth(canvas, colour, canvas.between(0.7, 1.8))
    if canvas.chance(0.15):
        tile = laid(canvas, colour, canvas.colour(), any_course(canvas))
    cover_all(canvas, box, plain(colour))
    ground(canvas, camera, Surface(tile, canvas.spread(15, 60)))
    patches = np.clip(np.abs(noise(canvas, box.height, box.width, 0.7, 3)) * canvas.between(0, 0.4), 0, 0.7)
    blend(canvas, box, np.asarray(patches, np.float32), plain(canvas.earthy() * canvas.between(0.5, 1.1)))
    haze = np.linspace(1, 0, box.height, dtype=np.float32)[:, None] ** canvas.between(3, 9)
    cover = np.repeat(haze * canvas.between(0, 0.8), box.width, axis=1)
    blend(canvas, box, np.asarray(cover, np.float32), plain(air))


def road(canvas: Canvas, camera: Camera) -> None:
    """A road or a path to the horizon, straight or in a bend, with lines if it is wide."""
    ahead = distances()
    middle = (
        canvas.between(-2, 2) + canvas.between(-0.3, 0.3) * ahead + canvas.rng.normal(0, 0.004) * ahead**2
    )
    wide = canvas.spread(0.8, 6)
    colour = canvas.earthy() * 0.5 + canvas.between(20, 110)
    ribbon(canvas, camera, (middle - wide / 2, middle + wide / 2), falling(colour * 1.1, colour * 0.9))
    if wide > MARKED_M and canvas.chance(0.7):
        paint_of_lines = plain(canvas.pale())
        for edge in (-0.47, 0, 0.47):
            line = middle + edge * wide
            ribbon(canvas, camera, (line - 0.06, line + 0.06), paint_of_lines)


def fence(canvas: Canvas, camera: Camera) -> None:
    """A row of trees, or posts or masts along a line to the horizon, with rails or wires."""
    aside, lean = canvas.between(1, 4) * (1 if canvas.chance(0.5) else -1), canvas.between(-0.2, 0.2)
    high, apart, thick = canvas.spread(0.8, 6), canvas.spread(1, 6), canvas.spread(0.05, 0.25)
    if canvas.chance(0.25):
        for z in np.linspace(25, 4, canvas.whole(3, 7)).tolist():
            foot = camera.pixel((aside + lean * z, 0, z))
            tree(canvas, foot, camera.focal_px * canvas.between(3, 6) / z)
        return
    wood = plain(canvas.dark() if canvas.chance(0.6) else canvas.colour())
    feet = [(aside + lean * z, z) for z in canvas.between(1, 2) + apart * np.arange(25)]
    for level in canvas.rng.uniform(0.3, 1, canvas.whole(1, 3)):
        rail = np.array([camera.pixel((x, float(level) * high, z)) for x, z in feet])
        paint(canvas, stroke(rail, camera.focal_px * thick * 0.4 / feet[0][1], 0.4), wood)
    for x, z in reversed(feet):
        post = np.array([camera.pixel((x, 0, z)), camera.pixel((x, high, z))])
        width = max(0.5, camera.focal_px * thick / z)
        paint(canvas, stroke(post, width, width), wood)


def distances() -> Line:
    """(30,) metres ahead of the camera, closer to each other where they are near."""
    return np.geomspace(NEAREST_M, FARTHEST_M, 30)


def ribbon(canvas: Canvas, camera: Camera, edges: tuple[Line, Line], fill: Fill) -> None:
    """A strip of ground between two lines: x at each of the `distances`."""
    there, back = (_on_ground(camera, edge) for edge in edges)
    paint(canvas, np.concatenate([there, back[::-1]]), fill)


def _on_ground(camera: Camera, across: Line) -> Points:
    """(N, 2) pixels of a line on the ground."""
    ahead = distances()
    seen = camera.view(np.stack([across, 0 * ahead, ahead], axis=1) - (0, camera.height_m, 0))
    seen[:, 2] = np.maximum(seen[:, 2], NEAREST_M / 3)
    return camera.project(seen)
