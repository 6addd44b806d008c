"""How well a fill suits what is round it, without knowing the truth.

Each patch of the fill is looked for in the surroundings: what occurs there is plausible, what occurs nowhere
is not. It is the half of the bidirectional similarity of D. Simakov et al., "Summarizing visual data using
bidirectional similarity", CVPR 2008, that asks for coherence.
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels import geometry
from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Hole, Rgb8

SCALE = 0.5
RADIUS_PX = 3
"""Patches are 7 x 7 at that scale."""
RING_PX = 12
"""How far round the hole its patches are looked for, at that scale."""
SAMPLES = 2000
"""Patches drawn from each side."""
FEWEST = 10
MOSTLY = 0.5

_F32: TypeAlias = NDArray[np.float32]


def coherence(rgb: Rgb8, made: Hole, known: Hole) -> float | None:
    """Score a fill.

    Args:
        rgb: (H, W, 3) uint8, the fill in its picture.
        made: (H, W), True = was filled.
        known: (H, W), True = may be compared with; False under `made`.

    Returns:
        0..1, higher is better: 1 / (1 + d) with d the mean over the fill's patches of their root mean square
        distance in CIELAB from the nearest one round it. Comparable between fills of one hole only. None
        when the hole or what is known round it is too small to say.
    """
    box = geometry.bounds(made)
    if box is None or min(made.shape) < 1 / SCALE:
        return None
    margin_px = int((RING_PX + RADIUS_PX) / SCALE) + 2
    window = geometry.grow(box, margin_px, made.shape[1], made.shape[0]).slices
    hole, around = (_halve(flags[window]) for flags in (made, known))
    ring = around & ~hole & thicken(hole, RING_PX)
    if min(np.count_nonzero(hole), np.count_nonzero(ring)) < FEWEST:
        return None
    lab = _lab(rgb[window], hole.shape)
    random = np.random.default_rng(0)
    gap = _nearest(_patches(lab, hole, random), _patches(lab, ring, random))
    return float(1 / (1 + gap.mean()))


def _halve(flags: Hole) -> Hole:
    share = cv2.resize(flags.astype(np.float32), None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
    return np.asarray(share > MOSTLY, np.bool_)


def _lab(rgb: Rgb8, shape: tuple[int, ...]) -> _F32:
    small = cv2.resize(rgb, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _patches(lab: _F32, centres: Hole, random: np.random.Generator) -> _F32:
    """(N, values) of at most `SAMPLES` patches with their centres there."""
    side = 2 * RADIUS_PX + 1
    framed = np.pad(lab, ((RADIUS_PX, RADIUS_PX), (RADIUS_PX, RADIUS_PX), (0, 0)), "reflect")
    windows = np.lib.stride_tricks.sliding_window_view(framed, (side, side), axis=(0, 1))
    y, x = np.nonzero(centres)
    drawn = random.permutation(len(y))[:SAMPLES]
    return np.ascontiguousarray(windows[y[drawn], x[drawn]]).reshape(len(drawn), -1)


def _nearest(patches: _F32, others: _F32) -> _F32:
    """(N,) root mean square distance of each patch from the nearest of the others."""
    squares = (patches**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * patches @ others.T
    return np.asarray(np.sqrt(np.maximum(squares.min(axis=1), 0) / patches.shape[1]), np.float32)
