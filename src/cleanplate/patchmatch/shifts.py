"""A picture's own dominant shifts: by how far facades, fences and tiles repeat.

K. He and J. Sun, "Statistics of patch offsets for image completion", ECCV 2012. Instead of counting offsets
of like patches, the known detail round the hole is correlated with itself (masked normalised correlation,
D. Padfield, CVPR 2010) at a bounded size; the peaks are refined at full size.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging import geometry
from cleanplate.imaging.types import Box, Hole, Rgb8

Floats: TypeAlias = NDArray[np.float32]
Shifts: TypeAlias = NDArray[np.int32]
"""(K, 2): dy and dx in pixels."""

WORKING_SIDE_PX = 192
LEAST_PX, LEAST_WORKING_PX = 12.0, 5.0
"""Shorter shifts copy a hole's rim into it."""
REACH_MIN_PX = 64
"""The surroundings that are correlated reach as far as the hole's longer side, at least this far."""
DETAIL_PX = 3.0
"""Only changes within this distance, in working pixels, are correlated: what is smooth is like everything."""
OVERLAP_SHARE = 0.2
"""A shift counts when this share of the known pixels meets known ones."""
PEAK_LEAST = 0.25
"""Correlation of a peak, 0..1."""
CHANCE = 12.0
"""And this over the root of the pixels that meet: six times what chance gives if a detail is four pixels."""
POWER_LEAST = 0.1
"""Mean square of the detail (1 where there is much) below which there is nothing to correlate."""
PEAK_PX = 3
"""A peak is the highest within this distance, in working pixels."""
SAMPLES = 1500
"""Known pixels on which a peak is refined."""


@dataclass(frozen=True, slots=True)
class _View:
    """At working size.

    Attributes:
        luma: (h, w), 0..255.
        hole, known: (h, w), 0 or 1.
        scale: crop pixels per working pixel, down and across.
    """

    luma: Floats
    hole: Floats
    known: Floats
    scale: tuple[float, float]


def dominant_shifts(rgb: Rgb8, hole: Hole, barred: Hole, count: int = 8) -> Shifts:
    """The shifts by which the surroundings of a hole repeat, and that bring known pixels into it.

    Args:
        rgb: (H, W, 3), what lies in the hole is not looked at.
        hole: (H, W), True = make this pixel.
        barred: (H, W), True = no source.
        count: at most so many.

    Returns:
        (K, 2) int32 dy and dx in pixels, source minus hole pixel, the most dominant first, exact to a pixel;
        none when nothing repeats.
    """
    inner = geometry.bounds(hole)
    known = ~(hole | barred)
    if inner is None or not known.any():
        return np.empty((0, 2), np.int32)
    box = geometry.grow(inner, max(REACH_MIN_PX, inner.width, inner.height), hole.shape[1], hole.shape[0])
    luma = np.asarray(cv2.cvtColor(rgb[box.slices], cv2.COLOR_RGB2GRAY), np.float32)
    view = _shrunk(luma, hole[box.slices], known[box.slices], box)
    peaks = _peaks(*_correlation(view), view.scale, count)
    reach_px = math.ceil(max(view.scale) / 3)
    refined = [_refined(luma, known[box.slices], peak, reach_px) for peak in peaks]
    return np.array(refined, np.int32).reshape(-1, 2)


def _shrunk(luma: Floats, hole: Hole, known: Hole, box: Box) -> _View:
    shrink = max(1.0, max(box.width, box.height) / WORKING_SIDE_PX)
    size = (max(1, round(box.width / shrink)), max(1, round(box.height / shrink)))
    planes = (luma, hole.astype(np.float32), known.astype(np.float32))
    small = [
        np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32) for plane in planes
    ]
    scale = (box.height / size[1], box.width / size[0])
    return _View(small[0], (small[1] > 0).astype(np.float32), (small[2] == 1).astype(np.float32), scale)


def _detail(view: _View) -> Floats:
    """(h, w) the luma without its smooth part, of even strength everywhere; 0 where it is not known."""

    def blur(plane: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), DETAIL_PX), np.float32)

    weight = np.maximum(blur(view.known), np.float32(1e-3))
    fine = (view.luma - blur(view.luma * view.known) / weight) * view.known
    strength = np.sqrt(blur(np.square(fine, dtype=np.float32)) / weight)
    return np.asarray(fine / (strength + 0.5 * strength.mean() + 1), np.float32)


