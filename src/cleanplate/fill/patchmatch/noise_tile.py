"""A seamless tile of noise, spread over a picture in pieces, each from another place; made band by band.

Floats of a whole picture would take four times its bytes: no more than a band exists at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage: TypeAlias = NDArray[np.float32]
"""(H, W, 3) or (H, W), float32."""

CELL_PX = 8
"""Side of the squares that noise is measured in: a JPEG's block, so pieces stay as they were coded."""
NOISE_TILE_PX = 128
"""Side of the square of noise, and height of a band."""


@dataclass(frozen=True, slots=True)
class NoiseLayer:
    """Noise over a picture of h x w cells.

    Attributes:
        strength: (h, w, 3), what the noise is multiplied with in each cell; linear between their middles.
        repeated: (2 * PLATE_PX, 2 * PLATE_PX, 3), the square and its repetitions.
        starts: for each band the places in the square where its pieces begin.
    """

    strength: FloatImage
    repeated: FloatImage
    starts: list[list[tuple[int, int]]]

    def band(self, number: int) -> FloatImage:
        """(PLATE_PX, 8 w, 3), or what is left of the last one: the noise of that band."""
        strength = _enlarge(self.strength, number)
        cover = np.empty_like(strength)
        for column, (y, x) in enumerate(self.starts[number]):
            piece = cover[:, column * NOISE_TILE_PX : (column + 1) * NOISE_TILE_PX]
            piece[:] = self.repeated[y : y + piece.shape[0], x : x + piece.shape[1]]
        return np.asarray(cv2.multiply(cover, strength), np.float32)


def spread_noise(noise_tile: FloatImage, strength: FloatImage, rng: np.random.Generator) -> NoiseLayer:
    """Spread a square of noise, (PLATE_PX, PLATE_PX, 3), over a picture so that nothing repeats."""
    height, width = (side * CELL_PX for side in strength.shape[:2])
    starts = [[_start(rng) for _ in range(0, width, NOISE_TILE_PX)] for _ in range(0, height, NOISE_TILE_PX)]
    repeated = cv2.copyMakeBorder(noise_tile, 0, NOISE_TILE_PX, 0, NOISE_TILE_PX, cv2.BORDER_WRAP)
    return NoiseLayer(strength, np.asarray(repeated, np.float32), starts)


def bands(height: int) -> Iterator[slice]:
    """The rows of each band of a picture."""
    for top in range(0, height, NOISE_TILE_PX):
        yield slice(top, min(top + NOISE_TILE_PX, height))


def _start(rng: np.random.Generator) -> tuple[int, int]:
    y, x = rng.integers(0, NOISE_TILE_PX // CELL_PX, 2) * CELL_PX
    return int(y), int(x)


def _enlarge(cells: FloatImage, number: int) -> FloatImage:
    """A band of (h, w, 3) cells to pixels, linear between their middles."""
    high = NOISE_TILE_PX // CELL_PX
    first, last = number * high, min((number + 1) * high, len(cells))
    above = min(first, 1)  # a neighbour on each side has a say
    part = cells[first - above : last + 1]
    size = (part.shape[1] * CELL_PX, part.shape[0] * CELL_PX)
    full = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return full[above * CELL_PX :][: (last - first) * CELL_PX]
