"""A first picture of a border that grows outwards: ring by ring, each pixel from the patch that fits best.

A. Efros, T. Leung: "Texture synthesis by non-parametric sampling", 1999; M. Ashikhmin: "Synthesizing natural
textures", 2001 (go on where the neighbour was copied from); A. Newson et al.: "Non-local patch-based image
inpainting", 2017 (ring by ring). What is of a kind of its own costs more, and so does what was copied before:
a border takes what the picture has much of. Most patches of a border see nothing known: begun from a smooth
fill, they agree on anything.
"""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.compiled import inline_kernel, kernel
from cleanplate.fill.patchmatch import pyramid
from cleanplate.fill.patchmatch.kernels import Place
from cleanplate.fill.patchmatch.pyramid import Planes, PyramidImage
from cleanplate.fill.patchmatch.self_dissimilarity import self_dissimilarity
from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.types import Hole

PATCH_RADIUS_PX = 3
"""Patches are 7 x 7: a wall's rows of windows go on, and one ring of them is small beside the picture."""
MOST_WORK = 16_000_000
"""Pixels to make times sources; where there are more, the sources are drawn by lot."""
MOST_PX = 300_000
"""Of the size; the coarsest one is larger only when the hole is a thin line beside what is known."""
HEIGHT_COST = 9000.0
"""Squared grey levels that a source as far up or down as the picture is high costs: the sky stays up."""
ACROSS_COST = 3000.0
"""The same to the side: what is near is likelier."""
BREAK_COST = 100.0
"""What it costs to copy from elsewhere than the neighbour did."""
DISSIMILAR_COST = 2.0
"""Times how unlike all else a source is: marks, people and lamps appear once, walls and leaves again."""
USED_COST = 30.0
"""What each copy that was made of a source adds to its price."""

PLANES = 4
NEIGHBOURS = 9

_Places: TypeAlias = NDArray[np.int32]
"""(N,) rows or columns."""
_Rows: TypeAlias = NDArray[np.int32]
"""(H, W), a row or a column for each pixel."""


@dataclass(frozen=True, slots=True)
class BorderStart:
    """A first picture.

    Attributes:
        planes: (H, W, 4) uint8, equal to the size's own outside the hole.
        y, x: (H, W) int32, where each pixel of it is from; its own place outside the hole.
    """

    planes: Planes
    y: NDArray[np.int32]
    x: NDArray[np.int32]


class _Frame(NamedTuple):
    """Where the known part lies: its first and last row and column.

    Attributes:
        sources: (H, W), what may be copied.
        price: (H, W), what a source costs by itself; it rises with each copy.
    """

    top: int
    bottom: int
    left: int
    right: int
    sources: Hole
    price: NDArray[np.float32]


class _Found(NamedTuple):
    """The known pixels round one: (K,) steps from it in `flat`, and how much each counts."""

    steps: NDArray[np.int32]
    shares: NDArray[np.float32]


