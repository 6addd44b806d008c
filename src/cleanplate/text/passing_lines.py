"""Passing lines: frames, bubbles and rules of the letters' own colour that letters touch, and wide areas.

They are told from letters by their length and their width, and cut off where a letter meets them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole

OWN_SHARE = 0.5
"""Share of a connected part that lies in the rectangle, for it to be the line's: frames are not."""
RIM = 0.2
"""Heights of the letters by which a detector's rectangle is larger than they are."""
LINE_LONG = 1.3
"""A straight piece that is so many times as long as letters are high is no stroke of one."""
ANGLES = 24
SEEN_PX, THIN = 28.0, 0.6
"""Lines are looked for where letters are at most so high; a line of one pixel is seen there still."""
WIDE, BESIDE_AREA = 0.3, 0.5
"""Half the width, in heights of the letters, from which on a part is an area; so near it none is a line."""
CURVE, FEWEST_OF_CURVE = 1.0, 12
"""Heights of the letters to both sides of a touch in which a curve is fitted; and pixels that it needs."""
OUTSIDE = 0.4
"""Heights of the letters by which a line that passes must reach beyond the rectangle."""


def passing_parts(raw: Hole, inside: Hole, letters_px: float) -> tuple[Hole, Hole]:
    """Lines of the letters' colour that come from outside the rectangle (frames, bubbles, rules); and areas.

    What is straight for longer than letters are high is no stroke; what of it does not reach out is an
    underline, and the line's own.
    """
    nothing = np.zeros_like(raw)
    count, labels = cv2.connectedComponents(raw.astype(np.uint8), connectivity=8)
    within = np.bincount(labels[inside], minlength=count) > 0
    beyond = np.bincount(labels[~inside], minlength=count) > letters_px
    mixed = within & beyond
    mixed[0] = False
    if not mixed.any():
        return nothing, nothing
    joined = mixed[labels]
    lines, areas = _lines_and_areas(joined, letters_px)
    outer = ~dilate(inside, round(OUTSIDE * letters_px))
    core = ~dilate(~inside, round(RIM * letters_px))
    areas = _reaching(areas, outer, core)
    lines = _reaching(lines & ~areas, outer, core)
    return _of_even_width(lines, joined, inside, letters_px), areas


def _reaching(parts: Hole, outer: Hole, core: Hole) -> Hole:
    """The connected parts that reach beyond the rectangle, or lie mostly at its rim."""
    count, labels = cv2.connectedComponents(parts.astype(np.uint8), connectivity=8)
    shares = np.bincount(labels[core], minlength=count) / np.maximum(np.bincount(labels.ravel()), 1)
    kept = (np.bincount(labels[outer], minlength=count) > 0) | (shares < OWN_SHARE)
    kept[0] = False
    return np.asarray(kept[labels])


def _lines_and_areas(joined: Hole, letters_px: float) -> tuple[Hole, Hole]:
    """(h, w) each: what is nearly straight for longer than letters are high; what is wider than strokes."""
    height, width = joined.shape
    scale = min(SEEN_PX / letters_px, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(joined.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = np.asarray(small > THIN * scale, np.uint8)
    long_px = max(round(LINE_LONG * letters_px * scale), 5)
    lines: NDArray[np.uint8] = np.zeros(small.shape, np.uint8)
    for number in range(ANGLES):
        kernel = _segment(long_px, np.pi * number / ANGLES)
        lines |= np.asarray(cv2.morphologyEx(small, cv2.MORPH_OPEN, kernel), np.uint8)
    disc = _disc(round(WIDE * letters_px * scale))
    thick = np.asarray(cv2.erode(small, disc) > 0)
    if thick.any():
        lines &= ~dilate(thick, round(BESIDE_AREA * letters_px * scale)).view(np.uint8)
    both = lines, np.asarray(cv2.dilate(thick.astype(np.uint8), disc), np.uint8)
    full = (cv2.resize(it, (width, height), interpolation=cv2.INTER_NEAREST) for it in both)
    if scale < 1:
        full = (cv2.dilate(it, np.ones((3, 3), np.uint8)) for it in full)
    found = [np.asarray(it > 0) & joined for it in full]
    return found[0], found[1]


def _of_even_width(lines: Hole, joined: Hole, inside: Hole, letters_px: float) -> Hole:
    """The lines without the strokes that run beside them where letters touch them.

    There a curve goes on that is fitted to the line on both sides.
    """
    thickness = distance_transform(joined)
    free = lines & ~dilate(inside, 1)
    if not free.any():
        return lines
    half_px = max(float(np.percentile(thickness[free], 95)), 1.0)
    wide = lines & dilate(thickness > half_px + 1, round(half_px) + 1) & dilate(inside, 1)
    count, labels = cv2.connectedComponents(wide.astype(np.uint8), connectivity=8)
    clean = lines & ~wide
    out = clean.copy()
    for number in range(1, count):
        here = labels == number
        out |= _continued(clean, here, half_px, letters_px) & joined
    return out


def _continued(clean: Hole, here: Hole, half_px: float, letters_px: float) -> Hole:
    """The part of `here` that lies on the curve through the clean line near it."""
    near = clean & dilate(here, round(CURVE * letters_px))
    rows, columns = np.nonzero(near)
    if len(rows) < FEWEST_OF_CURVE:
        return np.zeros_like(here)
    points = np.stack([columns, rows], axis=1).astype(np.float64)
    middle = points.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((points - middle).T))
    turned = (points - middle) @ axes  # the last axis is the long one
    curve = np.polynomial.Polynomial.fit(turned[:, 1], turned[:, 0], 2)
    rows, columns = np.nonzero(here)
    own = (np.stack([columns, rows], axis=1) - middle) @ axes
    on = np.abs(own[:, 0] - curve(own[:, 1])) <= half_px + 0.5
    flags = np.zeros_like(here)
    flags[rows[on], columns[on]] = True
    return flags


def _segment(length_px: int, angle: float) -> NDArray[np.uint8]:
    half = length_px / 2
    middle = int(np.ceil(half))
    kernel = np.zeros((2 * middle + 1, 2 * middle + 1), np.uint8)
    x, y = round(half * np.cos(angle)), round(half * np.sin(angle))
    cv2.line(kernel, (middle - x, middle - y), (middle + x, middle + y), 1, 1)
    return kernel


def _disc(radius_px: int) -> NDArray[np.uint8]:
    side = 2 * max(radius_px, 1) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
