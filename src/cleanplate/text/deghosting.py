"""Deghosting: signs and other plain grounds without the ghosts of what was written on them.

When the strokes are filled, their rim is still there: the ringing that JPEG leaves in the blocks of an edge,
the ink's colour in what it keeps of colour (blocks of 16 px), and the glow of bright letters. On a lawn
nobody sees that, on a sign it can be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.compositing.paste import Patch
from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Alpha, Box, Hole, Rgb8
from cleanplate.text.rotated_box import RotatedBox
from cleanplate.text.text_segmentation import LETTERS, WINDOW, difference, ground, threshold

PLAIN_MOST = 7.0
"""Median difference from the ground beside the strokes, in levels of brightness; a brick wall has more."""
RIM, RIM_PX = 0.35, 16
"""How far the strokes have spoilt the ground: heights of the letters, at most a block of JPEG's colour."""
FULLEST = 0.48
"""Of a line's rectangle: where its strokes were found that wide, their rim has gone with them."""
APART_PX = 3
"""From what differs from the ground and is no ink: a frame has a rim of its own, and keeps it."""
TRUST = 0.02
"""Weight of the spoilt ground, where there is hardly any other."""
ENOUGH = 1e-3
"""Mean weight within a blur's reach that says something."""
WIDE = 1.2
"""Sigma of the ground's own light and shade, in widths of the rim."""
STEEP = 1.5
"""From its outer edge inwards all of the rim is made anew after 1 / STEEP of its width."""
SIGMA_PX = 4.0
"""It is blurred so far in a smaller picture."""
FINE_PX = 3.0
"""Sigma above which a difference is the ghost's, below which it is grain."""
COLOUR = 3.0
"""As a ghost counts a difference of colour this many times less: JPEG keeps colours at half the size."""
GHOST = 8.0, 16.0
"""Levels: a difference of light and shade up to the first is a ghost, from the second on the picture's."""
QUIET_PERCENT = 10
"""Per cent of the ground that has no more grain than its own."""

_Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _LineOnPlainGround:
    """One line in its window; arrays are (h, w) of the box.

    Attributes:
        rim_px: how far its strokes have spoilt the ground.
        ink: its strokes.
        rim: ground that the strokes have spoilt.
        clean: ground that they have not.
    """

    box: Box
    rim_px: int
    ink: Hole
    rim: Hole
    clean: Hole


def deghost(before: Rgb8, filled: Rgb8, ink: Hole, places: Sequence[RotatedBox]) -> list[Patch]:
    """Patches that make the plain grounds of a filled picture plain again.

    Light and shade come from the ground that lies further from the strokes, grain from the fill, where it has
    more of it than the quietest fifth of the ground, as much as that.

    Args:
        before: (H, W, 3) uint8, with the writing.
        filled: the same size, without.
        ink: (H, W), the strokes that were filled.
        places: the lines. Those on textures, and those whose strokes are not in `ink`, are left as they are.
    """
    lines = (_line(before, ink, place) for place in places)
    return [_patch(filled, line) for line in lines if line is not None]


def _line(before: Rgb8, ink: Hole, place: RotatedBox) -> _LineOnPlainGround | None:
    """None for a line that is not written on a plain ground."""
    letters_px = LETTERS * min(place.height, place.length)
    box = place.grown(WINDOW * letters_px, WINDOW * letters_px).bounds(before.shape[1], before.shape[0])
    if box.width <= 0 or box.height <= 0:
        return None
    here = place.moved(-box.left, -box.top)
    inside = here.inside(Box(0, 0, box.width, box.height))
    part, spoilt = np.ascontiguousarray(before[box.slices]), ink[box.slices]
    own = spoilt & here.grown(letters_px / 2, letters_px / 2).inside(Box(0, 0, box.width, box.height))
    if not own.any() or np.count_nonzero(own & inside) > FULLEST * np.count_nonzero(inside):
        return None
    behind = ground(part, here)
    differs, _ = difference(part, behind)
    other = dilate((differs > threshold(differs[inside])) & ~spoilt, APART_PX)
    like = _ground_of_ink(~other, own) & ~spoilt
    rim_px = max(round(min(RIM * letters_px, RIM_PX)), 1)
    rim = dilate(own, rim_px) & like
    grey = cv2.absdiff(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), cv2.cvtColor(behind, cv2.COLOR_RGB2GRAY))
    if not (rim & inside).any() or float(np.median(grey[rim & inside])) > PLAIN_MOST:
        return None
    return _LineOnPlainGround(box, rim_px, own, rim, like & ~dilate(spoilt, rim_px))


