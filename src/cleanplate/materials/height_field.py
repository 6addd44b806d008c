"""The form of an object, guessed from its outline and from the edges inside of it.

No depth is known: each part between edges is taken for a cushion, and so is the whole (as Johnston, "Lumo:
illumination for cel animation", 2002, shades drawings from their lines).
"""

from dataclasses import dataclass
from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import painted
from cleanplate.pixels.types import Alpha, Rgb8

Plane: TypeAlias = NDArray[np.float32]
"""(H, W)."""
Lean: TypeAlias = NDArray[np.float32]
"""(H, W, 3): where a surface faces, as unit vectors: right, down, towards the viewer."""

_WORKING_PX = 640 * 640
_LEAST_SIDE_PX = 8.0
_CALM, _SMOOTH, _SHORTEST = 1 / 55, 1 / 110, 1 / 9
"""Shares of the object's side: texture smaller than the first is no edge, the second rounds what the edges
make, and edges shorter than the last are none."""
_PART_DEPTH, _BODY_DEPTH = 0.16, 0.35
"""Shares of the side beyond which a cushion is flat."""
_WEAK, _STRONG = (80.0, 20.0), (93.0, 45.0)
"""Percentile of the steepness that counts as an edge, and its least value."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is known of an object's form.

    Attributes:
        side_px: root of its area.
        body: (H, W) height of the whole towards the viewer, pixels.
        parts: (H, W) height of its parts, each between edges, pixels.
        from_edge: (H, W) pixels to the nearest edge, the outline among them.
    """

    side_px: float
    body: Plane
    parts: Plane
    from_edge: Plane


def form_of(rgb: Rgb8, alpha: Alpha) -> Form:
    """Guess it.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) float32, 1 = the object. Where it meets the frame it goes on beyond.
    """
    height, width = alpha.shape
    shrink = min((_WORKING_PX / (height * width)) ** 0.5, 1.0)
    size = (max(round(width * shrink), 1), max(round(height * shrink), 1))
    small = cast(Rgb8, cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    solid = painted(np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))).astype(np.uint8)
    side = max(float(np.sqrt(solid.sum())), _LEAST_SIDE_PX)
    inside = solid * (_edges(small, solid, side) == 0)
    planes = (
        _cushion(solid, side * _BODY_DEPTH, side * _SMOOTH),
        _cushion(inside, side * _PART_DEPTH, side * _SMOOTH),
        _depth(inside),
    )
    back = np.float32(width / size[0])
    body, parts, from_edge = (
        cast(Plane, cv2.resize(plane, (width, height), interpolation=cv2.INTER_CUBIC) * back)
        for plane in planes
    )
    return Form(side * float(back), body, parts, np.maximum(from_edge, 0))


def lean(height: Plane) -> Lean:
    """Where a surface of that height (pixels) faces."""
    away = [cv2.Sobel(height, cv2.CV_32F, x, 1 - x, scale=-1 / 8) for x in (1, 0)]
    facing = np.dstack([*away, np.ones_like(height)])
    return cast(Lean, facing / np.linalg.norm(facing, axis=2, keepdims=True))


def _edges(rgb: Rgb8, solid: NDArray[np.uint8], side: float) -> NDArray[np.uint8]:
    """(H, W): 1 on edges inside of the object that are long enough to bound a part of it."""
    calm = cv2.medianBlur(rgb, round(side * _CALM / 2) * 2 + 1)
    calm = cv2.GaussianBlur(calm, (0, 0), max(side / 200, 0.8))
    steps = np.stack([cv2.Sobel(calm, cv2.CV_16S, x, 1 - x) for x in (1, 0)])
    steepest = np.abs(steps).sum(0).argmax(2)[None, ..., None]
    right, down = (np.ascontiguousarray(step) for step in np.take_along_axis(steps, steepest, 3)[..., 0])
    inner = cv2.erode(solid, np.ones((3, 3), np.uint8), iterations=max(round(side / 60), 1)) > 0
    if not inner.any():
        return np.zeros_like(solid)
    steepness = np.hypot(right[inner].astype(np.float32), down[inner])
    weak, strong = (max(float(np.percentile(steepness, share)), least) for share, least in (_WEAK, _STRONG))
    found = cast(NDArray[np.uint8], cv2.Canny(right, down, weak, strong, L2gradient=True))
    found[~inner] = 0
    return _long(found, side * _SHORTEST)


def _long(lines: NDArray[np.uint8], least_px: float) -> NDArray[np.uint8]:
    """(H, W): 1 where a line is that long."""
    _, label, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    keep = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= least_px
    keep[0] = False
    return cast(NDArray[np.uint8], keep[label].astype(np.uint8))


def depth_px(alpha: Alpha) -> Plane:
    """(H, W): pixels to the outline; the frame is none."""
    return _depth(painted(alpha).astype(np.uint8))


def _depth(inside: NDArray[np.uint8]) -> Plane:
    """Pixels to the nearest one that is not inside; the frame is no edge."""
    padded = np.pad(inside, 1, mode="edge")
    if padded.all():  # no edge at all: as far as can be
        return np.full(inside.shape, max(inside.shape), np.float32)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return cast(Plane, depth[1:-1, 1:-1])


def _cushion(inside: NDArray[np.uint8], radius_px: float, smooth_px: float) -> Plane:
    """Round at its edges, flat farther in than the radius."""
    depth = np.minimum(_depth(inside), np.float32(radius_px))
    height = np.sqrt(depth * (2 * np.float32(radius_px) - depth))
    return cast(Plane, cv2.GaussianBlur(height, (0, 0), max(smooth_px, 0.8)))
