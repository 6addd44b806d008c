"""Where the mark that some pictures share may be: edges that all of them have, in one direction."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Box, Hole, Rgb8

SOFT_PX = 0.8
"""Edges are looked for at that scale, and what is found is smoothed by `SMOOTH_PX`."""
SMOOTH_PX = 1.0
OUTVOTED = 4
"""One picture in so many may lack an edge, for its colour there is that of the mark."""
STRONGER = 4.0
"""Times what all have at least, as which a stronger edge counts."""
CLEAR = 6.0
"""An edge stands out by so many times what the pictures have anywhere."""
FAINTEST = 0.5
"""And is of so many levels a pixel."""
TOGETHER, TOGETHER_PX = 0.02, 4
"""Edges so near to each other are of one mark: a share of the longer side, and pixels at least."""
MANY = 9
"""From so many pictures on what they have in common is the mark; of fewer it is one of several."""
STRICTER = (1, 2, 4, 8)
"""Times `CLEAR`, by which those are found that are not joined to others."""
OF_EACH = 3
"""Places that are tried of each."""
SAME_SCENE = 0.5
"""Correlation of edges from which on two pictures show one scene: of two scenes it was at most 0.35, of one
at least 0.9."""
GRAIN = 1.0
"""Levels a pixel: stronger edges count alike, whatever the light is, and weaker ones little."""


def mark_boxes(pictures: Sequence[Rgb8]) -> list[Box]:
    """The places where a mark may be, the likest first; one when there are many pictures, none without any.

    Args:
        pictures: (H, W, 3) uint8 each, of one size, the mark at the same place in all.
    """
    shared = _shared_edges(pictures)
    usual = float(np.median(shared))
    spread = 1.4826 * float(np.median(np.abs(shared - usual))) + 0.05
    boxes: list[Box] = []
    for times in (1,) if len(pictures) >= MANY else STRICTER:
        clear = (shared > usual + times * CLEAR * spread) & (shared > FAINTEST)
        boxes += _groups(clear, shared)[: 1 if len(pictures) >= MANY else OF_EACH]
    return list(dict.fromkeys(boxes))


def distinct_scenes(pictures: Sequence[Rgb8], where: Hole) -> list[int]:
    """Numbers of the pictures that show something else than those before them.

    Args:
        pictures: (H, W, 3) uint8 each, of one size.
        where: (H, W), True where they are compared: beside the mark.
    """
    kept: dict[int, NDArray[np.float32]] = {}
    for number, picture in enumerate(pictures):
        soft = cv2.GaussianBlur(picture.astype(np.float32).mean(axis=2), (0, 0), 2 * SOFT_PX)
        edges = np.stack([cv2.Sobel(soft, -1, 1 - way, way, ksize=3, scale=1 / 8)[where] for way in (0, 1)])
        edges /= np.hypot(*edges) + np.float32(GRAIN)
        edges /= np.float32(np.linalg.norm(edges) + GRAIN)
        if all(float(np.vdot(edges, other)) < SAME_SCENE for other in kept.values()):
            kept[number] = edges
    return list(kept)


def _shared_edges(pictures: Sequence[Rgb8]) -> NDArray[np.float32]:
    """(H, W): how strong an edge is that nearly all have, less where it goes another way in each."""
    strengths, across, along = [], [], []
    for picture in pictures:
        soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), SOFT_PX)
        right, down = (cv2.Sobel(soft, -1, 1 - way, way, ksize=3, scale=1 / 8) for way in (0, 1))
        squares = (right * right).sum(axis=2), (down * down).sum(axis=2)
        strength = np.sqrt(squares[0] + squares[1]) + np.float32(1e-3)
        strengths.append(strength)
        across.append((squares[0] - squares[1]) / strength**2)
        along.append(2 * (right * down).sum(axis=2) / strength**2)
    stack = np.stack(strengths)
    least = np.sort(stack, axis=0)[(len(stack) - 1) // OUTVOTED]
    weight = np.minimum(stack, STRONGER * least)
    sums = [(weight * np.stack(parts)).sum(axis=0) for parts in (across, along)]
    one_way = np.hypot(*sums) / weight.sum(axis=0)
    return np.asarray(cv2.GaussianBlur(least * one_way**2, (0, 0), SMOOTH_PX), np.float32)


def _groups(clear: NDArray[np.bool_], shared: NDArray[np.float32]) -> list[Box]:
    """The bounds of edges that lie together, those with most edge first."""
    if not clear.any():
        return []
    near = max(round(TOGETHER * max(clear.shape)), TOGETHER_PX)
    count, labels = cv2.connectedComponents(dilate(clear, near).astype(np.uint8))
    labels = np.where(clear, labels, 0)
    totals = np.bincount(labels.ravel(), shared.ravel(), count)
    totals[0] = 0
    boxes = []
    for label in np.argsort(totals)[::-1]:
        rows, columns = np.nonzero(labels == label)
        if totals[label] > 0:
            box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
            boxes.append(box)
        if len(boxes) == OF_EACH:
            break
    return boxes
