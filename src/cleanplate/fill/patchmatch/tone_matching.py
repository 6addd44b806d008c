"""Tone of a fill carried over from its border: seamless cloning with a robust, soft border.

What the fill predicts for the known pixels just outside the hole is compared with what is there. The
difference is spread into the hole as a membrane: harmonic as in P. Perez, M. Gangnet, A. Blake, "Poisson
image editing", SIGGRAPH 2003, but each stretch of border pulls only as much as it agrees with itself. A sky
pulls the membrane onto its own level; a border that runs through leaves, or where another object was copied,
hardly pulls at all, so it cannot smear a colour into the fill. A membrane is smooth, so it is solved on cells
of a few pixels, coarse to fine.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Hole, Rgb8

FloatImage: TypeAlias = NDArray[np.float32]
"""(H, W, 3) or (H, W), float32."""

CAP_LEVELS = 20.0
"""No correction is larger: what differs by more is other content, not another tone."""
REJECT_LEVELS = 50.0
"""A border pixel that differs by this much in any channel has no say (Tukey's biweight)."""
REJECT_FLOOR_LEVELS = 12.0
REJECT_MEDIANS = 6.0
"""Nor has one that differs by so many times what is usual along this border, above the floor."""
CELLS = 40_000
"""About as many cells at most as the membrane is solved on."""
MIN_CELL_PX = 2
WINDOW_CELLS = 5
"""Side of the window in which a stretch of border is asked how well it agrees with itself."""
CORRELATION = 4.0
"""Neighbouring differences err alike (grain, patches): so many pixels count as one."""
ROUNDING_VARIANCE = 0.5
"""Squared levels: what the difference of two rounded values is unsure of anyway."""
SLACK = 6.0
"""Squared levels by which the tone may change from a cell to the next: more follows the border closer."""
SCREENING = 1e-5
"""Pull towards no correction in each cell: the membrane fades over 1/sqrt of this, some 300 cells."""
SWEEPS = 6
"""At each size; what is longer than a few cells is already right from the smaller size."""
COARSEST_CELLS = 4
"""A grid with no longer side is solved without going coarser."""
COARSEST_SWEEPS = 40
NEIGHBOURS = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]], np.float32) / 3


@dataclass(frozen=True, slots=True)
class _Border:
    """What the border says, cell by cell.

    Attributes:
        pull: (h, w) how strongly a cell holds the membrane; 0 where there is no border.
        pulled: (h, w, 3) `pull` times the difference wanted there, in levels.
        inside: (h, w) 1 where the membrane exists: cells with a part of the hole or of the band.
    """

    pull: FloatImage
    pulled: FloatImage
    inside: FloatImage


def match_tone(
    rgb: Rgb8, made: NDArray[np.generic], hole: Hole, band: Hole, amount: float = 1.0
) -> FloatImage:
    """Shift the tone of a fill so that it meets the photo at the border without a step.

    Args:
        rgb: (H, W, 3) the crop; read on `band` only.
        made: (H, W, 3) uint8 or float32, 0..255: the fill in the hole, and on `band` what the fill predicts
            for the known pixels there.
        hole: (H, W), True = made pixel.
        band: (H, W), True = known pixel near the hole to agree with. Never in `hole`. Where there is none
            (the picture's edge, excluded objects) the tone runs on freely.
        amount: 0 = off .. 1 = the whole correction.

    Returns:
        (H, W, 3) float32, a copy of `made` with the hole corrected by CAP_LEVELS at most; may leave 0..255.
    """
    out = np.array(made, np.float32)
    if amount == 0 or not hole.any() or not band.any():
        return out
    window = _bounds(hole | band)
    part, part_hole = out[window], hole[window]
    step = max(MIN_CELL_PX, int(np.ceil(np.sqrt(part_hole.size / CELLS))))
    border = _border(rgb[window], part, part_hole, band[window], step)
    membrane = _widen(_solve(border), border.inside)
    full = _enlarge(membrane * np.float32(amount), step, part_hole.shape)
    cv2.add(part, full, dst=part, mask=part_hole.view(np.uint8))
    return out


