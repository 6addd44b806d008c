"""What made scenes are painted on: seeded dice, a palette out of photographs, shapes laid over each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, exp, floor, log
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Box, Rgb8

F32: TypeAlias = NDArray[np.float32]
Image: TypeAlias = F32
"""(H, W, 3) RGB, 0..255."""
Colour: TypeAlias = F32
"""(3,) RGB, 0..255."""
Points: TypeAlias = NDArray[np.float64]
"""(N, 2) corners of a polygon, x and y in pixels; may lie outside the canvas."""

PALETTE: int = 16
"""Colours of one scene."""
GROUNDS: tuple[tuple[int, int, int], ...] = (
    (95, 115, 50),
    (60, 75, 40),
    (195, 170, 130),
    (110, 85, 62),
    (125, 122, 118),
    (225, 228, 232),
)
"""Grass, woods, sand, soil, rock, snow."""
GREENS: tuple[tuple[int, int, int], ...] = ((60, 85, 40), (95, 120, 50), (45, 65, 45), (170, 130, 50))
"""Leaves of woods, of meadows, needles, leaves in autumn."""
SUBPIXEL_BITS: int = 4
FARTHEST_PX: float = 30000.0
"""Corners beyond are moved here: OpenCV counts in whole numbers."""


@dataclass(slots=True)
class Canvas:
    """A square picture in the making.

    Attributes:
        rng: where all chance comes from.
        textures: (h, w, 3) uint8 crops of photographs, each of its own size.
        side: of the square, in pixels.
        palette: (`PALETTE`, 3) colours of the scene, out of one to three of the textures.
        rgb: what is painted so far.
    """

    rng: np.random.Generator
    textures: Sequence[Rgb8]
    side: int
    palette: F32 = field(init=False)
    rgb: Image = field(init=False)

    def __post_init__(self) -> None:
        self.palette = self._palette()
        self.rgb = plain(self.colour())(self, self.side, self.side)

    def _palette(self) -> F32:
        few = [self.texture() for _ in range(self.whole(1, 3))]
        picks = [few[index] for index in self.rng.integers(len(few), size=PALETTE)]
        pixels = [it[self.rng.integers(it.shape[0]), self.rng.integers(it.shape[1])] for it in picks]
        return np.asarray(pixels, np.float32)

    def chance(self, share: float) -> bool:
        """True in `share` of all calls."""
        return bool(self.rng.random() < share)

    def between(self, least: float, most: float) -> float:
        """Evenly from `least` to `most`."""
        return float(self.rng.uniform(least, most))

    def spread(self, least: float, most: float) -> float:
        """From `least` to `most`, as often within each octave: both above 0."""
        return exp(self.between(log(least), log(most)))

    def whole(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(least, most + 1))

    def texture(self) -> Rgb8:
        """One of the textures."""
        return self.textures[int(self.rng.integers(len(self.textures)))]

    def colour(self) -> Colour:
        """One of the palette, a little off."""
        picked = self.palette[self.rng.integers(PALETTE)]
        off = self.rng.normal(0, 5, 3) + self.rng.normal(0, 8)
        return np.asarray(np.clip(picked + off, 2, 253), np.float32)

    def pale(self) -> Colour:
        """A light and weak colour, as walls, skies and paper have."""
        white = self.between(170, 250)
        return np.asarray(white + (self.colour() - white) * self.between(0.05, 0.3), np.float32)

    def foliage(self) -> Colour:
        """A colour of leaves: greens most often, else any of the palette."""
        if self.chance(0.25):
            return self.colour()
        green = np.array(GREENS[self.whole(0, len(GREENS) - 1)]) * self.spread(0.5, 1.2)
        return np.asarray(green + (self.colour() - green) * self.between(0, 0.4), np.float32)

    def muted(self) -> Colour:
        """A colour half way to grey, as walls of houses have."""
        own = self.colour()
        return np.asarray(own + (own.mean() - own) * self.between(0.2, 0.8), np.float32)

    def dark(self) -> Colour:
        """A colour in the shade, as of tyres, openings and hair."""
        return np.asarray(self.colour() * self.between(0.1, 0.4), np.float32)

    def earthy(self) -> Colour:
        """A colour of grounds and hills: one of the palette that leans to one of the `GROUNDS`."""
        own, usual = self.colour(), GROUNDS[self.whole(0, len(GROUNDS) - 1)]
        share = self.between(0.3, 1)
        return np.asarray(own + (np.array(usual) * self.spread(0.6, 1.1) - own) * share, np.float32)


Fill: TypeAlias = Callable[[Canvas, int, int], Image]
"""Makes what a shape is filled with: canvas, height, width."""


def plain(colour: Colour) -> Fill:
    """One colour everywhere."""

    def fill(_: Canvas, height: int, width: int) -> Image:
        # Row by row: numpy is slow where the last axis is of three
        return np.repeat(np.tile(colour, width).reshape(1, width, 3), height, axis=0).astype(np.float32)

    return fill


def paint(canvas: Canvas, points: Points, fill: Fill, soft_px: float = 0.0, opacity: float = 1.0) -> None:
    """Lays a filled polygon over the canvas.

    Args:
        points: its corners.
        fill: is asked for the polygon's bounding box, where that is within the canvas.
        soft_px: standard deviation of the blur of its edge; 0 is a sharp, antialiased edge.
        opacity: 0..1.
    """
    box = box_of(points, canvas.side, ceil(3 * soft_px) + 1)
    if box is not None:
        blend(canvas, box, coverage(points, box, soft_px) * opacity, fill)


def blend(canvas: Canvas, box: Box, cover: F32, fill: Fill) -> None:
    """Lays `fill` over a window of the canvas.

    Args:
        box: the window.
        cover: (box height, box width), 0 = as it was .. 1 = filled.
    """
    under = canvas.rgb[box.slices]
    cv2.blendLinear(fill(canvas, box.height, box.width), under, cover, 1 - cover, dst=under)


def cover_all(canvas: Canvas, box: Box, fill: Fill) -> None:
    """Fills a window of the canvas."""
    canvas.rgb[box.slices] = fill(canvas, box.height, box.width)


def darken(canvas: Canvas, points: Points, soft_px: float, strength: float) -> None:
    """Multiplies what lies under a polygon: a shadow.

    Args:
        soft_px: standard deviation of the blur of its edge.
        strength: 0 = no shadow .. 1 = black.
    """
    box = box_of(points, canvas.side, ceil(3 * soft_px) + 1)
    if box is not None:
        multiply(canvas, box, 1 - strength * coverage(points, box, soft_px))


def multiply(canvas: Canvas, box: Box, factor: F32) -> None:
    """Multiplies a window of the canvas by (box height, box width) factors."""
    canvas.rgb[box.slices] = times(canvas.rgb[box.slices], factor)


def times(image: Image, factor: F32) -> Image:
    """The image multiplied by (H, W) factors."""
    return np.asarray(cv2.multiply(image, cv2.merge([factor, factor, factor])), np.float32)


def box_of(points: Points, side: int, margin: int) -> Box | None:
    """The part of the canvas that a polygon and a margin around it cover; None where that is nothing."""
    left, top = (max(0, floor(it) - margin) for it in points.min(axis=0).tolist())
    right, bottom = (min(side, ceil(it) + margin) for it in points.max(axis=0).tolist())
    return Box(left, top, right, bottom) if right > left and bottom > top else None


def coverage(points: Points, box: Box, soft_px: float) -> F32:
    """(box height, box width) 0..1: how much of each pixel lies in the polygon, which OpenCV makes half a
    pixel larger on each side.
    """
    inside = np.clip(points - (box.left, box.top), -FARTHEST_PX, FARTHEST_PX)
    mask = np.zeros((box.height, box.width), np.uint8)
    corners = np.round(inside * (1 << SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    cover = mask * np.float32(1 / 255)
    return np.asarray(cover if soft_px <= 0 else cv2.GaussianBlur(cover, (0, 0), soft_px), np.float32)