def begin_border(step: PyramidImage, random: np.random.Generator) -> BorderStart | None:
    """Fill the hole of this size; None when it is too large, or has no whole patch to copy from."""
    sources = pyramid.sources(step, PATCH_RADIUS_PX)
    if step.hole.size > MOST_PX or not sources.any():
        return None
    affordable = max(1, MOST_WORK // int(np.count_nonzero(step.hole)))
    places = np.flatnonzero(sources)
    if affordable < len(places):
        places = np.sort(random.permutation(places)[:affordable])
    known = ~(step.hole | step.excluded)
    start = BorderStart(step.planes.copy(), *np.indices(step.hole.shape, np.int32))
    price = np.float32(DISSIMILAR_COST) * self_dissimilarity(step.planes, sources, PATCH_RADIUS_PX, random)
    frame, chosen = _frame(known, sources, price), _split(places, step.hole.shape[1])
    most = (2 * PATCH_RADIUS_PX + 1) ** 2
    found = _Found(np.empty(most, np.int32), np.empty(most, np.float32))
    planes = start.planes, start.planes.reshape(-1)
    _grow(planes, known, (start.y, start.x), _order(step, random), chosen, frame, found)
    return start


def nearest(start: BorderStart, sources: Hole, y: _Places, x: _Places) -> tuple[_Places, _Places]:
    """For each place the source next to where its pixel is from.

    Args:
        sources: (H, W), has a True.
    """
    _, labels = cv2.distanceTransformWithLabels(
        (~sources).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    source_y, source_x = np.nonzero(sources)
    number = np.zeros(int(labels.max()) + 1, np.intp)
    number[labels[source_y, source_x]] = np.arange(len(source_y))
    chosen = number[labels[start.y[y, x], start.x[y, x]]]
    return source_y[chosen].astype(np.int32), source_x[chosen].astype(np.int32)


def _split(places: NDArray[np.intp], width: int) -> tuple[_Places, _Places]:
    return (places // width).astype(np.int32), (places % width).astype(np.int32)


def _frame(known: Hole, sources: Hole, price: NDArray[np.float32]) -> _Frame:
    rows, columns = (np.flatnonzero(known.any(axis=axis)) for axis in (1, 0))
    return _Frame(int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1]), sources, price)


def _order(step: PyramidImage, random: np.random.Generator) -> tuple[_Places, _Places]:
    """The hole's pixels from the known ones outwards, those of one ring in random order."""
    depth = distance_transform(step.hole)
    places = np.flatnonzero(step.hole)
    order = np.lexsort((random.random(len(places)), np.floor(depth.reshape(-1)[places])))
    return _split(places[order], step.hole.shape[1])


@inline_kernel
def _surroundings(known: Hole, y: Place, x: Place, channels: int, found: _Found) -> int:
    """Write the known pixels within the patch's reach into `found`; returns how many."""
    height, width = known.shape
    count = 0
    for down in range(-PATCH_RADIUS_PX, PATCH_RADIUS_PX + 1):
        for right in range(-PATCH_RADIUS_PX, PATCH_RADIUS_PX + 1):
            row, column = y + down, x + right
            if 0 <= row < height and 0 <= column < width and known[row, column]:
                found.steps[count] = (down * width + right) * channels
                found.shares[count] = np.float32(1) / (1 + down * down + right * right)
                count += 1
    return count


@inline_kernel
def _away(frame: _Frame, y: Place, x: Place, source_y: Place, source_x: Place) -> float:
    """What the way from the target, moved to the next known place, to its source costs."""
    inner_y = frame.top if y < frame.top else (frame.bottom if y > frame.bottom else y)
    inner_x = frame.left if x < frame.left else (frame.right if x > frame.right else x)
    far_y = (source_y - inner_y) / (frame.bottom - frame.top + 1)
    far_x = (source_x - inner_x) / (frame.right - frame.left + 1)
    return float(HEIGHT_COST * far_y * far_y + ACROSS_COST * far_x * far_x)


@inline_kernel
def _unlike(
    flat: NDArray[np.uint8], found: _Found, count: int, here: Place, there: Place, limit: float
) -> float:
    """Weighted squared difference round two places; any number >= limit when it is not below."""
    total = np.float32(0)
    for j in range(count):
        if total >= limit:
            break
        for c in range(PLANES):
            gap = np.float32(flat[here + found.steps[j] + c]) - np.float32(flat[there + found.steps[j] + c])
            total += found.shares[j] * gap * gap
    return float(total)


@inline_kernel
def _carry(origin: tuple[_Rows, _Rows], known: Hole, y: Place, x: Place, number: int) -> tuple[Place, Place]:
    """Where this pixel would be from, copied as neighbour `number` of 9 was; (-1, -1): that is not known."""
    row, column = y + number // 3 - 1, x + number % 3 - 1
    if not (0 <= row < known.shape[0] and 0 <= column < known.shape[1] and known[row, column]):
        return -1, -1
    return origin[0][row, column] + y - row, origin[1][row, column] + x - column


@kernel
def _grow(  # noqa: PLR0913, PLR0917 - a kernel makes no array: what it works in is given
    pictures: tuple[Planes, NDArray[np.uint8]],
    known: Hole,
    origin: tuple[_Rows, _Rows],
    targets: tuple[_Places, _Places],
    sources: tuple[_Places, _Places],
    frame: _Frame,
    found: _Found,
) -> None:
    """Make each target in the order given: first tried are the ways its neighbours were copied, then all.

    Args:
        pictures: the planes, and the same in one row.
        found: room for the known pixels of a patch.
    """
    planes, flat = pictures
    width, channels = planes.shape[1:]
    for i in range(len(targets[0])):
        y, x = targets[0][i], targets[1][i]
        count = _surroundings(known, y, x, channels, found)
        total = float(np.sum(found.shares[:count])) + 1e-6
        best, best_y, best_x = inf, sources[0][0], sources[1][0]
        for k in range(-NEIGHBOURS, len(sources[0])):
            source_y, source_x = sources[0][k], sources[1][k]
            if k < 0:
                source_y, source_x = _carry(origin, known, y, x, k + NEIGHBOURS)
                if not _is_source(frame.sources, source_y, source_x):
                    continue
            extra = _away(frame, y, x, source_y, source_x) + (BREAK_COST if k >= 0 else 0.0)
            extra += frame.price[source_y, source_x]
            here, there = (y * width + x) * channels, (source_y * width + source_x) * channels
            limit = (best - extra) * total
            unlike = _unlike(flat, found, count, here, there, limit)
            if unlike < limit:
                best, best_y, best_x = extra + unlike / total, source_y, source_x
        origin[0][y, x], origin[1][y, x] = best_y, best_x
        for c in range(channels):
            planes[y, x, c] = planes[best_y, best_x, c]
        known[y, x] = True
        frame.price[best_y, best_x] += np.float32(USED_COST)


@inline_kernel
def _is_source(sources: Hole, y: Place, x: Place) -> bool:
    return 0 <= y < sources.shape[0] and 0 <= x < sources.shape[1] and bool(sources[y, x])
