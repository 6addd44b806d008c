"""The form of an object, guessed from its outline and from the edges inside of it.

No depth is known: each part between edges is taken for a cushion, and so is the whole (as Johnston, "Lumo:
illumination for cel animation", 2002, shades drawings from their lines).
"""

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.masks import is_painted
from cleanplate.pixels.types import Alpha, Rgb8

Plane: TypeAlias = NDArray[np.float32]
"""(H, W)."""
Normals: TypeAlias = NDArray[np.float32]
"""(H, W, 3): where a surface faces, as unit vectors: right, down, towards the viewer."""


@dataclass(frozen=True, slots=True)
class HeightFieldParameters:
    """Of the guess. Lengths are shares of the object's side where they are not in pixels.

    Attributes:
        working_px: pixels of the picture that it is made in, at most.
        least_side_px: an object is taken for no smaller.
        texture: what is smaller is no edge; edge_fineness: a blur after that, so many along the side.
        outline_fineness: edges nearer to the outline, so many of it along the side, are the outline itself.
        shortest: edges shorter than that bound no part.
        part_depth, whole_depth: farther in a cushion is flat.
        smooth: rounds what the edges make.
        least_smooth_px: of both blurs.
        weak, strong: percentile of the steepness that counts as an edge beside a strong one, and as one by
            itself, and its least value (sum of 16-bit Sobel steps).
    """

    working_px: int = 640 * 640
    least_side_px: float = 8.0
    texture: float = 1 / 55
    edge_fineness: float = 200
    outline_fineness: float = 60
    shortest: float = 1 / 9
    part_depth: float = 0.16
    whole_depth: float = 0.35
    smooth: float = 1 / 110
    least_smooth_px: float = 0.8
    weak: tuple[float, float] = (80.0, 20.0)
    strong: tuple[float, float] = (93.0, 45.0)


HEIGHT_FIELD: Final = HeightFieldParameters()
"""In the gallery: all materials, the lantern above all, whose wire shows every edge. `working_px` bounds the
time. No figure bounds the rest; see `material_parameters`."""


@dataclass(frozen=True, slots=True)
class HeightField:
    """What is known of an object's form.

    Attributes:
        side_px: root of its area.
        whole: (H, W) height of the whole towards the viewer, pixels.
        parts: (H, W) height of its parts, each between edges, pixels.
        edge_distance: (H, W) pixels to the nearest edge, the outline among them.
    """

    side_px: float
    whole: Plane
    parts: Plane
    edge_distance: Plane


def estimate_height_field(rgb: Rgb8, alpha: Alpha) -> HeightField:
    """Guess it.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) float32, 1 = the object. Where it meets the frame it goes on beyond.
    """
    height, width = alpha.shape
    shrink = min((HEIGHT_FIELD.working_px / (height * width)) ** 0.5, 1.0)
    size = (max(round(width * shrink), 1), max(round(height * shrink), 1))
    small = cast(Rgb8, cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    solid = is_painted(np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))).astype(np.uint8)
    side = max(float(np.sqrt(solid.sum())), HEIGHT_FIELD.least_side_px)
    inside = solid * (_inner_edges(small, solid, side) == 0)
    planes = (
        _inflate(solid, side * HEIGHT_FIELD.whole_depth, side * HEIGHT_FIELD.smooth),
        _inflate(inside, side * HEIGHT_FIELD.part_depth, side * HEIGHT_FIELD.smooth),
        _edge_distance(inside),
    )
    back = np.float32(width / size[0])
    whole, parts, edge_distance = (
        cast(Plane, cv2.resize(plane, (width, height), interpolation=cv2.INTER_CUBIC) * back)
        for plane in planes
    )
    return HeightField(side * float(back), whole, parts, np.maximum(edge_distance, 0))


def surface_normals(height: Plane) -> Normals:
    """Where a surface of that height (pixels) faces."""
    away = [cv2.Sobel(height, cv2.CV_32F, x, 1 - x, scale=-1 / 8) for x in (1, 0)]
    normals = np.dstack([*away, np.ones_like(height)])
    return cast(Normals, normals / np.linalg.norm(normals, axis=2, keepdims=True))


def _inner_edges(rgb: Rgb8, solid: NDArray[np.uint8], side: float) -> NDArray[np.uint8]:
    """(H, W): 1 on edges inside of the object that are long enough to bound a part of it."""
    smooth = cv2.medianBlur(rgb, round(side * HEIGHT_FIELD.texture / 2) * 2 + 1)
    sigma_px = max(side / HEIGHT_FIELD.edge_fineness, HEIGHT_FIELD.least_smooth_px)
    smooth = cv2.GaussianBlur(smooth, (0, 0), sigma_px)
    steps = np.stack([cv2.Sobel(smooth, cv2.CV_16S, x, 1 - x) for x in (1, 0)])
    steepest = np.abs(steps).sum(0).argmax(2)[None, ..., None]
    right, down = (np.ascontiguousarray(step) for step in np.take_along_axis(steps, steepest, 3)[..., 0])
    outline_px = max(round(side / HEIGHT_FIELD.outline_fineness), 1)
    inner = cv2.erode(solid, np.ones((3, 3), np.uint8), iterations=outline_px) > 0
    if not inner.any():
        return np.zeros_like(solid)
    steepness = np.hypot(right[inner].astype(np.float32), down[inner])
    limits = (HEIGHT_FIELD.weak, HEIGHT_FIELD.strong)
    weak, strong = (max(float(np.percentile(steepness, share)), least) for share, least in limits)
    found = cast(NDArray[np.uint8], cv2.Canny(right, down, weak, strong, L2gradient=True))
    found[~inner] = 0
    return _long_edges(found, side * HEIGHT_FIELD.shortest)


def _long_edges(lines: NDArray[np.uint8], least_px: float) -> NDArray[np.uint8]:
    """(H, W): 1 where a line is that long."""
    _, label, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    keep = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= least_px
    keep[0] = False
    return cast(NDArray[np.uint8], keep[label].astype(np.uint8))


def outline_distance(alpha: Alpha) -> Plane:
    """(H, W): pixels to the outline; the frame is none."""
    return _edge_distance(is_painted(alpha).astype(np.uint8))


def _edge_distance(inside: NDArray[np.uint8]) -> Plane:
    """Pixels to the nearest one that is not inside; the frame is no edge."""
    padded = np.pad(inside, 1, mode="edge")
    if padded.all():  # no edge at all: as far as can be
        return np.full(inside.shape, max(inside.shape), np.float32)
    return distance_transform(padded)[1:-1, 1:-1]


def _inflate(inside: NDArray[np.uint8], radius_px: float, smooth_px: float) -> Plane:
    """Round at its edges, flat farther in than the radius."""
    depth = np.minimum(_edge_distance(inside), np.float32(radius_px))
    height = np.sqrt(depth * (2 * np.float32(radius_px) - depth))
    return cast(Plane, cv2.GaussianBlur(height, (0, 0), max(smooth_px, HEIGHT_FIELD.least_smooth_px)))
