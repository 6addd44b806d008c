"""Planes and boxes in space, seen by a camera: floors, walls, houses, furniture.

The world is in metres: x to the right, y up from the ground, z ahead. The camera stands above (0, 0, 0).
"""

from dataclasses import dataclass
from math import ceil, cos, log2, sin
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Rgb8
from training.scenes_canvas import Canvas, Image, Points, blend, box_of, coverage

F64: TypeAlias = NDArray[np.float64]
Place: TypeAlias = tuple[float, float, float]
"""x, y, z in metres; of a direction too."""

NEAREST_M: float = 0.25
SMALLEST_TILE_PX: int = 4
SMALLEST_AREA_PX: float = 2.0
STRIPS_M: tuple[float, ...] = (100, 25, 10, 4.5, 2)
"""Where the ground is cut, so that each part of it is drawn from a texture of about its own scale."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that looks straight ahead; a tilt is given to the finished picture.

    Attributes:
        focal_px: focal length.
        middle: x of the picture's middle and y of the horizon, in pixels.
        height_m: above the ground.
        yaw: how far it is turned to the left, in radians.
    """

    focal_px: float
    middle: tuple[float, float]
    height_m: float
    yaw: float = 0.0

    def view(self, places: F64) -> F64:
        """(N, 3) places or (3, 3) columns' rows, as seen: x to the right, y up, z ahead of the camera."""
        turn = np.array([[cos(self.yaw), 0, sin(self.yaw)], [0, 1, 0], [-sin(self.yaw), 0, cos(self.yaw)]])
        return np.asarray(places @ turn.T, np.float64)

    def project(self, seen: F64) -> Points:
        """(N, 2) pixels of (N, 3) places as seen, all ahead of the camera."""
        return np.asarray(
            seen[:, :2] / seen[:, 2:] * (self.focal_px, -self.focal_px) + self.middle, np.float64
        )

    def pixel(self, place: Place) -> tuple[float, float]:
        """Where a place ahead of the camera is seen."""
        x, y = self.project(self.view(np.array([place]) - (0, self.height_m, 0)))[0]
        return float(x), float(y)

    def plane(self, corner: F64, along: F64, up: F64) -> F64:
        """(3, 3) homography from metres along two unit vectors of a plane to pixels."""
        columns = self.view(np.array([along, up, corner - (0, self.height_m, 0)])).T
        lens = np.array([[self.focal_px, 0, self.middle[0]], [0, -self.focal_px, self.middle[1]], [0, 0, 1]])
        return np.asarray(lens @ columns, np.float64)


@dataclass(frozen=True, slots=True)
class Surface:
    """A pattern that goes on without end.

    Attributes:
        tile: (h, w, 3) uint8 that repeats; its first row is at the foot of walls, its columns run along them.
        per_m: pixels of the tile per metre.
        shade: factor of its light.
    """

    tile: Rgb8
    per_m: float
    shade: float = 1.0

    def shaded(self, factor: float) -> "Surface":
        """The same in other light."""
        return Surface(self.tile, self.per_m, self.shade * factor)


def rectangle(
    canvas: Canvas, camera: Camera, corner: Place, sides: tuple[Place, Place], surface: Surface
) -> None:
    """Paints a rectangle that stands or lies in space.

    Args:
        corner: where the surface's tile begins.
        sides: from there along the tile's rows, and along its columns; at a right angle to each other.
    """
    start, along, up = (np.array(it, np.float64) for it in (corner, *sides))
    seen = _ahead(
        camera.view(
            np.array([start, start + along, start + along + up, start + up]) - (0, camera.height_m, 0)
        )
    )
    if len(seen) == 0:
        return
    points = camera.project(seen)
    area = abs(float(cv2.contourArea(points.astype(np.float32))))
    box = box_of(points, canvas.side, 1)
    if box is None or area < SMALLEST_AREA_PX:
        return
    length, height = float(np.linalg.norm(along)), float(np.linalg.norm(up))
    tile, scale = _at_scale(surface, length * height * surface.per_m**2 / area)
    from_tile = camera.plane(start, along / length, up / height) / (*scale, 1.0)
    from_tile[:2] -= np.outer((box.left, box.top), from_tile[2])

    def fill(_: Canvas, rows: int, columns: int) -> Image:
        warped = cv2.warpPerspective(tile, from_tile, (columns, rows), borderMode=cv2.BORDER_WRAP)
        return np.asarray(warped, np.float32) * surface.shade

    blend(canvas, box, coverage(points, box, 0), fill)


def ground(
    canvas: Canvas, camera: Camera, surface: Surface, height_m: float = 0.0, far_m: float = 1000.0
) -> None:
    """Paints the plane of the ground, or of a ceiling at `height_m`, up to `far_m` ahead."""
    wide = 1.5 * canvas.side / camera.focal_px
    far = far_m
    for near in (it for it in (*STRIPS_M, NEAREST_M) if it < far_m):
        start = (-wide * far, height_m, 0.8 * near)
        rectangle(canvas, camera, start, ((2 * wide * far, 0, 0), (0, 0, far - 0.8 * near)), surface)
        far = near


def cuboid(
    canvas: Canvas, camera: Camera, corner: Place, size: Place, faces: tuple[Surface, Surface]
) -> None:
    """Paints a box whose sides run along x, y and z.

    Args:
        corner: the least x, y and z of it.
        size: its extents.
        faces: of the sides, and of the top.
    """
    (x, y, z), (width, height, depth) = corner, size
    side, top = faces
    left = canvas.between(0.55, 0.8)
    if camera.height_m > y + height:
        rectangle(canvas, camera, (x, y + height, z), ((width, 0, 0), (0, 0, depth)), top)
    if camera.height_m < y:
        rectangle(canvas, camera, (x, y, z), ((width, 0, 0), (0, 0, depth)), top.shaded(0.5))
    if x > 0:
        rectangle(canvas, camera, (x, y, z), ((0, 0, depth), (0, height, 0)), side.shaded(left))
    if x + width < 0:
        rectangle(canvas, camera, (x + width, y, z), ((0, 0, depth), (0, height, 0)), side.shaded(left))
    rectangle(canvas, camera, (x, y, z), ((width, 0, 0), (0, height, 0)), side)


def _at_scale(surface: Surface, tile_pixels_per_pixel: float) -> tuple[Rgb8, tuple[float, float]]:
    """The tile halved until it is about as fine as the picture, and its pixels per metre along x and y."""
    height, width = surface.tile.shape[:2]
    halvings = max(0, ceil(log2(max(tile_pixels_per_pixel, 1e-6)) / 2 - 0.3))
    rows, columns = (max(min(SMALLEST_TILE_PX, it), it >> halvings) for it in (height, width))
    if halvings == 0:
        return surface.tile, (surface.per_m, surface.per_m)
    small = cv2.resize(surface.tile, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), (surface.per_m * columns / width, surface.per_m * rows / height)


def _ahead(seen: F64) -> F64:
    """The part of a polygon, as seen, that lies at least `NEAREST_M` ahead: (M, 3), M = 0 where none does."""
    is_ahead = (seen[:, 2] >= NEAREST_M).tolist()
    if all(is_ahead):
        return seen
    kept: list[F64] = []
    for number, here in enumerate(seen):
        following = (number + 1) % len(seen)
        there = seen[following]
        if is_ahead[number]:
            kept.append(here)
        if is_ahead[number] != is_ahead[following]:
            kept.append(here + (there - here) * ((NEAREST_M - here[2]) / (there[2] - here[2])))
    return np.array(kept).reshape(-1, 3)
