"""Self-dissimilarity: how unlike all others each patch of a picture is. What is there once must not recur.

After O. Boiman, M. Irani: "Detecting irregularities in images and in video", 2007: what nothing else in the
picture is like stands out.
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.pyramid import Planes
from cleanplate.pixels.types import Hole

MOST_PATCHES = 2500
"""Compared each with each; of more, so many are drawn by lot."""
MOST_DISSIMILAR = 8000.0
"""Squared levels; what is farther from everything else counts no more."""
_AT_ONCE = 250

_Places: TypeAlias = NDArray[np.int32]
"""(N,) rows or columns."""


def self_dissimilarity(
    planes: Planes, sources: Hole, radius_px: int, random: np.random.Generator
) -> NDArray[np.float32]:
    """How far each patch is from the one that is most like it and does not overlap it.

    Args:
        planes: (H, W, 4) uint8.
        sources: (H, W), True at the centre of each whole patch to compare; has a True.
        radius_px: of patches, up to 3: their sums must fit into a float32 to the bit.
        random: draws patches where there are too many.

    Returns:
        (H, W) float32, squared grey levels, mean over a patch of the sum over planes, 0..8000. Where no
        patch was compared, that of the nearest one that was.
    """
    places = np.flatnonzero(sources)
    if len(places) > MOST_PATCHES:
        places = np.sort(random.permutation(places)[:MOST_PATCHES])
    y, x = (part.astype(np.int32) for part in np.divmod(places, sources.shape[1]))
    side = 2 * radius_px + 1
    windows = sliding_window_view(planes, (side, side), axis=(0, 1))
    patches = windows[y - radius_px, x - radius_px].reshape(len(y), -1).astype(np.float32)
    found = np.minimum(_nearest(patches, _overlapping(sources.shape, y, x, side)) / side**2, MOST_DISSIMILAR)
    return _spread(sources.shape, y, x, found.astype(np.float32))


def _overlapping(shape: tuple[int, ...], y: _Places, x: _Places, side: int) -> NDArray[np.intp]:
    """(N, K), the numbers of the patches that overlap each one, itself among them; N where there is none."""
    numbers = np.full((shape[0] + 2 * side, shape[1] + 2 * side), len(y), np.intp)
    numbers[y + side, x + side] = np.arange(len(y))
    around = sliding_window_view(numbers, (2 * side - 1,) * 2)
    return np.asarray(around[y + 1, x + 1].reshape(len(y), -1), np.intp)


def _nearest(patches: NDArray[np.float32], overlapping: NDArray[np.intp]) -> NDArray[np.float32]:
    """(N,) squared distance of each patch, (N, P), from the nearest one that does not overlap it.

    All products and their sums are whole numbers below 2**24, so that no order of adding changes them.
    """
    squares = np.einsum("np,np->n", patches, patches)
    nearest = np.empty(len(patches), np.float32)
    gaps = np.empty((_AT_ONCE, len(patches) + 1), np.float32)
    for start in range(0, len(patches), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        count = len(patches[rows])
        gap = gaps[:count, :-1]
        np.multiply(patches[rows] @ patches.T, -2, out=gap)
        gap += squares
        np.put_along_axis(gaps[:count], overlapping[rows], np.inf, axis=1)
        nearest[rows] = gap.min(axis=1) + squares[rows]
    return nearest


def _spread(
    shape: tuple[int, ...], y: _Places, x: _Places, values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(H, W), at each pixel the value of the nearest of these places."""
    elsewhere = np.ones(shape, np.uint8)
    elsewhere[y, x] = 0
    _, labels = cv2.distanceTransformWithLabels(
        elsewhere, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    by_label = np.zeros(int(labels.max()) + 1, np.float32)
    by_label[labels[y, x]] = values
    return np.asarray(by_label[labels], np.float32)
