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

from cleanplate.pixels.types import Rgb8

SIDE_PX = 256
_OCTAVES = 4
_BOARDS = 4
_Field: TypeAlias = NDArray[np.float32]
"""(SIDE_PX, SIDE_PX), about 0..1."""
_Colour: TypeAlias = tuple[int, int, int]
_Random: TypeAlias = np.random.Generator


def _pixel_grid() -> tuple[_Field, _Field]:
    """x and y of every pixel, 0..1."""
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32) / SIDE_PX
    return x, y


def _noise(random: _Random, across: int, down: int) -> _Field:
    """Smooth noise of so many bumps in each direction."""
    coarse = random.random((down + 3, across + 3), np.float32)
    return cast(_Field, cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC))


def _fractal_field(random: _Random, bumps: int, octaves: int = 5) -> _Field:
    """Fractal noise, stretched to 0..1."""
    total = sum(_noise(random, bumps << octave, bumps << octave) / 2**octave for octave in range(octaves))
    return _normalize(cast(_Field, total))


def fractal_noise(random: _Random, shape: tuple[int, ...], bump_px: float) -> NDArray[np.float32]:
    """(H, W) noise of bumps of that size and finer ones on them; mean 0, spread 1."""
    total = np.zeros(shape, np.float32)
    for octave in range(_OCTAVES):
        step = max(bump_px / 2**octave, 1.5)
        coarse = random.random((int(shape[0] / step) + 4, int(shape[1] / step) + 4), np.float32)
        bumps = cv2.resize(coarse, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += bumps[: shape[0], : shape[1]] / np.float32(2**octave)
    return cast(NDArray[np.float32], (total - total.mean()) / max(float(total.std()), 1e-6))


def _normalize(field: _Field) -> _Field:
    low, high = np.percentile(field, (1, 99))
    return cast(_Field, np.clip((field - low) / max(high - low, 1e-6), 0, 1).astype(np.float32))


def colour_ramp(field: _Field, colours: Sequence[_Colour]) -> Rgb8:
    """0..1 to colours, in even steps; (H, W, 3) uint8."""
    stops = np.linspace(0, 1, len(colours))
    planes = [np.interp(field, stops, [colour[channel] for colour in colours]) for channel in range(3)]
    return cast(Rgb8, np.rint(np.stack(planes, axis=2)).astype(np.uint8))


def _voronoi_cells(random: _Random, count: int) -> tuple[_Field, NDArray[np.intp]]:
    """Distance to the border between the cells of random points, 0..1, and in whose cell each pixel is."""
    x, y = _pixel_grid()
    points = random.random((count, 2), np.float32)
    distance = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1])
    nearest = np.partition(distance, 1, axis=2)
    border = nearest[..., 1] - nearest[..., 0]
    return (border / border.max()).astype(np.float32), distance.argmin(axis=2)


def _wood(random: _Random) -> Rgb8:
    """Four upright boards, each with its own rings, fibres and tone, and dark joints between."""
    x, _ = _pixel_grid()
    board = np.minimum((_BOARDS * x).astype(np.intp), _BOARDS - 1)
    start, tone = random.uniform(-3, 3, _BOARDS)[board], random.uniform(-0.25, 0.25, _BOARDS)[board]
    rings = np.sin(2 * np.pi * (5 * x + start + 2.2 * _noise(random, 2, 1) + 0.2 * _noise(random, 10, 2)))
    fibres = _noise(random, 120, 5) + 0.5 * _noise(random, 60, 2) - 0.75
    within = _BOARDS * x % 1
    joint = np.exp(-np.minimum(within, 1 - within) * 45)
    field = _normalize((0.5 + 0.16 * rings + 0.5 * fibres + tone).astype(np.float32)) - 0.9 * joint
    return colour_ramp(field, [(92, 52, 22), (150, 92, 45), (190, 132, 74), (222, 174, 112)])


def _ice(random: _Random) -> Rgb8:
    border, owner = _voronoi_cells(random, 28)
    facets = random.random(28, np.float32)[owner]
    field = 0.45 * facets + 0.35 * _fractal_field(random, 4) + 0.5 * np.exp(-border * 30)
    return colour_ramp(
        _normalize(field.astype(np.float32)),
        [(40, 110, 170), (120, 190, 228), (205, 236, 248), (255, 255, 255)],
    )


def _cloud(random: _Random) -> Rgb8:
    return colour_ramp(
        _fractal_field(random, 3),
        [(104, 160, 220), (176, 206, 238), (240, 246, 252), (255, 255, 255), (255, 255, 255)],
    )


def _porcelain(random: _Random) -> Rgb8:
    glaze = colour_ramp(_fractal_field(random, 2), [(226, 236, 244), (250, 252, 254)])
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


def _gold(random: _Random) -> Rgb8:
    """Leaf that is laid on by hand: fine creases over cloudy sheen."""
    border, owner = _voronoi_cells(random, 160)
    facets = random.random(160, np.float32)[owner]
    field = 0.2 * facets + 0.8 * _fractal_field(random, 6) + 0.25 * np.exp(-border * 30)
    return colour_ramp(
        _normalize(field.astype(np.float32)),
        [(92, 46, 6), (176, 104, 18), (228, 160, 42), (252, 206, 96), (255, 244, 196)],
    )


_DRAWERS: Final[Mapping[str, Callable[[_Random], Rgb8]]] = {
    "ice": _ice,
    "cloud": _cloud,
    "wood": _wood,
    "porcelain": _porcelain,
    "knit": _knit,
    "gold foil": _gold,
}
NAMES: Final = tuple(_DRAWERS)


def draw_texture(name: str, seed: int) -> Rgb8:
    """The material called `name`, one of `NAMES`; another seed is another piece of it."""
    return _DRAWERS[name](np.random.default_rng(seed))
