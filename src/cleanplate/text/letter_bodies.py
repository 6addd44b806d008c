"""Letter bodies: which pixels of a line are the letters themselves, whatever lies round and under them.

A caption has a picture under it and often an outline round it, so neither is there one ground to differ from
nor one contrast. But its letters are of one colour, end sharply everywhere, and stay within their line. So
the colours of the line are tried one by one, and what differs from a smooth ground, dark or bright, is tried
with them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.pixels.windowed_mean import mean_where
from cleanplate.text.passing_lines import OWN_SHARE, RIM, passing_parts

COLOURS = 6
"""Colours that are told apart in a line."""
MOST_SAMPLES = 12_000
FAR = 0.98
"""Of all samples the next colour is farther than this share of them from those chosen: not the farthest."""
SMALLEST = 0.004
"""Share of the line's rectangle below which a colour is no lettering."""
DENSEST = 0.72
"""Share of the line's rectangle above which it is its ground."""
TALL = 0.3
"""Height of a letter at least, in heights of the line's letters; dots and commas have less."""
SPECK, SPECK_CONTRAST = 0.1, 0.6
"""Heights of the letters, and share of their contrast, below which a part is none of them."""
LONG, ROUND_SO_MANY = 2.5, 3
"""Heights of the letters, and parts as high as letters: what is longer and goes round so many is a frame."""
BEYOND = 0.1
"""Heights of the letters by which they may reach out of a detector's rectangle."""
HIGH = 1.4
"""And so is what is so many times as high as the usual part, and goes round one."""
OTHER_COLOUR = 30.0
"""Levels between letters and a line, for them to be told apart where they cross."""
SIDE_PX = 2
"""So far to both sides of an edge its two colours are taken."""
BIN = 0.5
"""Steps along the line in heights of its letters: writing is in most of them."""

_Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LetterBodies:
    """What was told from its ground; arrays are (h, w) of the window.

    Attributes:
        ink: the letters.
        passing: lines that pass through or along them and are none: frames, bubbles, rules.
        areas: what is of the letters' colour, touches them, and is too wide to be one.
        score: 0 is nothing like writing; sharp letters on all of the line have some tens.
        own: share of what looks like it in the line's rectangle that is no part of anything larger.
    """

    ink: Hole
    passing: Hole
    areas: Hole
    score: float
    own: float


def letter_candidates(
    part: Rgb8, inside: Hole, letters_px: float, along: _Planes, tried: list[Hole]
) -> list[tuple[Hole, LetterBodies | None]]:
    """All that may be letters, (h, w) each, and what looks like letters of it.

    Args:
        part: (h, w, 3) uint8, the line and what is round it.
        inside: (h, w), the line's rectangle.
        letters_px: height of its letters.
        along: (h, w), pixels along the line's direction.
        tried: (h, w) each, what may be letters beside the line's colours.
    """
    return [(raw, _judged(part, raw, inside, letters_px, along)) for raw in [*tried, *_colours(part, inside)]]


