"""Fur: strands over an object that lie downhill and hang out over its edge."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.materials.height_field import Form, Plane, depth_px
from cleanplate.pixels.types import Alpha, Rgb8

_LENGTH, _STEPS = 0.055, 3
"""Of a strand: as a share of the object's side, and straight pieces."""
_LEAST_PX = 5.0
_DENSITY, _MOST = 10.0, 60_000
"""How often strands cover the object, and the most that are drawn."""
_FINE = 800
"""Thicknesses of a strand along the object's side."""
_LEAN, _BEND = 0.22, 0.35
"""Radians by which strands differ in where they lie and how they curl; standard deviations."""
_WEIGHT, _SWAY = 0.22, 0.16
"""How strongly strands hang down, and are ruffled, beside lying downhill."""
_ROOT, _TIP, _UNEVEN = 0.74, 1.08, 0.1
"""Brightness of a strand's root and tip, and how much strands differ in it."""
_BED = 0.62
"""Brightness of what shows between the strands."""
_BED_IN, _ROOTS_IN = 0.75, 0.65
"""How far inside of the outline they end, in lengths of a strand."""
_SHIFT = 4
"""Binary places of the coordinates that OpenCV draws with."""


@dataclass(frozen=True, slots=True)
class _Strands:
    """Points (n, steps + 1, 2) as OpenCV draws them, and colours (n, steps, 3), 0..255."""

    points: NDArray[np.int32]
    colours: NDArray[np.float64]


def furry(colours: Rgb8, alpha: Alpha, form: Form, seed: int) -> tuple[Rgb8, Alpha]:
    """Cover an object with fur.

    Args:
        colours: (H, W, 3) uint8, of the fur.
        alpha: (H, W) float32, 1 = the object.
        form: of the object.
        seed: another one, other strands.

    Returns:
        (H, W, 3) uint8 and (H, W) float32: the fur, and where it hides what is behind it; a ragged edge
        within `alpha`.
    """
    random = np.random.default_rng(seed)
    long_px = max(form.side_px * _LENGTH, _LEAST_PX)
    thick_px = max(1, round(form.side_px / _FINE))
    bed = (colours * np.float32(_BED)).astype(np.uint8)
    depth = depth_px(alpha)
    # Where the object is thin its middle has to do.
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(long_px / 2) + 1,) * 2)
    least = np.minimum(cv2.dilate(depth, near), np.float32(long_px))
    hidden = ((depth > _BED_IN * least) * np.uint8(255)).astype(np.uint8)
    y, x = np.nonzero(depth > _ROOTS_IN * least)
    if len(y):
        count = min(int(_DENSITY * len(y) / (long_px * thick_px)), _MOST)
        chosen = random.integers(0, len(y), count)
        strands = _grown((x[chosen], y[chosen]), colours, _downhill(form, random), long_px, random)
        _draw(strands, bed, hidden, thick_px)
    return bed, np.minimum(hidden.astype(np.float32) / 255, np.minimum(2 * alpha, 1))


def _downhill(form: Form, random: np.random.Generator) -> Plane:
    """(H, W): the angle at which a strand lies, radians from right to down."""
    smooth = cv2.GaussianBlur(form.body, (0, 0), max(form.side_px / 25, 0.8))
    right, down = (cv2.Sobel(smooth, cv2.CV_32F, x, 1 - x, scale=-1 / 8) for x in (1, 0))
    coarse = random.normal(0, _SWAY, (9, 9, 2)).astype(np.float32)
    sway = cv2.resize(coarse, smooth.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return cast(Plane, np.arctan2(down + _WEIGHT + sway[..., 1], right + sway[..., 0]))


def _grown(
    roots: tuple[NDArray[np.intp], NDArray[np.intp]],
    colours: Rgb8,
    angles: Plane,
    long_px: float,
    random: np.random.Generator,
) -> _Strands:
    x, y = roots
    count = len(x)
    start = angles[y, x] + random.normal(0, _LEAN, count)
    bend = random.normal(0, _BEND, count) / _STEPS
    turned = start[:, None] + bend[:, None] * np.arange(1, _STEPS + 1)
    pace = (long_px * random.uniform(0.55, 1.1, count) / _STEPS)[:, None, None]
    paces = np.cumsum(pace * np.stack([np.cos(turned), np.sin(turned)], 2), axis=1)
    points = np.stack([x, y], 1)[:, None] + np.concatenate([np.zeros((count, 1, 2)), paces], 1)
    tone = np.linspace(_ROOT, _TIP, _STEPS) + _UNEVEN * random.normal(0, 1, count)[:, None]
    drawn = colours[y, x][:, None] * np.clip(tone, 0.4, 1.5)[..., None]
    return _Strands(np.rint(points * 2**_SHIFT).astype(np.int32), np.clip(drawn, 0, 255))


def _draw(strands: _Strands, canvas: Rgb8, hidden: NDArray[np.uint8], thick_px: int) -> None:
    """In place, and in the order in which they grew: no strand knows which lies over which."""
    for points, colours in zip(strands.points.tolist(), strands.colours.tolist(), strict=True):
        for first, second, colour in zip(points, points[1:], colours, strict=False):
            cv2.line(canvas, first, second, colour, thick_px, cv2.LINE_AA, _SHIFT)
    cv2.polylines(hidden, list(strands.points), False, 255, thick_px, cv2.LINE_AA, _SHIFT)