def _correlation(view: _View) -> tuple[Floats, Floats]:
    """(2h, 2w) each, shift 0 at [0, 0] and negative ones from the end.

    Returns:
        Correlation of the detail with itself, -1..1; share of the hole that gets known pixels by the shift.
    """
    shape = (2 * view.luma.shape[0], 2 * view.luma.shape[1])

    def turned(plane: Floats) -> NDArray[np.complex64]:
        return np.asarray(np.fft.rfft2(plane, shape), np.complex64)

    def product(one: NDArray[np.complex64], other: NDArray[np.complex64]) -> Floats:
        return np.asarray(np.fft.irfft2(one.conj() * other, shape), np.float32)

    detail = _detail(view)
    fine, power, known = turned(detail), turned(detail**2), turned(view.known)
    here = np.maximum(product(known, power), 0)
    there = here[np.ix_(-np.arange(shape[0]), -np.arange(shape[1]))]  # the same, seen from the other end
    norm = np.sqrt(here * there)
    met = product(known, known)
    enough = (met >= max(OVERLAP_SHARE * float(view.known.sum()), 1.0)) & (norm >= POWER_LEAST * met)
    like = np.where(enough, product(fine, fine) / np.maximum(norm, 1e-6), 0)
    like[like < CHANCE / np.sqrt(np.maximum(met, 1))] = 0
    served = product(turned(view.hole), known) / max(float(view.hole.sum()), 1.0)
    return np.asarray(like, np.float32), np.clip(served, 0, 1)


def _peaks(like: Floats, served: Floats, scale: tuple[float, float], count: int) -> list[tuple[float, float]]:
    """(dy, dx) in crop pixels, to a fraction of a working pixel; the best first."""
    height, width = like.shape
    centred = np.fft.fftshift(like)
    span = np.ones((2 * PEAK_PX + 1,) * 2, np.uint8)
    top = (centred >= cv2.dilate(centred, span)) & (centred >= PEAK_LEAST)
    y, x = np.nonzero(top[1:-1, 1:-1])
    y, x = y + 1, x + 1
    dy, dx = y - height // 2, x - width // 2
    least = np.maximum(LEAST_WORKING_PX, LEAST_PX / min(scale))
    rank = centred[y, x] * (0.5 + 0.5 * served[dy, dx]) * (served[dy, dx] > 0) * (np.hypot(dy, dx) >= least)
    order = np.argsort(-rank, kind="stable")[:count]
    return [
        (
            float((dy[i] + _vertex(centred[y[i] - 1 : y[i] + 2, x[i]])) * scale[0]),
            float((dx[i] + _vertex(centred[y[i], x[i] - 1 : x[i] + 2])) * scale[1]),
        )
        for i in order
        if rank[i] > 0
    ]


def _vertex(three: Floats) -> float:
    """Where the parabola through three values, the middle one the highest, has its top: -0.5..0.5."""
    bend = float(three[0] - 2 * three[1] + three[2])
    return 0.5 * float(three[0] - three[2]) / bend if bend < 0 else 0.0


def _refined(luma: Floats, known: Hole, peak: tuple[float, float], reach_px: int) -> tuple[int, int]:
    """The whole shift near `peak` that changes the known pixels least."""
    height, width = luma.shape
    places = np.flatnonzero(known)
    y, x = np.divmod(places[np.random.default_rng(0).integers(0, len(places), SAMPLES)], width)
    best, least = (round(peak[0]), round(peak[1])), np.inf
    reach = range(-reach_px, reach_px + 1)
    for dy, dx in ((round(peak[0]) + a, round(peak[1]) + b) for a in reach for b in reach):
        inside = (y + dy >= 0) & (y + dy < height) & (x + dx >= 0) & (x + dx < width)
        ty, tx = y[inside] + dy, x[inside] + dx
        both = known[ty, tx]
        gap = luma[ty[both], tx[both]] - luma[y[inside][both], x[inside][both]]
        change = float(np.mean(gap**2)) if gap.size else np.inf
        if change < least:
            best, least = (dy, dx), change
    return best
