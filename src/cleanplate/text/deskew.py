"""Deskew: a picture turned until tilted writing lies level, and the way back for what is found there."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.geometry import clip
from cleanplate.pixels.types import Box, Hole, Rgb8
from cleanplate.text.watermark import Mark

LEVEL_DEG = 4.0
"""What is tilted less is level: turning costs sharpness."""
TOUCH = 1e-6
"""Of a pixel: rounding."""
REACH_PX = 1
"""A turned pixel is mixed from neighbours that lie so far beyond."""


@dataclass(frozen=True, slots=True)
class DeskewedPicture:
    """A picture that was turned, or not.

    Attributes:
        rgb: (h, w, 3) uint8; beyond the borders of the picture it goes on as in a mirror.
        ink: (h, w), turned with it.
        seen: (h, w), True where it is the picture's own.
        turn: (2, 3), from coordinates of the picture to those of this one.
        picture: (width, height) before.
    """

    rgb: Rgb8
    ink: Hole
    seen: Hole
    turn: NDArray[np.float64]
    picture: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.rgb.shape[1], self.rgb.shape[0]

    def points_here(self, points: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, 2) of x and y in the picture, as they are here."""
        return np.asarray(points @ self.turn[:, :2].T + self.turn[:, 2], np.float64)

    def holds(self, box: Box) -> bool:
        """True when all of the box is the picture's own."""
        return clip(box, *self.size) == box and bool(self.seen[box.slices].all())

    def mark_in_picture(self, mark: Mark, box: Box) -> tuple[Mark, Box]:
        """A mark that lies at `box` here, as it lies in the picture: the part of it that is in there.

        Returns:
            The mark, as large as its box; without any area when it lies outside.
        """
        inverse = np.asarray(cv2.invertAffineTransform(self.turn), np.float64)
        corners = np.array([(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)], np.float64)
        there = corners @ inverse[:, :2].T + inverse[:, 2]
        left, top = np.floor(there.min(axis=0) + TOUCH).astype(int)
        right, bottom = np.ceil(there.max(axis=0) - TOUCH).astype(int)
        part = clip(Box(int(left), int(top), int(right), int(bottom)), *self.picture)
        if min(part.width, part.height) < 1:
            return Mark(np.zeros((0, 0), np.float32), np.zeros((0, 0, 3), np.float32)), part
        way = inverse.copy()
        way[:, 2] += inverse[:, :2] @ (box.left, box.top) - (part.left, part.top)
        size = (part.width, part.height)
        alpha = cv2.warpAffine(mark.alpha, way, size)
        colour = cv2.warpAffine(mark.colour, way, size, borderMode=cv2.BORDER_REPLICATE)
        return Mark(np.asarray(alpha, np.float32), np.asarray(colour, np.float32)), part


def deskew(rgb: Rgb8, ink: Hole, angle_deg: float) -> DeskewedPicture:
    """Turn a picture so that what rises or falls by the angle lies level.

    Args:
        rgb: (H, W, 3) uint8.
        ink: (H, W).
        angle_deg: clockwise from right, as `RotatedBox.angle_deg`; below `LEVEL_DEG` nothing is turned.
    """
    height, width = ink.shape
    if abs(angle_deg) < LEVEL_DEG:
        turn = np.eye(2, 3)
        return DeskewedPicture(rgb, ink, np.ones_like(ink), turn, (width, height))
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1), np.float64)
    across, down = np.abs(turn[:, :2]) @ (width, height)
    size = int(np.ceil(across)), int(np.ceil(down))
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    inside = cv2.erode(np.ones((height, width), np.uint8), np.ones((2 * REACH_PX + 1,) * 2), borderValue=0)
    return DeskewedPicture(
        np.asarray(
            cv2.warpAffine(rgb, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT), np.uint8
        ),
        np.asarray(cv2.warpAffine(ink.astype(np.uint8), turn, size, flags=cv2.INTER_NEAREST) > 0),
        np.asarray(cv2.warpAffine(inside, turn, size, flags=cv2.INTER_NEAREST) > 0),
        turn,
        (width, height),
    )
