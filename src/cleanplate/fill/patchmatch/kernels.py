"""The three inner loops of PatchMatch. Each works on a part of the targets, so that threads share them.

Nothing here depends on how many threads there are: a part reads what it writes, and of the other parts
only what they were before.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.compiled import inline_kernel, kernel

Place: TypeAlias = int | np.int32
"""A row or a column."""

Flat: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Image and weight of a `SearchImage` in one row."""

_FARTHEST = np.int32(2**31 - 1)
WHOLE_ROW = 9 * 4
"""Numbers in a row of a patch of the usual size: four planes, radius 4."""


class SearchImage(NamedTuple):
    """What the loops look at. A patch is a square of 2 * radius + 1 pixels round its centre.

    Attributes:
        image: (H, W, C) uint8, C-contiguous.
        weight: (h, w, C) uint8 for a window of the image: how much a pixel of a target patch counts.
        pixels, weights: the same two in one row each.
        top, left: where that window lies in the image.
        sources: (H, W), True where a centre may be copied from.
        radius: of patches, in pixels.
        y, x: (N,) int32 centres of the targets, row by row.
        order: (h, w) int32, the number of the target at a pixel of the window; -1 = none.
        plain: (N,), True where every pixel of the target patch counts 1.
        upward: (N,), True where its lower half counts more: read from there, a bad source is known sooner.
        mass: (N,) float32, the sum of the weights of the target patch, all planes.
        down, across: what a source costs by where it lies: squared grey levels for each number of the patch,
            times the square of the pixels it lies up or down, and to the side.
    """

    image: NDArray[np.uint8]
    weight: NDArray[np.uint8]
    pixels: NDArray[np.uint8]
    weights: NDArray[np.uint8]
    top: int
    left: int
    sources: NDArray[np.bool_]
    radius: int
    y: NDArray[np.int32]
    x: NDArray[np.int32]
    order: NDArray[np.int32]
    plain: NDArray[np.bool_]
    upward: NDArray[np.bool_]
    mass: NDArray[np.float32]
    down: float = 0.0
    across: float = 0.0


class NearestNeighbours(NamedTuple):
    """Nearest-neighbour field, (N,) int32 each: the centre of each target's source, and how they differ."""

    y: NDArray[np.int32]
    x: NDArray[np.int32]
    cost: NDArray[np.int32]


@inline_kernel
def _way(scene: SearchImage, i: int, source_y: Place, source_x: Place) -> np.int32:
    y, x = np.float32(source_y - scene.y[i]), np.float32(source_x - scene.x[i])
    return np.int32(scene.mass[i] * (scene.down * y * y + scene.across * x * x))


@inline_kernel
def _distance(
    scene: SearchImage, flat: Flat, i: int, source_y: Place, source_x: Place, best: np.int32
) -> np.int32:
    """Weighted sum of squared differences from target `i`, and what the way there costs; any number >= best
    when it is not below."""
    radius, channels, width = scene.radius, scene.image.shape[2], scene.image.shape[1]
    reach, span, plain = (2 * radius + 1) * channels, scene.weight.shape[1], scene.plain[i]
    pixels, weights = flat
    left, step = scene.x[i] - radius, -1 if scene.upward[i] else 1
    top = scene.y[i] - step * radius
    here = np.uint64((top * width + left) * channels)
    there = np.uint64(((source_y - step * radius) * width + source_x - radius) * channels)
    at = np.uint64(((top - scene.top) * span + left - scene.left) * channels)
    even = np.int16(weights[at])
    total = _way(scene, i, source_y, source_x)
    for _ in range(2 * radius + 1):
        if total >= best:
            return total
        part = np.int32(0)
        # A row of numbers that the compiler can count becomes a handful of vector instructions (pmaddwd), as
        # long as the products are of 16 bits: 35 % off the time of a whole fill
        if reach == WHOLE_ROW and plain:
            for k in range(np.uint64(WHOLE_ROW)):
                gap = np.int16(np.int16(pixels[here + k]) - np.int16(pixels[there + k]))
                part += np.int32(gap) * np.int32(np.int16(gap * even))
        elif reach == WHOLE_ROW:
            for k in range(np.uint64(WHOLE_ROW)):
                gap = np.int16(np.int16(pixels[here + k]) - np.int16(pixels[there + k]))
                part += np.int32(gap) * np.int32(np.int16(gap * np.int16(weights[at + k])))
        else:
            for k in range(np.uint64(reach)):
                gap = np.int16(np.int16(pixels[here + k]) - np.int16(pixels[there + k]))
                part += np.int32(gap) * np.int32(np.int16(gap * np.int16(weights[at + k])))
        total += part
        here += np.uint64(step * width * channels)
        there += np.uint64(step * width * channels)
        at += np.uint64(step * span * channels)
    return total


@inline_kernel
def _is_source(scene: SearchImage, y: Place, x: Place) -> bool:
    inside = 0 <= y < scene.sources.shape[0] and 0 <= x < scene.sources.shape[1]
    return inside and bool(scene.sources[y, x])


@inline_kernel
def _next_random(state: np.uint32) -> np.uint32:
    """The next of a sequence of 32-bit numbers. T. Wang: "Integer hash function", 2007."""
    state = (state ^ np.uint32(61)) ^ (state >> np.uint32(16))
    state = state * np.uint32(9)
    state = state ^ (state >> np.uint32(4))
    state = state * np.uint32(0x27D4EB2D)
    return np.uint32(state ^ (state >> np.uint32(15)))