def _bounds(flags: Hole) -> tuple[slice, slice]:
    """(rows, columns) of the smallest window that holds every flag."""
    rows, columns = np.flatnonzero(flags.any(1)), np.flatnonzero(flags.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _border(rgb: Rgb8, made: FloatImage, hole: Hole, band: Hole, step: int) -> _Border:
    """Gather the differences of single border pixels into cells of `step` pixels."""
    shape = (-(-hole.shape[0] // step), -(-hole.shape[1] // step))
    y, x = np.nonzero(band)
    wanted = rgb[y, x] - made[y, x]
    trust = _trust(np.abs(wanted).max(1))
    cell = (y // step) * shape[1] + x // step
    share = _gather(cell, trust, shape)
    sums = np.dstack([_gather(cell, trust * wanted[:, c], shape) for c in range(3)])
    squares = _gather(cell, trust * np.square(wanted).mean(1), shape)
    pull = share * _certainty(share, sums, squares)
    mean = sums / np.maximum(share, 1e-6)[..., None]
    pulled = np.clip(mean, -CAP_LEVELS, CAP_LEVELS) * pull[..., None]
    inside = (_any(hole, step) + share > 0).astype(np.float32)
    return _Border(pull, pulled, inside)


def _trust(far: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 .. 0 for border pixels that differ by `far` levels in their worst channel."""
    reject = min(REJECT_LEVELS, REJECT_FLOOR_LEVELS + REJECT_MEDIANS * float(np.median(far)))
    return np.asarray(np.square(np.maximum(0, 1 - np.square(far / reject))), np.float32)


def _gather(cell: NDArray[np.intp], values: NDArray[np.floating], shape: tuple[int, int]) -> FloatImage:
    """(h, w) sums of `values` by cell."""
    return np.bincount(cell, values, shape[0] * shape[1]).reshape(shape).astype(np.float32)


def _any(hole: Hole, step: int) -> FloatImage:
    """(h, w) 1 where a cell has any pixel of the hole."""
    padded = np.pad(hole, ((0, -hole.shape[0] % step), (0, -hole.shape[1] % step)))
    rows = np.logical_or.reduceat(padded, np.arange(0, padded.shape[0], step), 0)
    cells = np.logical_or.reduceat(rows, np.arange(0, padded.shape[1], step), 1)
    return np.asarray(cells, np.float32)


def _certainty(share: FloatImage, sums: FloatImage, squares: FloatImage) -> FloatImage:
    """(h, w) pull of one border pixel: the inverse variance of the differences in its stretch of border."""
    size = (WINDOW_CELLS, WINDOW_CELLS)
    count = np.maximum(cv2.blur(share, size, borderType=cv2.BORDER_CONSTANT), 1e-6)
    mean = cv2.blur(sums, size, borderType=cv2.BORDER_CONSTANT) / count[..., None]
    spread = cv2.blur(squares, size, borderType=cv2.BORDER_CONSTANT) / count - np.square(mean).mean(2)
    return np.asarray(SLACK / (CORRELATION * np.maximum(spread, 0) + ROUNDING_VARIANCE), np.float32)


def _solve(border: _Border) -> FloatImage:
    """(h, w, 3) the membrane in levels, solved at half the size first."""
    height, width = border.pull.shape
    if max(height, width) <= COARSEST_CELLS:
        return _relax(border, np.zeros_like(border.pulled), COARSEST_SWEEPS)
    coarse = _solve(_halve(border))
    start = cv2.resize(coarse, (2 * coarse.shape[1], 2 * coarse.shape[0]), interpolation=cv2.INTER_LINEAR)
    return _relax(border, np.asarray(start[:height, :width], np.float32), SWEEPS)


def _halve(border: _Border) -> _Border:
    """Four cells to one; an odd side is filled up with cells that say nothing."""
    pull, pulled, inside = (_blocks(part) for part in (border.pull, border.pulled, border.inside))
    return _Border(4 * pull, 4 * pulled, (inside > 0).astype(np.float32))


def _blocks(part: FloatImage) -> FloatImage:
    """Means of 2 x 2 cells."""
    height, width = part.shape[:2]
    even = cv2.copyMakeBorder(part, 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.resize(even, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA))


def _relax(border: _Border, start: FloatImage, sweeps: int) -> FloatImage:
    """Jacobi sweeps of `pull (u - wanted)^2 + |grad u|^2 + screening u^2` over the inside."""
    inside = border.inside
    links = cv2.filter2D(inside, -1, NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
    share = inside / (links + border.pull + SCREENING)
    fixed, share = border.pulled * share[..., None], cv2.merge([share] * 3)
    tone = start * inside[..., None]
    for _ in range(sweeps):
        around = cv2.filter2D(tone, -1, NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
        tone = np.asarray(cv2.add(cv2.multiply(around, share), fixed), np.float32)
    return tone


def _widen(membrane: FloatImage, inside: FloatImage) -> FloatImage:
    """Carry the membrane one cell outwards, so that enlarging meets no zeros at its rim."""
    count = np.maximum(cv2.filter2D(inside, -1, NEIGHBOURS, borderType=cv2.BORDER_CONSTANT), 1e-6)
    outer = cv2.filter2D(membrane, -1, NEIGHBOURS, borderType=cv2.BORDER_CONSTANT) / count[..., None]
    return np.asarray(np.where(inside[..., None] > 0, membrane, outer), np.float32)


def _enlarge(membrane: FloatImage, step: int, shape: tuple[int, ...]) -> FloatImage:
    """(H, W, 3), cells to pixels, linear between the middles of cells."""
    height, width = membrane.shape[:2]
    full = cv2.resize(membrane, (width * step, height * step), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full, np.float32)[: shape[0], : shape[1]]
