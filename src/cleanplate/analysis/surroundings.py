"""A thing and what is round it, at a size for looking: where it stands, and what of the picture is ground."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.geometry import bounds, grow
from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Alpha, Box, Hole, Rgb8

SIDE_PX = 128
"""The thing's longer side is shrunk to this: a shadow's edge is softer than what that loses."""
MARGIN = 1.5
"""How far round it is looked, in its longer side."""
RIM = 0.012
"""Of masks that are drawn by hand or made by a network, in the thing's longer side: what lies so near to
one may be the thing's own colour."""
STANDS = 0.08
"""Lowest points that are higher than those beside them by more, in the longer side, touch no ground."""
BESIDE = 0.25
"""How far beside, in the longer side."""
FEET = 0.4
"""Feet lie in this lowest part of the thing's height: those further away stand higher in the picture."""

Planes = NDArray[np.float32]
"""(h, w) or (h, w, 3)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A window of the picture round a thing, shrunk. (h, w) arrays.

    Attributes:
        window: what it shows, in pixels of the picture.
        rgb: (h, w, 3).
        thing: True = it.
        covered: the thing, whatever else is no ground, and the rims of their masks, which may be either.
        rim_px: how wide those are.
        foot: the thing's lowest pixels where it stands on something; none when that is outside the picture.
        cut: whether the window, and not the picture, ends at its top, bottom, left and right.
    """

    window: Box
    rgb: Rgb8
    thing: Hole
    covered: Hole
    rim_px: int
    foot: Hole
    cut: tuple[bool, bool, bool, bool]

    @property
    def side(self) -> int:
        """The thing's longer side, in pixels of the window."""
        return max(self.box.width, self.box.height)

    @property
    def box(self) -> Box:
        """The thing's, in pixels of the window."""
        return cast(Box, bounds(self.thing))

    @property
    def ground(self) -> Hole:
        """All that is not the thing."""
        return ~self.covered

    def full_size(self, flags: Hole, shape: tuple[int, ...]) -> Hole:
        """Flags of the window as flags of the picture, whose shape begins with (H, W)."""
        out = np.zeros(shape[:2], np.bool_)
        size = (self.window.width, self.window.height)
        enlarged = cv2.resize(flags.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        out[self.window.slices] = enlarged > 0.5  # noqa: PLR2004 - half of it
        return out


def surroundings_of(rgb: Rgb8, thing: Hole, other: Hole | None = None) -> Surroundings | None:
    """The thing in its surroundings; None when there is none.

    Args:
        rgb: (H, W, 3).
        thing: (H, W), True = it.
        other: (H, W), True = something that is neither it nor ground.
    """
    box = bounds(thing)
    if box is None:
        return None
    height, width = thing.shape
    side = max(box.width, box.height)
    window = grow(box, round(MARGIN * side), width, height)
    scale = min(1.0, SIDE_PX / side)
    flags = _shrink(thing[window.slices], scale)
    if not flags.any():
        return None
    covered = flags if other is None else flags | _shrink(other[window.slices], scale)
    cut = (window.top > 0, window.bottom < height, window.left > 0, window.right < width)
    inner = cast(Box, bounds(flags))
    rim = max(1, round(RIM * max(inner.width, inner.height)))
    size = (flags.shape[1], flags.shape[0])
    small = (
        rgb[window.slices]
        if scale == 1
        else cv2.resize(rgb[window.slices], size, interpolation=cv2.INTER_AREA)
    )
    return Surroundings(
        window,
        np.ascontiguousarray(small, np.uint8),
        flags,
        thicken(covered, rim),
        rim,
        _foot(flags, inner, ends=not cut[1]),
        cut,
    )


def _shrink(flags: Hole, scale: float) -> Hole:
    if scale == 1:
        return np.ascontiguousarray(flags)
    size = (max(round(flags.shape[1] * scale), 1), max(round(flags.shape[0] * scale), 1))
    share = cv2.resize(flags.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(share >= 0.5)  # noqa: PLR2004 - half of it


def _foot(thing: Hole, box: Box, *, ends: bool) -> Hole:
    """The lowest pixel of each column in which no neighbour goes lower.

    Args:
        ends: the picture ends where the array does: what is cut off there has its foot outside.
    """
    height = thing.shape[0]
    side = max(box.width, box.height)
    columns = thing.any(axis=0)
    lowest = np.where(columns, height - 1 - np.argmax(thing[::-1], axis=0), -1)
    reach = np.ones((1, 2 * round(BESIDE * side) + 1), np.uint8)
    around = cv2.dilate(lowest.astype(np.float32)[None], reach)[0]
    stands = columns & (lowest >= around - max(2.0, STANDS * side))
    stands &= lowest >= box.bottom - 1 - FEET * box.height
    foot = np.zeros_like(thing)
    at = np.flatnonzero(stands)
    if not ends or 2 * np.count_nonzero(lowest[at] >= height - 2) <= at.size:
        foot[lowest[at], at] = True
    return foot


def known_mean(planes: Planes, known: Hole | Alpha, sigma: float) -> Planes:
    """Blurred, from known pixels alone, and carried on where there are none.

    Args:
        planes: (h, w) or (h, w, 3).
        known: (h, w), True or 1 = known.
        sigma: of the Gaussian, in pixels.

    Returns:
        As `planes`; 0 where nothing known is near.
    """
    weights = known.astype(np.float32)
    share = np.maximum(cv2.GaussianBlur(weights, (0, 0), sigma), np.float32(1e-4))
    if planes.ndim == 2:  # noqa: PLR2004 - (h, w)
        return np.asarray(cv2.GaussianBlur(planes * weights, (0, 0), sigma) / share, np.float32)
    total = cv2.GaussianBlur(planes * weights[..., None], (0, 0), sigma)
    return np.asarray(total / share[..., None], np.float32)
