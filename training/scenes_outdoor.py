"""Landscapes and streets."""

import cv2
import numpy as np
from training.scenes_canvas import Canvas, Colour, Fill, Image, blend, paint, plain
from training.scenes_fills import falling, grained, lit, mottled, noise, textured
from training.scenes_perspective import Camera, Surface, cuboid, ground, rectangle
from training.scenes_shapes import ellipse, ridge, stroke
from training.scenes_things import car, person, thing
from training.scenes_tiles import Course, any_course, earth, laid, windows

from cleanplate.pixels.types import Box


def landscape(canvas: Canvas) -> None:
    """Sky, ridges one behind another, then water or a ground that runs to the horizon; things on it."""
    side = canvas.side
    horizon = side * canvas.between(0.2, 0.75)
    air = sky(canvas, horizon)
    ridges(canvas, horizon, air)
    if canvas.chance(0.35):
        water(canvas, horizon, air)
        if canvas.chance(0.4):
            shore = ridge(canvas, side * canvas.between(0.8, 0.95), side * 0.04, 0.5)
            paint(canvas, shore, lit(textured, 0.3), canvas.between(0, 1))
    else:
        camera = _camera(canvas, horizon)
        meadow(canvas, camera, air)
        if canvas.chance(0.4):
            road(canvas, camera)
        if canvas.chance(0.35):
            fence(canvas, camera)
    for _ in range(canvas.whole(0, 4)):
        foot = horizon + (side - horizon) * canvas.between(0.05, 1)
        size = (foot - horizon) * canvas.spread(0.2, 1.4) + 4
        thing(canvas, (side * canvas.between(0, 1), foot), size)


def sky(canvas: Canvas, horizon: float) -> Colour:
    """Paints the canvas down to a little below the horizon; returns the colour of the air there."""
    top = canvas.colour()
    if canvas.chance(0.6):
        top = np.array([70, 120, 190], np.float32) * np.float32(canvas.between(0.4, 1.2)) * np.float32(
            0.7
        ) + top * np.float32(0.3)
    air = np.clip(top + (canvas.pale() - top) * np.float32(canvas.between(0.4, 1)), 0, 250)
    box = Box(0, 0, canvas.side, min(canvas.side, int(horizon) + 2))
    everywhere = np.ones((box.height, box.width), np.float32)
    blend(canvas, box, everywhere, falling(top, air, canvas.between(0.7, 1.6)))
    if canvas.chance(0.65):
        field = noise(canvas, box.height, box.width, canvas.between(0.5, 0.75), canvas.between(1, 4))
        bias = np.float32(canvas.between(-1.2, 0.6))
        cover = np.clip((field + bias) * np.float32(canvas.between(0.3, 1.2)), 0, 1)
        cover *= np.float32(canvas.between(0.4, 0.95))
        light = canvas.pale()
        blend(canvas, box, cover, mottled(light * np.float32(canvas.between(0.6, 0.95)), light))
    if canvas.chance(0.2):
        sun = (canvas.side * canvas.between(0, 1), horizon * canvas.between(0.1, 1))
        glow = np.array([255, 235, 190], np.float32)
        for radius, strength in ((0.5, 0.25), (0.2, 0.4), (0.04, 1)):
            size = radius * canvas.side * canvas.between(0.5, 1)
            paint(canvas, ellipse(sun, (size, size)), plain(glow), size * 0.4, strength)
    return np.asarray(air, np.float32)


def ridges(canvas: Canvas, horizon: float, air: Colour) -> None:
    """Up to five lines of hills, woods or rocks; the farther, the more they have the colour of the air."""
    count = canvas.whole(0, 5)
    own, roughness = canvas.colour(), canvas.between(0.35, 0.7)
    height = canvas.side * canvas.spread(0.01, 0.12)
    for number in range(count):
        near = (number + 1) / (count + 1)
        base = horizon - (1 - near) * height * canvas.between(1, 2.5)
        hazy = (own * np.float32(0.4 + 0.6 * (1 - near)) - air) * np.float32(0.25 + 0.75 * near) + air
        fill: Fill = grained(np.asarray(hazy, np.float32), near)
        if canvas.chance(0.3):
            fill = _in_air(textured, air, 1 - near)
        paint(
            canvas,
            ridge(canvas, base, height * canvas.between(0.4, 1), roughness),
            fill,
            canvas.between(0, 0.8),
        )


