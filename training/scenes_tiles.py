"""Tiles that repeat without a seam: earth, bricks, planks, slabs, stripes, rows of windows."""

from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.pixels.types import Rgb8
from training.scenes_canvas import Canvas, Colour, Image
from training.scenes_fills import crop, evened, noise, textured

TILE_PX: int = 128
SMALL_PX: int = 8
FAINTEST: float = 0.1


def earth(canvas: Canvas, colour: Colour, strength: float = 1.0) -> Rgb8:
    """A texture around a colour, mirrored both ways, so that it repeats: grass, sand, plaster, asphalt.

    Args:
        strength: 1 = as strong as in the texture; below `FAINTEST`, nothing but the colour.
    """
    if strength < FAINTEST:
        return _bytes(np.tile(colour, (SMALL_PX, SMALL_PX, 1)))
    half = TILE_PX // 2
    quarter = evened(np.asarray(crop(canvas, canvas.texture(), (half, half), 0.5), np.float32))
    field = noise(canvas, half, half) * 5
    mottled = cv2.add(quarter, cv2.merge([field, field, field]))
    rough = np.asarray(mottled, np.float32) * strength + colour
    return np.asarray(cv2.copyMakeBorder(_bytes(rough), 0, half, 0, half, cv2.BORDER_REFLECT), np.uint8)


@dataclass(frozen=True, slots=True)
class Course:
    """How stones lie.

    Attributes:
        rows, columns: in one tile.
        joint: width of a joint as a share of a row's height; 0 = none.
        shift: how far each row is shifted against the one before, in stones; below 0 = at random.
        differ: standard deviation of the stones' brightness.
    """

    rows: int
    columns: int
    joint: float
    shift: float
    differ: float


def any_course(canvas: Canvas) -> Course:
    """Bricks, slabs, planks, chequers' squares or stripes."""
    rows = 2 ** canvas.whole(1, 4)
    joint, differ = canvas.between(0.03, 0.12), canvas.between(2, 22)
    kind = canvas.whole(0, 3)
    if kind == 0:
        return Course(rows, max(1, rows // 2), joint, 0.5, differ)
    if kind == 1:
        return Course(rows, rows, joint, 0, differ)
    if canvas.chance(0.7):
        return Course(rows, 1, joint, -1, differ)
    return Course(rows, 1, 0, 0, 3 * differ)


def laid(canvas: Canvas, colour: Colour, other: Colour, course: Course) -> Rgb8:
    """Stones, planks or stripes, laid in rows.

    Args:
        colour: of the stones.
        other: of the joints; with some chance every second stone leans to it.
    """
    size = TILE_PX
    row, down = np.divmod(np.arange(size) * course.rows / size, 1)
    starts = np.arange(course.rows) * course.shift if course.shift >= 0 else canvas.rng.random(course.rows)
    along = np.arange(size)[None] * course.columns / size + starts[row.astype(int)][:, None]
    column, across = np.divmod(along, 1)
    stones = canvas.rng.normal(0, course.differ, (course.rows, course.columns))[..., None] + colour
    if canvas.chance(0.3):
        second = np.add.outer(np.arange(course.rows), np.arange(course.columns)) % 2 == 1
        stones[second] += (other - colour) * canvas.between(0.3, 1)
    image = stones[row.astype(int)[:, None], column.astype(int) % course.columns].astype(np.float32)
    image += evened(textured(canvas, size, size)) * canvas.between(0.1, 0.5)
    wide = course.joint * course.columns / course.rows
    image[(down < course.joint)[:, None] | (across < wide)] *= canvas.between(0.4, 0.85)
    return _bytes(image)


def windows(canvas: Canvas, wall: Colour, storeys: int, across: int) -> Rgb8:
    """A wall with windows in rows; its first row of pixels is at the foot.

    Args:
        storeys: rows of windows.
        across: windows in a row.
    """
    size = TILE_PX
    image = np.asarray(earth(canvas, wall, canvas.between(0.1, 0.4)), np.float32)
    frame, glass = wall + canvas.between(-60, 60), canvas.colour() * canvas.between(0.15, 0.6)
    if canvas.chance(0.3):
        glass = (canvas.pale() + canvas.colour()) * 0.4
    high, wide = canvas.between(0.35, 0.9), canvas.between(0.3, 0.95)
    cell_high, cell_wide = size / storeys, size / across
    for storey in range(storeys):
        for column in range(across):
            middle = ((column + 0.5) * cell_wide, (storey + 0.55) * cell_high)
            half = (wide * cell_wide / 2, high * cell_high / 2)
            pane = glass + canvas.rng.normal(0, 12) + (70 if canvas.chance(0.12) else 0)
            _window(image, middle, half, (frame, pane))
    _storeys(canvas, image, storeys)
    return _bytes(image)


def _storeys(canvas: Canvas, image: Image, storeys: int) -> None:
    """What runs along a wall in each storey: a ledge, a shadow under it; or nothing."""
    ledge, thick = canvas.between(-50, 50), canvas.whole(1, 4)
    if canvas.chance(0.6):
        for storey in range(storeys):
            y = round(storey * TILE_PX / storeys)
            image[y : y + thick] += ledge
            image[max(0, y - 2) : y] *= 0.7


def _window(
    image: Image, middle: tuple[float, float], half: tuple[float, float], colours: tuple[Colour, Colour]
) -> None:
    """One window with its frame, and a bar across it."""
    frame, pane = (tuple(float(it) for it in colour) for colour in colours)
    low = tuple(round(m - h) for m, h in zip(middle, half, strict=True))
    high = tuple(round(m + h) for m, h in zip(middle, half, strict=True))
    cv2.rectangle(image, low, high, frame, cv2.FILLED)
    cv2.rectangle(image, (low[0] + 1, low[1] + 1), (high[0] - 1, high[1] - 1), pane, cv2.FILLED)
    cv2.line(image, (round(middle[0]), low[1]), (round(middle[0]), high[1]), frame)


def _bytes(image: Image) -> Rgb8:
    return np.asarray(np.clip(image, 0, 255), np.uint8)
