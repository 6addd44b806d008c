"""Pictures of materials, drawn by code: what a network for style transfer is shown as the style.

Each is (SIDE_PX, SIDE_PX, 3) uint8, sRGB, and the same for the same seed. They are made for the statistics of
colour and stroke that such a network reads (Ghiasi et al., "Exploring the structure of a real-time, arbitrary
neural artistic stylization network", 2017, section 3), not to be looked at.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.types import Rgb8

SIDE_PX = 256
_Field: TypeAlias = NDArray[np.float32]
"""(SIDE_PX, SIDE_PX), about 0..1."""
_Colour: TypeAlias = tuple[int, int, int]
_Random: TypeAlias = np.random.Generator


def _plane() -> tuple[_Field, _Field]:
    """x and y of every pixel, 0..1."""
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32) / SIDE_PX
    return x, y


def _noise(random: _Random, across: int, down: int) -> _Field:
    """Smooth noise of so many bumps in each direction."""
    coarse = random.random((down + 3, across + 3), np.float32)
    return cast(_Field, cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC))


def _clouds(random: _Random, bumps: int, octaves: int = 5) -> _Field:
    """Fractal noise, stretched to 0..1."""
    total = sum(_noise(random, bumps << octave, bumps << octave) / 2**octave for octave in range(octaves))
    return _stretched(cast(_Field, total))


def _stretched(field: _Field) -> _Field:
    low, high = np.percentile(field, (1, 99))
    return cast(_Field, np.clip((field - low) / max(high - low, 1e-6), 0, 1).astype(np.float32))


def _ramp(field: _Field, colours: Sequence[_Colour]) -> Rgb8:
    """0..1 to colours, in even steps."""
    stops = np.linspace(0, 1, len(colours))
    planes = [np.interp(field, stops, [colour[channel] for colour in colours]) for channel in range(3)]
    return cast(Rgb8, np.rint(np.stack(planes, axis=2)).astype(np.uint8))


def _cells(random: _Random, count: int) -> tuple[_Field, NDArray[np.intp]]:
    """Distance to the border between the cells of random points, 0..1, and in whose cell each pixel is."""
    x, y = _plane()
    points = random.random((count, 2), np.float32)
    distance = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1])
    nearest = np.sort(distance, axis=2)
    border = nearest[..., 1] - nearest[..., 0]
    return (border / border.max()).astype(np.float32), distance.argmin(axis=2)


def _wood(random: _Random) -> Rgb8:
    x, _ = _plane()
    rings = np.sin(2 * np.pi * (7 * x + 1.6 * _noise(random, 2, 1) + 0.15 * _noise(random, 10, 2)))
    fibres = _noise(random, 120, 6) - 0.5
    field = _stretched((0.5 + 0.4 * rings + 0.5 * fibres).astype(np.float32))
    return _ramp(field, [(92, 52, 22), (150, 92, 45), (190, 132, 74), (222, 174, 112)])


def _ice(random: _Random) -> Rgb8:
    border, owner = _cells(random, 28)
    facets = random.random(28, np.float32)[owner]
    field = 0.45 * facets + 0.35 * _clouds(random, 4) + 0.5 * np.exp(-border * 30)
    return _ramp(
        _stretched(field.astype(np.float32)),
        [(40, 110, 170), (120, 190, 228), (205, 236, 248), (255, 255, 255)],
    )


def _cloud(random: _Random) -> Rgb8:
    return _ramp(
        _clouds(random, 3),
        [(104, 160, 220), (176, 206, 238), (240, 246, 252), (255, 255, 255), (255, 255, 255)],
    )


def _lantern(random: _Random) -> Rgb8:
    x, y = _plane()
    ribs = np.abs(np.sin(np.pi * 8 * (x + 0.03 * np.sin(6 * y))))
    glow = np.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) * 5)
    silk = _ramp(
        _stretched((0.45 * ribs + 0.7 * glow + 0.15 * _noise(random, 60, 60)).astype(np.float32)),
        [(96, 4, 8), (190, 18, 20), (228, 40, 24), (255, 150, 50)],
    )
    for row in (20, 128, 236):
        cv2.rectangle(silk, (0, row - 8), (SIDE_PX, row + 8), (236, 184, 60), -1)
        for column in range(8, SIDE_PX, 24):
            cv2.circle(silk, (column, row), 6, (160, 20, 16), 2, cv2.LINE_AA)
    return silk


def _porcelain(random: _Random) -> Rgb8:
    glaze = _ramp(_clouds(random, 2), [(226, 236, 244), (250, 252, 254)])
    for _ in range(26):
        centre = random.integers(0, SIDE_PX, 2)
        blue = tuple(int(value) for value in random.integers((14, 40, 120), (60, 100, 190)))
        _scroll(glaze, (int(centre[0]), int(centre[1])), float(random.random() * 6.28), cast(_Colour, blue))
    return glaze


def _scroll(canvas: Rgb8, centre: tuple[int, int], turn: float, colour: _Colour) -> None:
    """A spiral that ends in a flower of five petals, as on blue and white ware."""
    angles = np.linspace(0, 4.2, 40)
    radius = 4 + 6 * angles
    spiral = np.stack(
        [centre[0] + radius * np.cos(angles + turn), centre[1] + radius * np.sin(angles + turn)], axis=1
    )
    cv2.polylines(canvas, [np.rint(spiral).astype(np.int32)], False, colour, 3, cv2.LINE_AA)
    for petal in range(5):
        angle = turn + petal * 2 * np.pi / 5
        place = (round(centre[0] + 6 * np.cos(angle)), round(centre[1] + 6 * np.sin(angle)))
        cv2.ellipse(canvas, place, (6, 3), float(np.degrees(angle)), 0, 360, colour, -1, cv2.LINE_AA)


def _fluff(random: _Random) -> Rgb8:
    """Tufts of fur: long hairs, the lighter ones on top, that lean together."""
    canvas = np.full((SIDE_PX, SIDE_PX, 3), (120, 92, 66), np.uint8)
    lean = _clouds(random, 3, 2) * 4.5
    count = 3200
    for shade, place in zip(np.linspace(0, 1, count), random.integers(-20, SIDE_PX, (count, 2)), strict=True):
        x, y = int(place[0]), int(place[1])
        angle = float(lean[max(y, 0), max(x, 0)]) + float(random.normal(0, 0.2))
        lightness = float(np.clip(shade + random.normal(0, 0.15), 0, 1))
        low, high = np.array((132, 100, 70)), np.array((255, 247, 232))
        colour = tuple(int(value) for value in low + lightness * (high - low))
        tip = (round(x + 26 * np.cos(angle)), round(y + 26 * np.sin(angle)))
        cv2.line(canvas, (x, y), tip, cast(_Colour, colour), 2 if shade < 0.5 else 1, cv2.LINE_AA)  # noqa: PLR2004
    return canvas


def _knit(random: _Random) -> Rgb8:
    """Stocking stitch in red wool: columns of V."""
    canvas = np.full((SIDE_PX, SIDE_PX, 3), (84, 16, 20), np.uint8)
    wide, high = 32, 24
    for row in range(-1, SIDE_PX // high + 2):
        for column in range(SIDE_PX // wide):
            for side in (-1, 1):
                place = (column * wide + wide // 2 + side * 8, row * high + high // 2)
                _stitch(canvas, place, side, float(random.normal(0, 6)))
    return canvas


def _stitch(canvas: Rgb8, place: tuple[int, int], side: int, tone: float) -> None:
    """One leg of a stitch: a lens of yarn that leans inwards, lighter along its middle, with its twist."""
    for shrink, light in ((0, -30), (1, 0), (3, 26), (5, 46)):
        colour = (int(176 + light + tone), int(44 + light + tone), int(46 + light + tone))
        cv2.ellipse(canvas, place, (8 - shrink, 18 - 2 * shrink), side * 28, 0, 360, colour, -1, cv2.LINE_AA)
    for along in range(-10, 12, 5):
        middle = (place[0] - side * round(along * 0.5), place[1] + along)
        start, end = (middle[0] - 5, middle[1] + 3 * side), (middle[0] + 5, middle[1] - 3 * side)
        cv2.line(canvas, start, end, (150, 34, 38), 1, cv2.LINE_AA)


def _balloon(random: _Random) -> Rgb8:
    canvas = np.full((SIDE_PX, SIDE_PX, 3), (250, 120, 160), np.uint8)
    colours = ((240, 60, 110), (255, 130, 60), (80, 150, 250), (250, 90, 160))
    for index in range(9):
        centre = (int(random.integers(0, SIDE_PX)), int(random.integers(0, SIDE_PX)))
        _ball(canvas, centre, int(random.integers(45, 75)), colours[index % len(colours)])
    return canvas


def _ball(canvas: Rgb8, centre: tuple[int, int], radius: int, colour: _Colour) -> None:
    """A shiny ball: darker at the rim, a wide sheen and a hard highlight."""
    for share in np.linspace(1, 0.1, 24):
        light = 0.55 + 0.45 * (1 - share**2)
        shade = tuple(min(int(value * light + 70 * (1 - share) ** 2), 255) for value in colour)
        place = (
            round(centre[0] - radius * 0.2 * (1 - share)),
            round(centre[1] - radius * 0.25 * (1 - share)),
        )
        cv2.circle(canvas, place, round(radius * share), cast(_Colour, shade), -1, cv2.LINE_AA)
    shine = (round(centre[0] - radius * 0.35), round(centre[1] - radius * 0.4))
    cv2.ellipse(canvas, shine, (radius // 5, radius // 8), -40, 0, 360, (255, 255, 255), -1, cv2.LINE_AA)


def _gold(random: _Random) -> Rgb8:
    """Leaf that is laid on by hand: fine creases over cloudy sheen."""
    border, owner = _cells(random, 160)
    facets = random.random(160, np.float32)[owner]
    field = 0.2 * facets + 0.8 * _clouds(random, 6) + 0.25 * np.exp(-border * 30)
    return _ramp(
        _stretched(field.astype(np.float32)),
        [(92, 46, 6), (176, 104, 18), (228, 160, 42), (252, 206, 96), (255, 244, 196)],
    )


_DRAW: Final[Mapping[str, Callable[[_Random], Rgb8]]] = {
    "ice": _ice,
    "cloud": _cloud,
    "lantern": _lantern,
    "wood": _wood,
    "porcelain": _porcelain,
    "fluff": _fluff,
    "knit": _knit,
    "balloon": _balloon,
    "gold foil": _gold,
}
NAMES: Final = tuple(_DRAW)


def draw(name: str, seed: int) -> Rgb8:
    """The material called `name`, one of `NAMES`; another seed is another piece of it."""
    return _DRAW[name](np.random.default_rng(seed))