def water(canvas: Canvas, horizon: float, air: Colour) -> None:
    """A lake or the sea from the horizon down, with the mirror image of what stands above, in ripples."""
    top, side = int(horizon), canvas.side
    rows = side - top
    if rows < 2 or top < 2:  # noqa: PLR2004
        return
    down = np.arange(rows, dtype=np.float32)[:, None]
    ripples = noise(canvas, rows, side, 0.9, canvas.between(3, 10))
    ripples *= np.float32(canvas.spread(0.3, 6)) * (down / np.float32(rows) + np.float32(0.1))
    across = np.arange(side, dtype=np.float32)[None] + ripples
    above = np.float32(top - 1) - down * np.float32(canvas.between(0.8, 1.2)) + 3 * ripples
    mirrored = cv2.remap(
        canvas.rgb[:top].copy(), across, above, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    deep = canvas.colour() * np.float32(canvas.between(0.3, 0.9))
    share = np.float32(canvas.between(0.1, 0.8)) * (down / np.float32(rows)) ** np.float32(0.5)
    tint = np.clip(share + np.float32(canvas.between(0, 0.08)) * ripples, 0, 1)
    box = Box(0, top, side, side)
    blend(canvas, box, np.ones((rows, side), np.float32), lambda *_: np.asarray(mirrored, np.float32))
    blend(
        canvas,
        box,
        np.asarray(tint, np.float32),
        mottled(deep, deep * np.float32(0.5) + air * np.float32(0.4), 0.9, 5),
    )


def meadow(canvas: Canvas, camera: Camera, air: Colour) -> None:
    """Grass, sand, earth or slabs from the horizon to the camera; far off in the air's colour."""
    colour = canvas.colour()
    tile = (
        laid(canvas, colour, canvas.colour(), any_course(canvas))
        if canvas.chance(0.15)
        else earth(canvas, colour)
    )
    box = Box(0, max(0, int(camera.middle[1])), canvas.side, canvas.side)
    if box.height < 1:
        return
    blend(canvas, box, np.ones((box.height, box.width), np.float32), plain(colour))
    ground(canvas, camera, Surface(tile, canvas.spread(15, 80)))
    shadows = np.clip(noise(canvas, box.height, box.width, 0.6, 3) * np.float32(0.2), -0.3, 0.3)
    blend(canvas, box, np.abs(shadows), mottled(colour * np.float32(0.5), colour * np.float32(1.2)))
    haze = np.linspace(1, 0, box.height, dtype=np.float32)[:, None] ** np.float32(canvas.between(3, 9))
    cover = np.repeat(haze * np.float32(canvas.between(0.1, 0.8)), box.width, axis=1)
    blend(canvas, box, cover, plain(air))


def road(canvas: Canvas, camera: Camera) -> None:
    """A road or a path to the horizon, straight or in a bend, with a line in its middle."""
    ahead = np.geomspace(0.6, 300, 40)
    start, lean, bend = canvas.between(-2, 2), canvas.between(-0.3, 0.3), canvas.rng.normal(0, 0.004)
    middle = start + lean * ahead + bend * ahead**2
    wide = canvas.spread(0.8, 6)
    colour = canvas.colour() * np.float32(0.5) + np.float32(canvas.between(20, 110))
    _ribbon(canvas, camera, (middle - wide / 2, middle + wide / 2), grained(colour, 0.5))
    if wide > 3 and canvas.chance(0.7):  # noqa: PLR2004
        for edge in (-0.47, 0, 0.47):
            line = middle + edge * wide
            _ribbon(canvas, camera, (line - 0.06, line + 0.06), plain(canvas.pale()))


def fence(canvas: Canvas, camera: Camera) -> None:
    """Posts or masts at equal distances along a line to the horizon, with rails or wires."""
    x, lean = canvas.between(1, 4) * (1 if canvas.chance(0.5) else -1), canvas.between(-0.2, 0.2)
    high, apart, thick = canvas.spread(0.8, 6), canvas.spread(1, 6), canvas.spread(0.05, 0.25)
    wood = plain(canvas.dark() if canvas.chance(0.6) else canvas.colour())
    first = canvas.between(1, 2)
    feet = [(x + lean * z, z) for z in np.arange(first, first + 25 * apart, apart)]
    for level in canvas.rng.uniform(0.3, 1, canvas.whole(1, 3)):
        rail = np.array([camera.pixel((at, level * high, z)) for at, z in feet])
        paint(canvas, stroke(rail, camera.focal_px * thick * 0.4 / feet[0][1], 0.4), wood)
    for at, z in reversed(feet):
        post = np.array([camera.pixel((at, 0, z)), camera.pixel((at, high, z))])
        width = max(0.5, camera.focal_px * thick / z)
        paint(canvas, stroke(post, width, width), wood)


def street(canvas: Canvas) -> None:
    """Houses on one side or both, a pavement, a carriageway, people and cars, under a strip of sky."""
    side = canvas.side
    horizon = side * canvas.between(0.4, 0.75)
    air = sky(canvas, horizon)
    camera = _camera(canvas, horizon)
    wide = canvas.between(3, 9)
    meadow(canvas, camera, air)
    asphalt = canvas.pale() * np.float32(canvas.between(0.25, 0.7))
    ahead = np.geomspace(0.4, 300, 20)
    _ribbon(canvas, camera, (0 * ahead - wide, 0 * ahead + wide), plain(asphalt))
    stones = laid(canvas, canvas.pale() * np.float32(0.8), canvas.colour(), Course(8, 8, 0.06, 0, 5))
    sides = (-1, 1) if canvas.chance(0.7) else (canvas.whole(0, 1) * 2 - 1,)
    for direction in sides:
        _pavement(canvas, camera, (direction * (wide - 2), direction * wide), stones)
        _houses(canvas, camera, direction, wide)
    _traffic(canvas, camera, wide)


def facade(canvas: Canvas) -> None:
    """A house's wall that fills the view, seen straight or from aside, with a door and the street below."""
    camera = Camera(
        canvas.side * canvas.between(0.7, 1.3),
        (canvas.side / 2, canvas.side * canvas.between(0.5, 0.85)),
        1.6,
        canvas.between(-0.9, 0.9),
    )
    sky(canvas, canvas.side)
    meadow(canvas, camera, canvas.pale())
    tile = windows(
        canvas,
        canvas.colour() if canvas.chance(0.5) else canvas.pale(),
        canvas.whole(1, 4),
        canvas.whole(1, 4),
    )
    away, metre = canvas.between(4, 12), canvas.between(8, 20)
    rectangle(
        canvas, camera, (-60, 0, away), ((120, 0, 0), (0, canvas.spread(6, 60), 0)), Surface(tile, metre)
    )
    stones = laid(canvas, canvas.pale() * np.float32(0.8), canvas.colour(), any_course(canvas))
    rectangle(canvas, camera, (-60, 0, away - 2), ((120, 0, 0), (0, 0, 2)), Surface(stones, 40))
    for _ in range(canvas.whole(0, 3)):
        x, y = camera.pixel((canvas.between(-3, 3), 0, away - canvas.between(0.2, 2)))
        (person if canvas.chance(0.6) else thing)(canvas, (x, y), camera.focal_px * 1.7 / away)


def _camera(canvas: Canvas, horizon: float) -> Camera:
    middle = (canvas.side * canvas.between(0.2, 0.8), horizon)
    return Camera(
        canvas.side * canvas.spread(0.6, 1.6), middle, canvas.spread(1, 4), canvas.between(-0.3, 0.3)
    )


def _houses(canvas: Canvas, camera: Camera, direction: int, wide: float) -> None:
    """A row of houses along the street, the farthest first."""
    z = canvas.between(1, 8)
    fronts = []
    while z < 70:  # noqa: PLR2004
        deep = canvas.between(5, 15)
        fronts.append((z, deep))
        z += deep + (canvas.between(1, 6) if canvas.chance(0.25) else 0)
    for near, deep in reversed(fronts):
        storeys = canvas.whole(1, 4)
        tile = windows(
            canvas, canvas.colour() if canvas.chance(0.6) else canvas.pale(), storeys, canvas.whole(1, 4)
        )
        wall = Surface(tile, 128 / (3.2 * storeys))
        corner = (wide if direction > 0 else -wide - 10, 0.0, near)
        high = 3.2 * canvas.whole(1, 7)
        roof = Surface(earth(canvas, canvas.dark()), 20)
        cuboid(canvas, camera, corner, (10, high, deep), (wall, roof))


def _pavement(
    canvas: Canvas,
    camera: Camera,
    across: tuple[float, float],
    stones: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
) -> None:
    """Slabs between two lines along the street, painted in strips so that none flickers."""
    low, high = min(across), max(across)
    far = 150.0
    for near in (30, 10, 4, 2, 0.3):
        rectangle(
            canvas,
            camera,
            (low, 0, 0.9 * near),
            ((high - low, 0, 0), (0, 0, far - 0.9 * near)),
            Surface(stones, 40),
        )
        far = near


def _traffic(canvas: Canvas, camera: Camera, wide: float) -> None:
    """Cars and people, the farthest first."""
    for z in sorted(canvas.rng.uniform(3, 25, canvas.whole(0, 5)), reverse=True):
        spot = camera.pixel((canvas.between(-wide, wide), 0, float(z)))
        if canvas.chance(0.5):
            car(canvas, spot, camera.focal_px * 1.5 / float(z))
        else:
            person(canvas, spot, camera.focal_px * 1.75 / float(z))


def _ribbon(
    canvas: Canvas,
    camera: Camera,
    edges: "tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], np.ndarray[tuple[int, ...], np.dtype[np.float64]]]",
    fill: Fill,
) -> None:
    """A strip on the ground between two lines of x at distances from 0.6 m to the horizon."""
    ahead = np.geomspace(0.6, 300, len(edges[0]))
    outline = np.concatenate(
        [np.stack([edge, 0 * ahead, ahead], axis=1)[::way] for edge, way in zip(edges, (1, -1), strict=True)]
    )
    seen = camera.view(outline - (0, camera.height_m, 0))
    seen[:, 2] = np.maximum(seen[:, 2], 0.2)
    paint(canvas, camera.project(seen), fill)


def _in_air(fill: Fill, air: Colour, share: float) -> Fill:
    """The fill, seen through `share` of air."""

    def hazy(canvas: Canvas, height: int, width: int) -> Image:
        image = fill(canvas, height, width)
        return image + (air - image) * np.float32(share)

    return hazy
