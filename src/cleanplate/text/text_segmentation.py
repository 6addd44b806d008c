"""Text segmentation: which pixels of a line of writing are ink, whatever its colour."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Box, Hole, Rgb8
from cleanplate.text.rotated_box import RotatedBox, crop_level, put_back

LETTERS = 0.65
"""Height of the letters in heights of a detector's rectangle."""
SEEN_PX = 64
"""The ground of larger writing is looked for in a smaller picture: it is smooth."""
THRESHOLD = 0.6
"""Of Otsu's: the soft edges of strokes belong to them."""
FAINT_SHARE = 0.6
"""Of the clearer of dark and bright ink: with less the other is none."""
FAINTEST = 6.0
"""Difference from the ground below which nothing is ink, in levels."""
OWN_SHARE = 0.5
"""Share of a connected part that lies in the rectangle, for it to be the line's: frames are not."""
DILATE = 0.05
"""Growth of the strokes in heights of the letters, for the halo that JPEG and sharpening leave."""
FULL = 0.6
"""A line with a larger share of ink has no ground to be told from: all of it is taken."""


@dataclass(frozen=True, slots=True)
class InkMask:
    """Ink in a window of the picture: (box.height, box.width), True = ink."""

    box: Box
    ink: Hole


def segment_ink(rgb: Rgb8, place: RotatedBox) -> InkMask:
    """The ink of one line: what differs from the ground round it.

    The ground is the median within twice the height of the letters, the threshold 0.6 times Otsu's. A
    connected part belongs to the line when at least half of it lies in the rectangle; it may reach beyond it.

    Args:
        rgb: (H, W, 3) uint8.
        place: the line's rectangle, as a detector gives it.
    """
    letters_px = LETTERS * min(place.height, place.length)
    box = place.grown(1.5 * letters_px, 1.5 * letters_px).bounds(rgb.shape[1], rgb.shape[0])
    if box.width <= 0 or box.height <= 0:
        return InkMask(box, np.zeros((max(box.height, 0), max(box.width, 0)), np.bool_))
    here = place.moved(-box.left, -box.top)
    inside = here.inside(Box(0, 0, box.width, box.height))
    ink = _ink(rgb[box.slices], here, inside)
    if np.count_nonzero(ink & inside) > FULL * np.count_nonzero(inside):
        ink = inside
    return InkMask(box, thicken(ink, max(1, round(DILATE * letters_px))))


def whole_line(rgb: Rgb8, place: RotatedBox) -> InkMask:
    """All of the line, with half a letter round it."""
    letters_px = LETTERS * min(place.height, place.length)
    wide = place.grown(letters_px / 2, letters_px / 2)
    box = wide.bounds(rgb.shape[1], rgb.shape[0])
    return InkMask(box, wide.inside(box))


def _ink(part: Rgb8, place: RotatedBox, inside: Hole) -> Hole:
    """What differs from the ground; same size as `part`.

    Darker and brighter parts are told apart, for black letters often touch a white edge of the sign. Where
    one is much fainter it is light and shade of the ground.
    """
    differs, darker = difference(part, ground(part, place))
    ink = differs > threshold(differs[inside])
    sides = [_keep_own(np.asarray(ink & side), inside) for side in (darker, ~darker)]
    clear = [float(differs[side].mean()) if side.any() else 0.0 for side in sides]
    kept = [side for side, by in zip(sides, clear, strict=True) if by >= FAINT_SHARE * max(clear)]
    return np.asarray(np.logical_or.reduce(kept))


def ground(part: Rgb8, place: RotatedBox) -> Rgb8:
    """What the line is written on: a median within its rectangle alone, for a sign may end beside it.

    Bold letters pull the median to their side. So it is taken twice, the second time without the clearer ink.
    """
    level = crop_level(part, place, max(min(SEEN_PX, round(place.height)), 2))
    reach_px = round(LETTERS * level.shape[0])
    first = _median(level, reach_px)
    differs, darker = difference(level, first)
    ink = differs > threshold(differs)
    sides = [np.asarray(ink & darker), np.asarray(ink & ~darker)]
    clearest = max(sides, key=lambda side: float(differs[side].mean()) if side.any() else 0.0)
    ground = _median(_without(level, clearest, reach_px), reach_px)
    return put_back(ground, place, part.shape[1], part.shape[0])


def _median(level: Rgb8, reach_px: int) -> Rgb8:
    framed = cv2.copyMakeBorder(level, reach_px, reach_px, reach_px, reach_px, cv2.BORDER_REFLECT)
    return np.asarray(
        cv2.medianBlur(framed, 2 * reach_px + 1)[reach_px:-reach_px, reach_px:-reach_px], np.uint8
    )


def _without(level: Rgb8, ink: Hole, reach_px: int) -> Rgb8:
    """The mean of what is no ink, in the place of the ink."""
    clear = (~ink).astype(np.float32)
    side = (2 * reach_px + 1,) * 2
    count = cv2.boxFilter(clear, -1, side, normalize=False)
    total = cv2.boxFilter(level * clear[..., None], -1, side, normalize=False)
    out = level.copy()
    held = ink & (count >= 1)
    out[held] = np.rint(total[held] / count[held][:, None])
    return out


def difference(part: Rgb8, ground: Rgb8) -> tuple[NDArray[np.uint8], Hole]:
    """How far each pixel is from the ground, in the channel that says most; and where it is darker."""
    red, green, blue = cv2.split(cv2.absdiff(part, ground))
    differs = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    darker = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) < cv2.cvtColor(ground, cv2.COLOR_RGB2GRAY)
    return differs, np.asarray(darker)


def threshold(differs: NDArray[np.uint8]) -> float:
    """The difference from the ground, in levels, above which a pixel is ink."""
    otsu = float(cv2.threshold(differs.reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)[0])
    return max(THRESHOLD * otsu, FAINTEST)


def _keep_own(ink: Hole, inside: Hole) -> Hole:
    """Only the connected parts that lie in the rectangle."""
    count, labels = cv2.connectedComponents(ink.astype(np.uint8), connectivity=8)
    areas = np.bincount(labels.ravel(), minlength=count)
    shares = np.bincount(labels[inside], minlength=count) / np.maximum(areas, 1)
    shares[0] = 0  # the ground
    return np.asarray((shares >= OWN_SHARE)[labels])
