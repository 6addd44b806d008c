"""A picture and its hole as a network takes them: not too large, not too small, and back again."""

from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.pixels.types import Hole, Rgb8


@dataclass(frozen=True, slots=True)
class Letterbox:
    """What a network sees.

    Attributes:
        rgb: (h, w, 3); what lay under the hole is black.
        hole: (h, w), True = make this pixel; where only a part of it is hole, it is.
        inner: (rows, columns) at the upper left that show the picture; beyond them it is mirrored.
        size: (H, W) of the picture.
    """

    rgb: Rgb8
    hole: Hole
    inner: tuple[int, int]
    size: tuple[int, int]

    def back(self, made: Rgb8) -> Rgb8:
        """What was made for `rgb`, (h, w, 3), at the size of the picture, (H, W, 3)."""
        rows, columns = self.inner
        height, width = self.size
        part = np.ascontiguousarray(made[:rows, :columns])
        if self.inner == self.size:
            return part
        return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def letterbox(rgb: Rgb8, hole: Hole, *, most_px: int, least_px: int) -> Letterbox:
    """Shrink a picture until no side is longer than `most_px`, then mirror it until none is below `least_px`.

    Args:
        rgb: (H, W, 3).
        hole: (H, W), True = make this pixel.
    """
    height, width = hole.shape
    emptied = np.asarray(cv2.copyTo(rgb, (~hole).view(np.uint8)), np.uint8)
    share = hole.astype(np.float32)
    scale = most_px / max(height, width)
    if scale < 1:
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        emptied = np.asarray(cv2.resize(emptied, size, interpolation=cv2.INTER_AREA), np.uint8)
        share = np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_AREA), np.float32)
    small = share > 0
    emptied[small] = 0
    rows, columns = small.shape
    beyond = ((0, max(least_px - rows, 0)), (0, max(least_px - columns, 0)))
    return Letterbox(
        rgb=np.pad(emptied, (*beyond, (0, 0)), "symmetric"),
        hole=np.pad(small, beyond, "symmetric"),
        inner=(rows, columns),
        size=(height, width),
    )
