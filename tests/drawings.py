"""Pictures that were drawn and not taken, of any size: no noise, few colours, much that repeats."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Rgb8

Drawing: TypeAlias = Callable[[int, int], Rgb8]
"""(height, width) to (height, width, 3)."""
_INK, _PAPER = (20, 24, 40), (250, 252, 252)


def flat(height: int, width: int) -> Rgb8:
    return np.full((height, width, 3), (252, 252, 250), np.uint8)


def black(height: int, width: int) -> Rgb8:
    return np.zeros((height, width, 3), np.uint8)


def white(height: int, width: int) -> Rgb8:
    return np.full((height, width, 3), 255, np.uint8)


def hatching(height: int, width: int) -> Rgb8:
    """Slanted strokes a pixel wide."""
    return _two(_grid(height, width, lambda y, x: (2 * x + y) % 9 < 2), (120, 120, 124), (160, 160, 160))


def checker(height: int, width: int) -> Rgb8:
    return _two(_grid(height, width, lambda y, x: (y // 8 + x // 8) % 2 == 0), (0, 0, 0), (255, 255, 255))


def fine_checker(height: int, width: int) -> Rgb8:
    return _two(_grid(height, width, lambda y, x: (y + x) % 2 == 0), (0, 0, 0), (255, 255, 255))


def stripes(height: int, width: int) -> Rgb8:
    return _two(_grid(height, width, lambda y, x: (x + 0 * y) % 12 < 4), (200, 30, 40), (240, 240, 220))


def ruled(height: int, width: int) -> Rgb8:
    """Paper with lines, and one margin."""
    rgb = _two(_grid(height, width, lambda y, x: (y + 0 * x) % 16 == 15), (150, 180, 220), _PAPER)
    rgb[:, width // 8 : width // 8 + 1] = (230, 120, 120)
    return rgb


def squared(height: int, width: int) -> Rgb8:
    return _two(_grid(height, width, lambda y, x: (y % 10 == 0) | (x % 10 == 0)), (170, 190, 220), _PAPER)


def dashes(height: int, width: int) -> Rgb8:
    return _two(_grid(height, width, lambda y, x: (y % 14 < 2) & (x % 11 < 6)), _INK, _PAPER)


def screen(height: int, width: int) -> Rgb8:
    """Dots of a print."""
    dots = _grid(height, width, lambda y, x: ((y % 6 - 3) ** 2 + (x % 6 - 3) ** 2) < 5)
    return _two(dots, (0, 90, 160), (255, 255, 255))


def gradient(height: int, width: int) -> Rgb8:
    """All columns the same."""
    down = np.linspace(0, 255, height).astype(np.uint8)[:, None, None]
    return np.ascontiguousarray(np.broadcast_to(down, (height, width, 3)))


def slope(height: int, width: int) -> Rgb8:
    rows, columns = np.indices((height, width))
    return np.dstack([rows % 256, columns % 256, (rows + columns) // 2 % 256]).astype(np.uint8)


def specks(height: int, width: int) -> Rgb8:
    """Single pixels, far apart."""
    marked = np.random.default_rng(0).random((height, width)) < 0.01
    return _two(marked, _INK, _PAPER)


def noise(height: int, width: int) -> Rgb8:
    """Black and white, by chance."""
    return _two(np.random.default_rng(1).random((height, width)) < 0.5, (0, 0, 0), (255, 255, 255))


def code(height: int, width: int) -> Rgb8:
    """Squares of 5 px as in a code that a phone reads."""
    cells = np.random.default_rng(2).random((height // 5 + 1, width // 5 + 1)) < 0.5
    rgb = _two(np.kron(cells, np.ones((5, 5), np.bool_))[:height, :width], (0, 0, 0), (255, 255, 255))
    for top, left in ((0, 0), (0, width - 35), (height - 35, 0)):
        cv2.rectangle(rgb, (left, top), (left + 34, top + 34), (0, 0, 0), 5)
    return rgb


def page(height: int, width: int) -> Rgb8:
    """Text set in lines."""
    rgb = np.full((height, width, 3), _PAPER, np.uint8)
    for number, y in enumerate(range(24, height, 22)):
        words = "The quick brown fox jumps over the lazy dog, again "[number % 7 :] * 3
        cv2.putText(rgb, words, (6, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    return rgb


def comic(height: int, width: int) -> Rgb8:
    """A balloon with thick outline over hatching."""
    rgb = hatching(height, width)
    middle, axes = (width // 2, height // 2), (max(width * 2 // 5, 1), max(height * 2 // 5, 1))
    cv2.ellipse(rgb, middle, axes, 0, 0, 360, _PAPER, -1)
    cv2.ellipse(rgb, middle, axes, 0, 0, 360, (0, 0, 0), 5)
    return rgb


def window(height: int, width: int) -> Rgb8:
    """A program's window: bars, frames, a button, small letters."""
    rgb = np.full((height, width, 3), (240, 240, 240), np.uint8)
    cv2.rectangle(rgb, (0, 0), (width, height // 8), (60, 90, 160), -1)
    cv2.rectangle(rgb, (width // 8, height // 4), (width * 7 // 8, height * 3 // 4), (255, 255, 255), -1)
    cv2.rectangle(rgb, (width // 8, height // 4), (width * 7 // 8, height * 3 // 4), (120, 120, 120), 1)
    cv2.putText(rgb, "Save file?", (width // 6, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1)
    return rgb


DRAWINGS: Mapping[str, Drawing] = {
    draw.__name__: draw
    for draw in (
        *(flat, black, white, hatching, checker, fine_checker, stripes, ruled, squared, dashes, screen),
        *(gradient, slope, specks, noise, code, page, comic, window),
    )
}


def _grid(
    height: int, width: int, dark: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    rows, columns = np.indices((height, width))
    return dark(rows, columns)


def _two(dark: NDArray[np.bool_], ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Rgb8:
    return np.where(dark[..., None], np.array(ink, np.uint8), np.array(paper, np.uint8))