@kernel
def measure(scene: SearchImage, field: NearestNeighbours, start: int, stop: int) -> None:
    """Write the distance of targets `start` to `stop` from their sources into `field.cost`."""
    flat = scene.pixels, scene.weights
    for i in range(start, stop):
        field.cost[i] = _distance(scene, flat, i, field.y[i], field.x[i], _FARTHEST)


@kernel
def search(
    scene: SearchImage,
    field: NearestNeighbours,
    before: NearestNeighbours,
    part: tuple[int, int],
    how: tuple[int, int, int],
) -> None:
    """One pass over the targets `part`: try the neighbours' sources, then random ones round the best.

    Args:
        field: changed in place; `cost` must fit.
        before: the field as it was before the pass, read for targets outside `part`.
        part: first target and the one behind the last.
        how: step, reach and salt. A step of 1 goes right and down, -1 left and up; the neighbours are
            those just passed. The first random try lies within `reach` px, each later one within half of
            that; 0 tries none. `salt` chooses the random numbers.
    """
    start, stop = part
    step, reach, salt = how
    flat = scene.pixels, scene.weights
    first = start if step > 0 else stop - 1
    for j in range(stop - start):
        i = first + step * j
        y, x = scene.y[i], scene.x[i]
        best, best_y, best_x = field.cost[i], field.y[i], field.x[i]
        for down in range(2):
            near_y, near_x = (y - step, x) if down else (y, x - step)
            row, column = near_y - scene.top, near_x - scene.left
            if not (0 <= row < scene.order.shape[0] and 0 <= column < scene.order.shape[1]):
                continue
            k = scene.order[row, column]
            if k < 0:
                continue
            mine = start <= k < stop
            try_y = (field.y[k] if mine else before.y[k]) + y - near_y
            try_x = (field.x[k] if mine else before.x[k]) + x - near_x
            if (try_y != best_y or try_x != best_x) and _is_source(scene, try_y, try_x):
                cost = _distance(scene, flat, i, try_y, try_x, best)
                if cost < best:
                    best, best_y, best_x = cost, try_y, try_x
        state = _next_random(np.uint32(i) * np.uint32(2654435761) ^ np.uint32(salt))
        radius = reach
        while radius >= 1:
            state = _next_random(state + np.uint32(0x9E3779B9))
            span = np.uint32(2 * radius + 1)
            try_y = best_y + np.int32(((state & np.uint32(0xFFFF)) * span) >> np.uint32(16)) - radius
            try_x = best_x + np.int32(((state >> np.uint32(16)) * span) >> np.uint32(16)) - radius
            radius >>= 1
            if _is_source(scene, try_y, try_x):
                cost = _distance(scene, flat, i, try_y, try_x, best)
                if cost < best:
                    best, best_y, best_x = cost, try_y, try_x
        field.cost[i], field.y[i], field.x[i] = best, best_y, best_x


@kernel
def vote(  # noqa: PLR0913, PLR0917 - a kernel makes no array: what it works in is given
    scene: SearchImage,
    field: NearestNeighbours,
    share: NDArray[np.float32],
    wanted: NDArray[np.bool_],
    how: tuple[int, int, int],
    room: tuple[NDArray[np.float32], NDArray[np.float32]],
    out: NDArray[np.uint8],
) -> None:
    """Colour pixels by what the sources of all patches over them say.

    Args:
        share: (N,) float32 above 0, how much each target has to say.
        wanted: (h, w) of the window, True = colour this pixel.
        how: first row of the window, the one behind the last, and how far from its centre a patch has a say.
        room: zeros to add up in: rows * w * C, and rows * w.
        out: (H, W, C) uint8, may be `scene.image`: a source has no wanted pixel.
    """
    start, stop, radius = how
    channels, span = scene.image.shape[2], 2 * radius + 1
    top, width, height, reach = start + scene.top, wanted.shape[1], stop - start, span * channels
    (total, shares), pixels = room, scene.pixels
    row_length = scene.image.shape[1] * channels
    first = np.searchsorted(scene.y, top - radius)
    last = np.searchsorted(scene.y, top + height + radius)
    for i in range(first, last):
        y, left, part = scene.y[i], scene.x[i] - radius, share[i]
        column, from_y = left - scene.left, field.y[i] - scene.y[i]
        source = (field.x[i] - radius) * channels
        for row in range(max(y - radius, top), min(y + radius + 1, top + height)):
            place = np.uint64((row - top) * width + column)
            at = place * np.uint64(channels)
            there = np.uint64((from_y + row) * row_length + source)
            for k in range(np.uint64(reach)):
                total[at + k] += part * np.float32(pixels[there + k])
            for k in range(np.uint64(span)):
                shares[place + k] += part
    for row in range(height):
        for column in range(width):
            place = np.uint64(row * width + column)
            if wanted[start + row, column] and shares[place] > 0:
                scale = np.float32(1) / shares[place]
                for c in range(channels):
                    value = total[place * np.uint64(channels) + np.uint64(c)] * scale + np.float32(0.5)
                    out[top + row, scene.left + column, c] = np.uint8(value)