def _ground_of_ink(ground: Hole, ink: Hole) -> Hole:
    """The connected parts of the ground that have some of the ink: beyond a frame is another sign."""
    _, labels = cv2.connectedComponents(ground.astype(np.uint8), connectivity=4)
    return np.isin(labels, np.unique(labels[ink & ground])) & ground


def _patch(filled: Rgb8, line: _LineOnPlainGround) -> Patch:
    planes = filled[line.box.slices].astype(np.float32)
    away = distance_transform(~line.ink)
    weight = line.clean + np.float32(TRUST) * line.rim * np.minimum(away / line.rim_px, 1) ** 2
    light = _light(planes, weight, WIDE * line.rim_px)
    grain = _fine(planes, line.ink | line.rim | line.clean)
    differs = planes - grain - light
    ghost = np.maximum(
        np.abs(cv2.cvtColor(differs, cv2.COLOR_RGB2GRAY)), np.abs(differs).max(axis=2) / COLOUR
    )
    faint = np.clip((GHOST[1] - cv2.GaussianBlur(ghost, (0, 0), FINE_PX)) / (GHOST[1] - GHOST[0]), 0, 1)
    strength = np.sqrt(cv2.GaussianBlur((grain**2).mean(axis=2), (0, 0), FINE_PX)) + np.float32(0.1)
    own = np.percentile(strength[line.rim | line.clean], QUIET_PERCENT)
    made = light + grain * np.minimum(1, own / strength)[..., None]
    return Patch(line.box, np.clip(np.rint(made), 0, 255).astype(np.uint8), _share(line) * faint)


def _share(line: _LineOnPlainGround) -> Alpha:
    """1 on the strokes and between them, less and less towards the outer edge of the rim."""
    changed = (line.ink | line.rim).astype(np.uint8)
    depth = distance_transform(np.pad(changed, 1))[1:-1, 1:-1]
    share = np.clip(STEEP * depth / line.rim_px, 0, 1)
    return np.where(line.ink, np.float32(1), share * changed).astype(np.float32)


def _light(planes: _Planes, weight: Alpha, sigma: float) -> _Planes:
    """(h, w, 3): the weighted mean round each pixel, from ever further away where nothing near has weight.

    It has no detail, so it is made in a smaller picture.
    """
    height, width = weight.shape
    scale = min(SIGMA_PX / sigma, 1.0)
    small = max(round(width * scale), 1), max(round(height * scale), 1)
    weight = weight / weight.max()
    count = cv2.resize(weight, small, interpolation=cv2.INTER_AREA)
    total = cv2.resize(planes * weight[..., None], small, interpolation=cv2.INTER_AREA)
    out = np.zeros_like(total) + total.sum(axis=(0, 1)) / count.sum()
    open_ = np.ones(count.shape, np.bool_)
    reach = sigma * scale
    while open_.any() and reach < 2 * max(small):
        near = cv2.GaussianBlur(count, (0, 0), reach)
        ready = open_ & (near > ENOUGH)
        out[ready] = cv2.GaussianBlur(total, (0, 0), reach)[ready] / near[ready][:, None]
        open_ &= ~ready
        reach *= 2
    return np.asarray(cv2.resize(out, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _fine(planes: _Planes, here: Hole) -> _Planes:
    """(h, w, 3): what is finer than `FINE_PX`; what is not `here` has no part in it."""
    weight = here.astype(np.float32)
    count = np.maximum(cv2.GaussianBlur(weight, (0, 0), FINE_PX), ENOUGH)
    total = cv2.GaussianBlur(planes * weight[..., None], (0, 0), FINE_PX)
    return np.asarray(planes - total / count[..., None], np.float32)
