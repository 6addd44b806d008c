"""Letter rest: what is missing of the letters of a line when most of them are known: dots, thin strokes.

A full stop of three pixels has no pixel of the letters' full colour, and of thin letters either the cores or
the soft edges are of one colour. But once letters are known, so is the way from their ground to them, and
what goes a part of that way is theirs. That holds where the ground is quiet and nothing beside the line does
so: in a photo of the letters' colour a speck is a speck.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Rgb8

PART_WAY = 0.35
"""Of the way from the ground to the letters: a soft edge, or a dot of few pixels, goes at least so far."""
ASTRAY = 0.5
"""Off that way by at most so much of it: another colour is another thing."""
FAINTEST = 24.0
"""Levels between ground and letters below which nothing is told by them."""
OWN_SHARE = 0.5
"""Share of a part that lies in the line's rectangle."""
SOFT_PX, NEAR, FAR = 2, 0.25, 0.5
"""Soft edges of letters; heights of the letters from a part in which its ground is looked at, and from
writing to what is none of it."""
QUIET, QUIET_SHARE = 0.25, 0.9
"""Of the way to the letters so much a quiet ground may be off, and in such a share of its pixels it is."""
RARER = 10.0
"""So many times denser than what looks like it beside the line the rest must be within it."""
FEWEST = 64
"""Pixels of the picture beside the line, below which it says nothing."""


@dataclass(frozen=True, slots=True)
class _Way:
    """(h, w) each: what goes a part of the way to the letters, and what is as good as the ground itself."""

    like: Hole
    quiet: Hole


def letter_rest(
    part: Rgb8, behind: Rgb8, letters: Hole, inside: Hole, barred: Hole, letters_px: float
) -> Hole:
    """(h, w): parts of the letters that are not known yet; none where the picture looks like them.

    Args:
        part: (h, w, 3) uint8, the line and what is round it.
        behind: (h, w, 3) uint8, what it is written on.
        letters: (h, w), those that are known, at least one pixel.
        inside: (h, w), the line's rectangle.
        barred: (h, w), other writing and lines that pass.
        letters_px: height of the letters.
    """
    way = _way(part, behind, letters)
    like = way.like & ~barred
    rest = _parts(like & ~letters, inside, way.quiet, dilate(letters | like, SOFT_PX), letters_px)
    away = ~dilate(letters | barred | inside, round(FAR * letters_px))
    if np.count_nonzero(away) < FEWEST or not rest.any():
        return np.zeros_like(letters)
    usual = np.count_nonzero(like & away) / np.count_nonzero(away)
    own = np.count_nonzero(rest) / max(int(np.count_nonzero(inside & ~letters)), 1)
    return rest if own > RARER * usual else np.zeros_like(letters)


def _way(part: Rgb8, behind: Rgb8, letters: Hole) -> _Way:
    colour = np.median(part[letters].astype(np.float32), axis=0)
    way, off = colour - behind, part.astype(np.float32) - behind
    length, far = (np.sqrt((it * it).sum(axis=2)) for it in (way, off))
    along = (off * way).sum(axis=2) / np.maximum(length, 1)
    astray = np.sqrt(np.maximum(far * far - along * along, 0))
    like = (along >= PART_WAY * length) & (astray <= ASTRAY * np.maximum(along, length))
    return _Way(np.asarray(like & (length >= FAINTEST)), np.asarray(far <= QUIET * length))


def _parts(flags: Hole, inside: Hole, quiet: Hole, soft: Hole, letters_px: float) -> Hole:
    """The connected parts that lie in the rectangle, on a quiet ground."""
    count, labels = cv2.connectedComponents(flags.astype(np.uint8), connectivity=8)
    near = np.ones((2 * max(round(NEAR * letters_px), SOFT_PX + 1) + 1,) * 2, np.uint8)
    spread = cv2.dilate(labels.astype(np.float32), near).astype(np.int32)
    grounds, quiets = (np.bincount(spread[it & ~soft], minlength=count) for it in (spread > 0, quiet))
    shares = np.bincount(labels[inside], minlength=count) / np.maximum(np.bincount(labels.ravel()), 1)
    kept = (shares >= OWN_SHARE) & (quiets > 0) & (quiets >= QUIET_SHARE * grounds)
    kept[0] = False
    return np.asarray(kept[labels])
