"""Small pictures with a hole, and what stands under the hole: the truth that a fill is held against."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cleanplate.pixels.types import Hole, Rgb8

MEADOW = Path(__file__).parents[2] / "examples" / "meadow.jpg"
SIDE_PX = 160


@dataclass(frozen=True, slots=True)
class Case:
    """`truth` is (H, W, 3), `hole` (H, W) with True = make this pixel."""

    truth: Rgb8
    hole: Hole


def disc(radius_px: int = 26) -> Hole:
    hole = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    cv2.circle(hole, (SIDE_PX // 2, SIDE_PX // 2), radius_px, 1, -1)
    return hole.view(np.bool_)


def wire() -> Hole:
    hole = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    cv2.line(hole, (0, 40), (SIDE_PX, 110), 1, 7)
    return hole.view(np.bool_)


def meadow(left: int, top: int) -> Rgb8:
    bgr = cv2.imread(str(MEADOW))
    assert bgr is not None
    cut = bgr[top : top + SIDE_PX, left : left + SIDE_PX]
    return np.asarray(cv2.cvtColor(cut, cv2.COLOR_BGR2RGB), np.uint8)


def bricks() -> Rgb8:
    """Red bricks of 32 x 14 px in running bond, each of its own tone, with pale joints."""
    rng = np.random.default_rng(1)
    rgb = np.full((SIDE_PX, SIDE_PX, 3), (190, 180, 170), np.float64)
    for row, top in enumerate(range(0, SIDE_PX, 16)):
        for left in range(-16 * (row % 2), SIDE_PX, 34):
            tone = np.array((150, 70, 55)) + rng.normal(0, 9)
            rgb[top : top + 14, max(left, 0) : max(left + 32, 0)] = tone
    return grainy(rgb, 5)


def sky() -> Rgb8:
    """A smooth gradient with the grain of a photograph."""
    down = np.linspace(0, 1, SIDE_PX)[:, None, None]
    across = np.linspace(0, 12, SIDE_PX)[None, :, None]
    return grainy(np.array((90.0, 140, 215)) + down * (90, 70, 20) + across, 4)


def stripes() -> Rgb8:
    """Slanted lines 6 px wide."""
    rows, columns = np.indices((SIDE_PX, SIDE_PX))
    dark = (columns * 0.9 + rows * 0.4) % 18 < 6
    return grainy(np.where(dark[..., None], (50.0, 60, 80), (205.0, 200, 180)), 3)


def checkerboard() -> Rgb8:
    rows, columns = np.indices((SIDE_PX, SIDE_PX)) // 14
    return grainy(np.where(((rows + columns) % 2)[..., None], (30.0, 30, 30), (225.0, 225, 215)), 3)


def horizon() -> Rgb8:
    """Sky over dark water: one straight edge through the hole."""
    rgb = sky().astype(np.float64)
    rgb[SIDE_PX // 2 :] = (40, 70, 80)
    return grainy(rgb, 3)


def grainy(rgb: np.ndarray[tuple[int, ...], np.dtype[np.float64]], grain: float) -> Rgb8:
    noise = np.random.default_rng(2).normal(0, grain, rgb.shape)
    return np.clip(np.rint(rgb + noise), 0, 255).astype(np.uint8)


CASES: dict[str, Callable[[], Case]] = {
    "bricks": lambda: Case(bricks(), disc()),
    "checkerboard": lambda: Case(checkerboard(), disc()),
    "grass blade": lambda: Case(meadow(140, 640), disc(20)),
    "horizon": lambda: Case(horizon(), disc()),
    "seed head": lambda: Case(meadow(20, 250), disc()),
    "sky": lambda: Case(sky(), disc()),
    "stripes": lambda: Case(stripes(), disc(20)),
    "wire": lambda: Case(meadow(760, 590), wire()),
}
