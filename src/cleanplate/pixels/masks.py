"""Masks: made from boxes, united, grown and softened."""

from collections.abc import Sequence

import cv2
import numpy as np

from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.geometry import bounds, clip, grow
from cleanplate.pixels.types import Alpha, Box, Hole, Mask

AUTO_DILATE_SHARE = 0.01
AUTO_DILATE_MIN_PX = 4
HALF = 0.5


def from_boxes(boxes: Sequence[Box], width: int, height: int) -> Mask:
    """A `width` x `height` mask that repaints every box. Parts of a box outside the picture are ignored."""
    flags = np.zeros((height, width), np.bool_)
    for box in boxes:
        flags[clip(box, width, height).slices] = True
    return Mask(flags)


def union(first: Mask, second: Mask) -> Mask:
    """Repaint what either mask repaints. Both have one size."""
    return Mask(first.flags | second.flags)


def is_painted(alpha: Alpha) -> Hole:
    """(H, W), True where at least half is painted; `alpha` is (H, W) float32 in [0, 1]."""
    return np.asarray(alpha >= HALF)


def auto_dilate_px(width: int, height: int) -> int:
    """How far a mask from a segmentation grows: 1 % of the longer side, at least 4 px."""
    return max(AUTO_DILATE_MIN_PX, round(AUTO_DILATE_SHARE * max(width, height)))


def dilate(hole: Hole, radius_px: int) -> Hole:
    """Grow a hole by a disc.

    Args:
        hole: (H, W), True = make this pixel.
        radius_px: every pixel at most this far (Euclid) from a True one becomes True.

    Returns:
        A new array of the same shape. Time and memory depend on the hole's box, not on the radius.
    """
    grown = np.zeros_like(hole)
    box = bounds(hole)
    if box is None:
        return grown
    window = grow(box, radius_px, hole.shape[1], hole.shape[0]).slices
    grown[window] = _distance(hole[window]) <= radius_px
    return grown


def thicken(flags: Hole, radius_px: int) -> Hole:
    """Grow flags by OpenCV's disc, (2 * radius_px + 1)² px: rougher than `dilate`, quick for a few pixels."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1,) * 2)
    return np.asarray(cv2.dilate(flags.astype(np.uint8), disc) > 0, np.bool_)


def without_holes(flags: Hole) -> Hole:
    """The flags with all that they enclose."""
    outlines, _ = cv2.findContours(flags.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(flags.shape, np.uint8)
    return np.asarray(cv2.drawContours(filled, outlines, -1, 1, -1) > 0)


def feather(hole: Hole, width_px: int) -> Alpha:
    """Soften the edge of a hole outwards.

    Args:
        hole: (H, W), True = make this pixel.
        width_px: the ramp's width; 0 is a hard edge.

    Returns:
        (H, W) float32: exactly 1 in the hole, exactly 0 from `width_px` away, a smooth step between.
    """
    alpha = np.zeros(hole.shape, np.float32)
    box = bounds(hole)
    if box is None:
        return alpha
    window = grow(box, width_px, hole.shape[1], hole.shape[0]).slices
    nearness = 1 - np.minimum(_distance(hole[window]) / np.float32(max(width_px, 1)), 1)
    alpha[window] = nearness * nearness * (3 - 2 * nearness)
    return alpha


def _distance(hole: Hole) -> Alpha:
    """(H, W) float32, Euclidean pixels to the nearest True pixel. At least one pixel is True."""
    return distance_transform(~hole)
