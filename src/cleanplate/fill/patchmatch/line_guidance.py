"""Straight edges drawn into the first picture, so that the coarse sizes build on them."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.lines import Line, distance_map
from cleanplate.fill.patchmatch.pyramid import Planes, PyramidImage
from cleanplate.pixels.types import Hole

REACH_PX = 3.0
"""How far to both sides of a line its surroundings are drawn."""
SAMPLED_PX = 6.0
"""Length of the known edge that is repeated along the line, at most."""
CLEAR_PX = 1.5
"""Distance of a sample from the hole."""

Floats: TypeAlias = NDArray[np.float64]


def draw(lines: Sequence[Line], step: PyramidImage, planes: Planes) -> Hole:
    """Continue what lies along each line's known ends into the hole, from one end to the other.

    Args:
        lines: in pixels of `step`.
        planes: (H, W, 4), written to in the hole, near the lines.

    Returns:
        (H, W), True where something was drawn.
    """
    drawn = np.zeros_like(step.hole)
    nearest, _ = distance_map(lines, step.hole.shape, REACH_PX)
    for number, line in enumerate(lines):
        y, x = np.nonzero((nearest == number) & step.hole)
        along, across = _frame(line, y, x)
        first, near = _sample(line, -CLEAR_PX - np.mod(along, _span(line.before_px)), across, step)
        beyond = line.length_px + CLEAR_PX + np.mod(line.length_px - along, _span(line.after_px))
        second, far = _sample(line, beyond, across, step)
        share = np.clip(along / max(line.length_px, 1.0), 0, 1)
        share = np.where(near & far, share, np.where(near, 0.0, 1.0))[:, None]
        colour = step.planes[first] * (1 - share) + step.planes[second] * share
        sound = (near | far) & (along >= 0) & (along <= line.length_px)
        planes[y[sound], x[sound]] = np.rint(colour[sound])
        drawn[y[sound], x[sound]] = True
    return drawn


def _span(seen_px: float) -> float:
    return min(max(seen_px - CLEAR_PX, 1.0), SAMPLED_PX)


def _frame(line: Line, y: NDArray[np.intp], x: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Pixels from the line's entry, along it and to its right."""
    right, down = line.direction
    from_x, from_y = x - line.x0, y - line.y0
    return from_x * right + from_y * down, from_y * right - from_x * down


def _sample(
    line: Line, along: Floats, across: Floats, step: PyramidImage
) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], Hole]:
    """The pixels at these places, and which of them are known."""
    right, down = line.direction
    x = np.rint(line.x0 + along * right - across * down).astype(np.intp)
    y = np.rint(line.y0 + along * down + across * right).astype(np.intp)
    height, width = step.hole.shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
    return (y, x), inside & ~(step.hole | step.excluded)[y, x]