def _colours(part: Rgb8, inside: Hole) -> Iterator[Hole]:
    """Where each of the line's colours is."""
    lab = cv2.cvtColor(part, cv2.COLOR_RGB2LAB).astype(np.float32)
    samples = lab[inside]
    if len(samples) < COLOURS:
        return
    samples = np.ascontiguousarray(samples[:: max(len(samples) // MOST_SAMPLES, 1)])
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    begin = _apart(samples)
    _, _, centres = cv2.kmeans(samples, COLOURS, begin, criteria, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    far = np.stack([((lab - centre) ** 2).sum(axis=2) for centre in centres])
    nearest = far.argmin(axis=0)
    for number in range(len(centres)):
        yield np.asarray(nearest == number)


def _apart(samples: _Planes) -> NDArray[np.int32]:
    """(N, 1): a first sorting into colours that are far from each other, without chance in it."""
    middle = np.median(samples, axis=0)
    far = ((samples - middle) ** 2).sum(axis=1)
    nearest = np.zeros(len(samples), np.int32)
    for number in range(1, COLOURS):
        chosen = samples[np.argsort(far, kind="stable")[int(FAR * (len(far) - 1))]]
        now = ((samples - chosen) ** 2).sum(axis=1)
        nearest[now < far] = number
        far = np.minimum(far, now)
    return nearest[:, None]


def _judged(part: Rgb8, raw: Hole, inside: Hole, letters_px: float, along: _Planes) -> LetterBodies | None:
    """The letters of these pixels, without lines that pass, and how much they look like letters."""
    share = int(np.count_nonzero(raw & inside)) / max(int(np.count_nonzero(inside)), 1)
    if not SMALLEST < share < DENSEST:
        return None
    passing, areas = passing_parts(raw, inside, letters_px)
    ink = own_parts(raw & ~passing & ~areas, inside) & dilate(inside, round(BEYOND * letters_px))
    ink = _without_frames(ink, passing | areas, inside, letters_px)
    if not ink.any():
        return None
    over = _letters_over_lines(part, ink, passing, inside)
    passing &= ~over
    ink |= over
    own = min(
        int(np.count_nonzero(ink)) / max(int(np.count_nonzero(raw & inside & ~passing & ~areas)), 1), 1.0
    )
    ink, contrast = _without_specks(part, ink, letters_px)
    score = own * _tall_share(ink, letters_px) * _spread(ink, inside, letters_px, along)
    return LetterBodies(ink, passing, areas, score * contrast, own)


def _without_frames(ink: Hole, passing: Hole, inside: Hole, letters_px: float) -> Hole:
    """Without what goes round letters, and without corners and ends of the lines that pass."""
    count, labels, stats, middles = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    areas = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    letters = (bottom - top >= TALL * letters_px) & (np.arange(count) > 0)
    kept = np.ones(count, np.bool_)
    usual = float(np.median((bottom - top)[letters])) if letters.any() else 0.0
    for number in np.flatnonzero(letters & (right - left > LONG * letters_px)):
        x, y = middles[letters, 0], middles[letters, 1]
        within = (x > left[number]) & (x < right[number]) & (y > top[number]) & (y < bottom[number])
        kept[number] = np.count_nonzero(within) - 1 < ROUND_SO_MANY
    for number in np.flatnonzero(letters & (bottom - top > HIGH * usual)):
        x, y = middles[letters, 0], middles[letters, 1]
        within = (x > left[number]) & (x < right[number]) & (y > top[number]) & (y < bottom[number])
        kept[number] &= np.count_nonzero(within) < 2  # noqa: PLR2004 - itself, and a letter
    if passing.any():
        core = ~dilate(~inside, round(RIM * letters_px))
        at_rim = np.bincount(labels[core], minlength=count) < OWN_SHARE * areas
        kept &= ~(at_rim & (np.bincount(labels[dilate(passing, 1)], minlength=count) > 0))
    kept[0] = False
    return np.asarray(kept[labels])


def _letters_over_lines(part: Rgb8, ink: Hole, passing: Hole, inside: Hole) -> Hole:
    """What of the lines is letters that were written over them, in another colour."""
    free = passing & ~inside
    if not free.any():
        return np.zeros_like(ink)
    planes = part.astype(np.float32)
    letters, line = np.median(planes[ink], axis=0), np.median(planes[free], axis=0)
    if np.abs(letters - line).max() < OTHER_COLOUR:
        return np.zeros_like(ink)
    nearer = ((planes - letters) ** 2).sum(axis=2) < ((planes - line) ** 2).sum(axis=2)
    half_px = float(distance_transform(passing)[free].max())
    return np.asarray(passing & inside & nearer) & dilate(ink, round(half_px) + 2)


def _without_specks(part: Rgb8, ink: Hole, letters_px: float) -> tuple[Hole, float]:
    """Without parts that are too small, or too faint at their edges, to be letters like the others.

    Returns:
        (h, w), and the levels between the two sides of its edge, where three quarters of the edge have more.
    """
    edge, differs = _edge(part, ink)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    edges = np.maximum(np.bincount(labels[edge], minlength=count), 1)
    contrast = np.bincount(labels[edge], weights=differs, minlength=count) / edges
    sides = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    kept = (sides >= SPECK * letters_px) & (contrast >= SPECK_CONTRAST * float(np.median(differs)))
    kept[0] = False
    if not kept.any():
        return ink, 0.0
    return np.asarray(kept[labels]), float(np.percentile(differs[kept[labels[edge]]], 25))


def own_parts(raw: Hole, inside: Hole) -> Hole:
    """Only the connected parts that lie in the rectangle."""
    count, labels = cv2.connectedComponents(raw.astype(np.uint8), connectivity=8)
    areas = np.bincount(labels.ravel(), minlength=count)
    shares = np.bincount(labels[inside], minlength=count) / np.maximum(areas, 1)
    shares[0] = 0  # the ground
    return np.asarray((shares >= OWN_SHARE)[labels])


def _tall_share(ink: Hole, letters_px: float) -> float:
    """Share of the ink in parts as high, or wide, as letters: specks of a photo are not."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    sides = np.maximum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    areas = stats[1:, cv2.CC_STAT_AREA]
    return float(areas[sides >= TALL * letters_px].sum() / max(areas.sum(), 1))


def _spread(ink: Hole, inside: Hole, letters_px: float, along: _Planes) -> float:
    """Share of the line's steps in which there is ink."""
    step = max(BIN * letters_px, 1.0)
    start = float(along[inside].min())
    bins = max(round((float(along[inside].max()) - start) / step), 1)
    at = np.clip(((along[ink & inside] - start) / step).astype(int), 0, bins - 1)
    return len(np.unique(at)) / bins


def _edge(part: Rgb8, ink: Hole) -> tuple[Hole, NDArray[np.float32]]:
    """The ink's edge, (h, w), and the levels between the two sides of it, (N,)."""
    planes = part.astype(np.float32)
    edge = ink & ~np.asarray(cv2.erode(ink.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    within, without = (mean_where(planes, flags, 2 * SIDE_PX + 1)[0][edge] for flags in (ink, ~ink))
    differs = np.abs(within - without)
    return edge, np.asarray(differs.max(axis=1))
