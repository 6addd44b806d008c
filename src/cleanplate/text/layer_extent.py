"""Layer extent: where a known layer lies, to the pixel, told from how the picture goes on without it.

Clouds behind white translucent letters look like them. But lifted off where it is not, a layer leaves a dark
cloud, and left where it is, a bright letter. So the edge is moved, pixel by pixel, so that the picture goes
on evenly.
"""

import cv2
import numpy as np

from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.pixels.windowed_mean import mean_where
from cleanplate.text.flat_layer import FlatLayer

COARSE_PX = 40
"""Letters are first seen so high: there a wrong edge is soon moved far."""
ROUNDS, FINE_ROUNDS = 40, 4
"""The edge moves by a pixel in each of them: in the small picture, and at full size."""
NEAR, NEAR_PX = 0.15, 3
"""A pixel is held against the mean of what is so near, in heights of the letters, and pixels at least."""
LEAST_MOVED = 0.25
"""Heights of the letters: where less than a square of that side moves in the small picture, it does not."""
DECIDED = 0.5
"""Away from the edge it goes too where the picture with it is more even by such a share of what it does."""
USUAL = 0.5
"""What is farther from the mean, in the same shares, is something of the picture's own: a kite in the sky."""
STILL = 1e-3
"""Share of the layer's pixels that still move, below which it has come to rest."""


def layer_extent(rgb: Rgb8, inside: Hole, barred: Hole, layer: FlatLayer, letters_px: float) -> Hole:
    """(H, W): where the layer is.

    Args:
        rgb: (H, W, 3) uint8.
        inside: (H, W), about where it is.
        barred: (H, W), where it is not: other writing.
        letters_px: height of the letters.
    """
    height, width = inside.shape
    scale = min(COARSE_PX / letters_px, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    flags, closed = (
        cv2.resize(it.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5  # noqa: PLR2004 - most of it
        for it in (inside, barred)
    )
    near_px, fine_px = (max(round(NEAR * letters_px * by), NEAR_PX) for by in (scale, 1.0))
    moved = _settled(small, np.asarray(flags), np.asarray(closed), layer, ROUNDS, near_px)
    clear = _large_parts(moved != flags, (LEAST_MOVED * letters_px * scale) ** 2)
    changed = cv2.resize(clear.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    coarse = cv2.resize(moved.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5  # noqa: PLR2004
    begin = np.where(changed, coarse, inside)
    return _settled(rgb, begin, barred, layer, FINE_ROUNDS, fine_px)


def _large_parts(flags: Hole, least_px: float) -> Hole:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flags.astype(np.uint8), connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= least_px
    kept[0] = False
    return np.asarray(kept[labels])


def _settled(rgb: Rgb8, inside: Hole, barred: Hole, layer: FlatLayer, rounds: int, near_px: int) -> Hole:
    """The edge moved to where the picture without the layer is most even."""
    under = rgb.astype(np.float32)
    lifted = layer.lifted(rgb).astype(np.float32)
    strength = np.asarray(np.abs(under - lifted).sum(axis=2), np.float32)
    for _ in range(rounds):
        usual, _ = mean_where(np.where(inside[..., None], lifted, under), ~barred, 2 * near_px + 1)
        off_under, off_lifted = (cv2.blur(np.abs(it - usual).sum(axis=2), (3, 3)) for it in (under, lifted))
        usual_there = np.asarray(np.minimum(off_under, off_lifted) < USUAL * strength)
        edge = dilate(inside, 1) & dilate(~inside, 1) & ~barred & usual_there
        alien = usual_there & (off_lifted - off_under > DECIDED * strength)
        now = np.where(edge, off_lifted < off_under, inside & ~alien)
        now = np.asarray(cv2.medianBlur(now.astype(np.uint8), 3) > 0)
        moved = np.count_nonzero(now != inside)
        inside = now
        if moved <= STILL * max(int(np.count_nonzero(inside)), 1):
            break
    return inside
