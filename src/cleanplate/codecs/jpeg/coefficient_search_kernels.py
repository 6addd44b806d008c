"""A search for coefficients that give some samples of a block far more exactly than others, compiled."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.compiled import kernel

Reals: TypeAlias = NDArray[np.float64]

_MOVES = 40
_FARTHEST = 3
_MOST = 1023
_WORTHWHILE = 1e-6


@kernel
def _correlate(waves: Reals, weights: Reals, gram: Reals) -> None:
    """gram[k, l]: the weighted product of two waves. Waves are orthogonal where all weights are 1."""
    gram[:] = 0
    for k in range(64):
        for at in range(64):
            gram[k, k] += waves[k, at] * waves[k, at]
    for at in range(64):
        if weights[at] == 1:
            continue
        for k in range(64):
            share = (weights[at] - 1) * waves[k, at]
            for other in range(64):
                gram[k, other] += share * waves[other, at]


@kernel
def _best_single(slope: Reals, gram: Reals, best: Reals) -> None:
    """best: the gain, and the move as (coefficient, by, other coefficient, by)."""
    for k in range(64):
        by = np.rint(slope[k] / gram[k, k])
        gain = by * (2 * slope[k] - by * gram[k, k])
        if gain > best[0]:
            best[0], best[1], best[2], best[3], best[4] = gain, k, by, k, 0


@kernel
def _best_pair(slope: Reals, gram: Reals, pairs: NDArray[np.int64], best: Reals) -> None:
    for index in range(len(pairs)):
        k, other = pairs[index]
        for by in range(-_FARTHEST, _FARTHEST + 1):
            left = slope[other] - by * gram[k, other]
            also = np.rint(left / gram[other, other])
            gain = by * (2 * slope[k] - by * gram[k, k]) + also * (2 * left - also * gram[other, other])
            if gain > best[0]:
                best[0], best[1], best[2], best[3], best[4] = gain, k, by, other, also


@kernel
def _move(chosen: Reals, slope: Reals, gram: Reals, k: int, by: float) -> None:
    by = min(max(chosen[k] + by, -_MOST), _MOST) - chosen[k]
    chosen[k] += by
    for other in range(64):
        slope[other] -= by * gram[k, other]


@kernel
def _differ(some: Reals, others: Reals) -> bool:
    for at in range(len(some)):  # noqa: SIM110 - numba has no generators without an array
        if some[at] != others[at]:
            return True
    return False


@kernel
def search_coefficients(
    slopes: Reals,
    waves: Reals,
    weights: Reals,
    pairs: NDArray[np.int64],
    chosen: Reals,
    room: tuple[Reals, Reals],
) -> None:
    """Improve coefficients by the best move of one or of a pair of them, until none helps.

    Args:
        slopes: (n, 64): the weighted product of each wave with what is left to reach; changed in place.
        waves: (64, 64): row k is what one step of coefficient k adds to the samples.
        weights: (n, 64): how much the square of each sample's error counts, 1 or more.
        pairs: (m, 2) coefficients that may move together.
        chosen: (n, 64) whole numbers; changed in place.
        room: (64, 64) and (5,) to work in.
    """
    gram, best = room
    for index in range(len(slopes)):
        if index == 0 or _differ(weights[index], weights[index - 1]):
            _correlate(waves, weights[index], gram)
        slope = slopes[index]
        for _ in range(_MOVES):
            best[:] = _WORTHWHILE
            _best_single(slope, gram, best)
            if best[0] == _WORTHWHILE:
                _best_pair(slope, gram, pairs, best)
            if best[0] == _WORTHWHILE:
                break
            _move(chosen[index], slope, gram, int(best[1]), best[2])
            _move(chosen[index], slope, gram, int(best[3]), best[4])
