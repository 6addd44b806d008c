"""Rotated boxes: where a line of writing lies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.geometry import clip
from cleanplate.pixels.types import Box, Hole, Rgb8

SLENDER = 1.3
"""A rectangle that is so many times as long as it is high is read along its longer side."""
STEEP_DEG = 60.0
"""What rises more is written from top to bottom."""


@dataclass(frozen=True, slots=True)
class RotatedBox:
    """A rectangle in pixels.

    Attributes:
        x, y: its middle.
        length: along the direction in which it is read.
        height: across that.
        angle_deg: of the reading direction, clockwise from right as the picture is seen; in -90..90.
    """

    x: float
    y: float
    length: float
    height: float
    angle_deg: float

    @property
    def upright(self) -> bool:
        """True for a column: it is read from top to bottom."""
        return abs(self.angle_deg) > STEEP_DEG

    def grown(self, along_px: float, across_px: float) -> "RotatedBox":
        """The same with so much more at each end and at each side."""
        return replace(self, length=self.length + 2 * along_px, height=self.height + 2 * across_px)

    def scaled(self, factor: float) -> "RotatedBox":
        """The same in a picture `factor` times as large."""
        return RotatedBox(
            self.x * factor, self.y * factor, self.length * factor, self.height * factor, self.angle_deg
        )

    def moved(self, right_px: float, down_px: float) -> "RotatedBox":
        """The same at another place."""
        return replace(self, x=self.x + right_px, y=self.y + down_px)

    def corners(self) -> NDArray[np.float32]:
        """(4, 2) of x and y."""
        return np.asarray(
            cv2.boxPoints(((self.x, self.y), (self.length, self.height), self.angle_deg)), np.float32
        )

    def bounds(self, width: int, height: int) -> Box:
        """The upright box round it, cut off at a `width` x `height` picture; may have no area."""
        corners = self.corners()
        left, top = np.floor(corners.min(axis=0)).astype(int)
        right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
        return clip(Box(int(left), int(top), int(right), int(bottom)), width, height)

    def inside(self, box: Box) -> Hole:
        """(box.height, box.width): True for the pixels of `box` that lie in the rectangle."""
        flags = np.zeros((box.height, box.width), np.uint8)
        corners = self.corners() - np.array([box.left, box.top], np.float32)
        cv2.fillConvexPoly(flags, np.rint(corners).astype(np.int32), 1)
        return flags > 0


def smallest_box_round(points: NDArray[np.int32]) -> RotatedBox:
    """The smallest rectangle round (N, 1, 2) points, turned so that it is read as people write."""
    (x, y), (first, second), angle = cv2.minAreaRect(points)
    pair = sorted([(first, angle), (second, angle + 90)], reverse=True)
    if pair[0][0] < SLENDER * pair[1][0]:  # about square: by its side that is nearest to level
        pair.sort(key=lambda side: abs(_level(side[1])))
    (length, angle), (height, _) = pair
    return RotatedBox(x, y, length, height, _level(angle))


def box_of_corners(quad: Sequence[Sequence[int]]) -> RotatedBox:
    """The rectangle of four corners, [x, y] each, as recipes have them."""
    return smallest_box_round(np.array(quad, np.int32).reshape(-1, 1, 2))


def crop_level(rgb: Rgb8, place: RotatedBox, height_px: int) -> Rgb8:
    """What lies in the rectangle, turned level and scaled to a height.

    Returns:
        (height_px, W, 3) uint8 with the proportions of the rectangle; beyond the picture its border goes on.
    """
    scale = height_px / max(place.height, 1.0)
    window = place.grown(2, 2).bounds(rgb.shape[1], rgb.shape[0])
    part, place = rgb[window.slices], place.moved(-window.left, -window.top)
    if scale < 0.5:  # noqa: PLR2004 - a warp looks at four pixels: what shrinks more is shrunk first
        part = np.asarray(cv2.resize(part, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA))
        place, scale = place.scaled(2 * scale), 0.5
    size = (max(round(place.length * scale), 1), height_px)
    return np.asarray(
        cv2.warpAffine(part, _turn(place, size), size, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def put_back(level: Rgb8, place: RotatedBox, width: int, height: int) -> Rgb8:
    """What `crop_level` made of `place`, at its place again.

    Returns:
        (height, width, 3) uint8; beyond the rectangle its border's colours go on.
    """
    turn = _turn(place, (level.shape[1], level.shape[0]))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(level, turn, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _turn(place: RotatedBox, size: tuple[int, int]) -> NDArray[np.float64]:
    """(2, 3), from the picture to a level one of (width, height) that holds the rectangle."""
    turn = np.asarray(
        cv2.getRotationMatrix2D((place.x, place.y), place.angle_deg, size[1] / max(place.height, 1.0)),
        np.float64,
    )
    turn[:, 2] += size[0] / 2 - place.x, size[1] / 2 - place.y
    return turn


def overlap(first: RotatedBox, second: RotatedBox) -> float:
    """Shared area by united area, 0..1."""
    kind, corners = cv2.rotatedRectangleIntersection(_as_cv(first), _as_cv(second))
    if kind == cv2.INTERSECT_NONE or corners is None:
        return 0.0
    shared = cv2.contourArea(cv2.convexHull(corners))
    return float(shared / max(first.length * first.height + second.length * second.height - shared, 1e-6))


def _as_cv(place: RotatedBox) -> tuple[tuple[float, float], tuple[float, float], float]:
    return (place.x, place.y), (place.length, place.height), place.angle_deg


def _level(angle_deg: float) -> float:
    """The same line, in -90..90."""
    return (angle_deg + 90) % 180 - 90
