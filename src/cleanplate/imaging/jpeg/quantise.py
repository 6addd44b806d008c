"""Quantise: the coefficients that come closest to the samples wanted, where some matter more than others."""

import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.jpeg.transform import BASIS, Floats

_SWEEPS = 4
_MOST = 1023


def nearest(wanted: Floats, steps: Floats) -> NDArray[np.int16]:
    """Plain rounding. wanted (n, 64) samples round 0, steps (64,) in zigzag order -> (n, 64)."""
    rounded: Floats = np.rint(wanted @ BASIS.T / steps)
    return np.clip(rounded, -_MOST, _MOST).astype(np.int16)


def weighted(wanted: Floats, steps: Floats, weights: Floats, known: NDArray[np.int16]) -> NDArray[np.int16]:
    """The least weighted square error that two descents find, one from `known`, one from plain rounding.

    Coefficient after coefficient takes the step that helps most, the others as they are.

    Args:
        wanted: (n, 64) samples round 0.
        steps: (64,) quantisation, zigzag order.
        weights: (n, 64), how much an error of each sample counts.
        known: (n, 64) coefficients to start from.
    """
    starts = [known.astype(np.float32), nearest(wanted, steps).astype(np.float32)]
    ends = [_descent(wanted, steps, weights, start) for start in starts]
    errors = [np.einsum("ij,ij,ij->i", left, left, weights) for _, left in ends]
    better = np.where((errors[0] < errors[1])[:, None], ends[0][0], ends[1][0])
    return better.astype(np.int16)


def _descent(wanted: Floats, steps: Floats, weights: Floats, start: Floats) -> tuple[Floats, Floats]:
    """(coefficients, what is left of the samples)."""
    chosen = start.copy()
    waves = BASIS * steps[:, None]
    left = wanted - chosen @ waves
    power = weights @ (waves * waves).T
    for _ in range(_SWEEPS):
        for k in range(64):
            move = np.rint((weights * left) @ waves[k] / power[:, k])
            move = np.clip(chosen[:, k] + move, -_MOST, _MOST) - chosen[:, k]
            chosen[:, k] += move
            left -= move[:, None] * waves[k]
    return chosen, left
