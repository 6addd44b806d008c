"""What a file does with colours beyond its profile, learned from the pixels round a hole.

sRGB cannot say how far beyond itself a colour lies, nor which mixture of inks made a grey: of many that look
alike the way back through the profile picks one. The pixels that stay show what this file picks. So for each
colour the mean offset of theirs from the profile's answer is kept in a coarse grid, and read between its
points: splat and slice of a bilateral grid over colours alone (Chen, Paris and Durand, 2007).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Rgb8

_STEPS = 17
_STRIDES = np.array([_STEPS * _STEPS, _STEPS, 1], np.int32)
_FAINT = 1e-3
"""Weight of "no offset": what nothing near has shown is left to the profile."""


@dataclass(frozen=True, slots=True)
class ResidualGrid:
    """A grid over sRGB.

    Attributes:
        grid: (`_STEPS` ** 3, C + 1) offsets times weights, and last the weights.
    """

    grid: NDArray[np.float32]

    def at(self, rgb: Rgb8) -> NDArray[np.float32]:
        """(N, 3) sRGB to (N, C): what to add to what the profile says."""
        found = np.zeros((len(rgb), self.grid.shape[1]), np.float32)
        found[:, -1] = _FAINT
        for place, share in _corners(rgb):
            found += self.grid[place] * share[:, None]
        offsets: NDArray[np.float32] = found[:, :-1] / found[:, -1:]
        return offsets


def learn_residuals(rgb: Rgb8, offsets: NDArray[np.float32]) -> ResidualGrid:
    """From (N, 3) sRGB, and (N, C) how far the file's samples are from what the profile makes of that."""
    grid = np.zeros((_STEPS**3, offsets.shape[1] + 1))
    columns = [*offsets.T, np.ones(len(rgb), np.float32)]
    for place, share in _corners(rgb):
        for number, column in enumerate(columns):
            grid[:, number] += np.bincount(place, share * column, len(grid))
    return ResidualGrid(grid.astype(np.float32))


def _corners(rgb: Rgb8) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """The eight points of the grid round each colour: their numbers, and how near each is, 1 in all."""
    places = rgb.T * np.float32((_STEPS - 1) / 255)
    low = np.minimum(places.astype(np.int32), _STEPS - 2)
    above = places - low
    shares = (1 - above, above)
    first = _STRIDES @ low
    for red, green, blue in np.ndindex(2, 2, 2):
        share = shares[red][0] * shares[green][1] * shares[blue][2]
        yield first + np.int32(_STRIDES @ (red, green, blue)), share
