"""Border: subsampled blocks next to MCUs that must not change, though decoders mix the samples of both.

Every candidate for a block is decoded as libjpeg does it. The one with the least error is taken of those
that leave all pixels beyond the border as they were; the block's old coefficients always do. Only where that
costs more than 9 levels of colour, root mean square over the samples that change, some of these pixels move:
an edit of strong colour with a hard edge on the border needs its colour more than they their last bits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.jpeg.block_transform import BASIS, LEVEL_SHIFT, ZIGZAG, Floats, quantise
from cleanplate.codecs.jpeg.chroma_upsampling import SMOOTHED_RATIOS, Integers, Ratio, decode_blocks, upsample

Blocks: TypeAlias = NDArray[np.int16]
Flags: TypeAlias = NDArray[np.bool_]
Places: TypeAlias = NDArray[np.intp]

_WEIGHTS = (4, 20, 100, 500, 3000)
"""How much more than others a sample counts that decoders mix into what must not change; one attempt each."""
_COST_OF_ANY = 9.0**2
"""For each sample that changes, the squared error allowed before a pixel beyond the border moves at all."""
_FEWEST = 16
_COST_OF_LEVEL = 4.0
"""Then, for each squared level of such a pixel. 0.25 would count it like one inside."""
_AROUND = np.arange(-1, 9)


@dataclass(frozen=True, slots=True)
class Plane:
    """One component of a file.

    Attributes:
        blocks: (rows, columns, 64) quantised coefficients, zigzag order.
        steps: their 64 quantisation steps.
        ratio: pixels for one sample.
        size: (height, width) of the samples that the picture covers.
        frozen: (rows, columns) of blocks whose pixels must not change.
    """

    blocks: Blocks
    steps: Floats
    ratio: Ratio
    size: tuple[int, int]
    frozen: Flags

    def at_border(self) -> Flags:
        """(rows, columns): not frozen, but decoders mix its samples into the pixels of a frozen block."""
        if self.ratio not in SMOOTHED_RATIOS:
            return np.zeros_like(self.frozen)
        at_border: Flags = _dilate_flags(np.pad(self.frozen, 1), self.ratio) & ~self.frozen
        return at_border


@dataclass(frozen=True, slots=True)
class BlockTargets:
    """Blocks to choose: their rows and columns in the plane, and (n, 8, 8) samples to come near to."""

    rows: Places
    columns: Places
    samples: Floats


def concatenate_targets(parts: Sequence[BlockTargets]) -> BlockTargets:
    """All blocks of some lists, one list at least."""
    return BlockTargets(
        rows=np.concatenate([part.rows for part in parts]),
        columns=np.concatenate([part.columns for part in parts]),
        samples=np.concatenate([part.samples for part in parts]),
    )


def choose_border_blocks(plane: Plane, targets: BlockTargets) -> None:
    """Choose coefficients for blocks that are `at_border`, in place. They must hold the source's own before.

    Args:
        plane: only the blocks of `targets` are written.
        targets: what an encoder without neighbours would come near to.
    """
    if not len(targets.rows):
        return
    before = _decode_around(plane, targets)
    now = before.copy()
    for turn in range(4):  # two blocks apart, nothing is mixed of both
        mine = (targets.rows % 2 * 2 + targets.columns % 2) == turn
        if mine.any():
            some = BlockTargets(targets.rows[mine], targets.columns[mine], targets.samples[mine])
            _choose_blocks(plane, some, before, now)


def _decode_around(plane: Plane, targets: BlockTargets) -> Integers:
    """(8 * rows, 8 * columns) samples, right for the wanted blocks and all round them."""
    some = np.zeros(plane.frozen.shape, np.bool_)
    some[targets.rows, targets.columns] = True
    some = _dilate_flags(np.pad(some, 1), (2, 2))
    rows, columns = plane.blocks.shape[:2]
    samples = np.zeros((rows, 8, columns, 8), np.int32)
    at = np.nonzero(some)
    samples[at[0], :, at[1]] = decode_blocks(plane.blocks[at], plane.steps)
    return samples.reshape(8 * rows, 8 * columns)


def _dilate_flags(padded: Flags, ratio: Ratio) -> Flags:
    """Whether a cell or one next to it is set, in the directions in which a ratio mixes; the padding goes."""
    spread: Flags = padded[..., 1:-1, :].copy()
    if ratio[0] > 1:
        spread |= padded[..., :-2, :] | padded[..., 2:, :]
    inner: Flags = spread[..., 1:-1].copy()
    if ratio[1] > 1:
        inner |= spread[..., :-2] | spread[..., 2:]
    return inner


def _choose_blocks(plane: Plane, targets: BlockTargets, before: Integers, now: Integers) -> None:
    """Choose blocks of which no two are neighbours. `now` holds all samples as chosen so far."""
    ring = _ring(plane, targets)
    goal = upsample(_window(plane, targets, before), plane.ratio)
    bound = _bound(plane, targets)
    least = np.full(len(ring), np.inf)
    chosen = np.zeros((len(ring), 64), np.int16)
    for candidate in _candidates(plane, targets):
        samples = decode_blocks(candidate, plane.steps)
        _write_samples(now, targets, samples)
        moved = np.where(ring, upsample(_window(plane, targets, now), plane.ratio) - goal, 0)
        cost = _squares(samples - targets.samples) + _cost(_squares(moved), bound)
        better = cost < least
        least[better], chosen[better] = cost[better], candidate[better]
    _write_samples(now, targets, decode_blocks(chosen, plane.steps))
    plane.blocks[targets.rows, targets.columns] = chosen


def _squares(differences: NDArray[Any]) -> NDArray[np.float64]:
    """(n, height, width) -> (n,)"""
    flat = differences.reshape(len(differences), -1).astype(np.float64)
    sums: NDArray[np.float64] = np.einsum("ij,ij->i", flat, flat)
    return sums


def _bound(plane: Plane, targets: BlockTargets) -> NDArray[np.float64]:
    """(n,): the most that the squared error of a block may grow before pixels beyond the border move."""
    own = decode_blocks(plane.blocks[targets.rows, targets.columns], plane.steps)
    changed = (np.abs(targets.samples - own) > 1).sum(axis=(1, 2))  # less is only the decoder's rounding
    bound: NDArray[np.float64] = _COST_OF_ANY * np.maximum(changed, _FEWEST)
    return bound


def _cost(moved: NDArray[np.float64], bound: NDArray[np.float64]) -> NDArray[np.float64]:
    """What pixels beyond the border that moved count for, in squared levels of the block's own samples."""
    return np.where(moved > 0, bound + _COST_OF_LEVEL * moved, np.zeros_like(moved))


def _write_samples(now: Integers, targets: BlockTargets, samples: Integers) -> None:
    cells = np.arange(8)
    y, x = 8 * targets.rows[:, None] + cells, 8 * targets.columns[:, None] + cells
    now[y[:, :, None], x[:, None, :]] = samples


def _window(plane: Plane, targets: BlockTargets, samples: Integers) -> Integers:
    """(n, 10, 10): the blocks and one sample more on each side; decoders repeat the picture's last ones."""
    y = np.clip(8 * targets.rows[:, None] + _AROUND, 0, plane.size[0] - 1)
    x = np.clip(8 * targets.columns[:, None] + _AROUND, 0, plane.size[1] - 1)
    window: Integers = samples[y[:, :, None], x[:, None, :]]
    return window


def _ring(plane: Plane, targets: BlockTargets) -> Flags:
    """Which of the pixels that `upsample` makes of a window belong to frozen blocks."""
    down, across = (np.repeat([0, 1, 2], [1, 8 * many, 1]) for many in plane.ratio)
    return _frozen_cells(plane, targets, down, across)


def _frozen_cells(plane: Plane, targets: BlockTargets, down: Places, across: Places) -> Flags:
    """(n, len(down), len(across)): whether the blocks at these places are frozen; 1 is the block's own."""
    frozen = np.pad(plane.frozen, 1)
    y, x = targets.rows[:, None] + down, targets.columns[:, None] + across
    cells: Flags = frozen[y[:, :, None], x[:, None, :]]
    return cells


def _candidates(plane: Plane, targets: BlockTargets) -> Iterator[Blocks]:
    """(n, 64) each: the source's own blocks, plain rounding, and some that hold the border's samples."""
    from cleanplate.codecs.jpeg.coefficient_search_kernels import search_coefficients

    own = plane.blocks[targets.rows, targets.columns]
    plain = quantise((targets.samples - LEVEL_SHIFT).reshape(-1, 64), plane.steps)
    yield from (own, plain)
    around = np.repeat([0, 1, 2], [1, 8, 1])
    held = _dilate_flags(_frozen_cells(plane, targets, around, around), plane.ratio)
    aim = (np.where(held, decode_blocks(own, plane.steps), targets.samples) - LEVEL_SHIFT).reshape(-1, 64)
    waves = BASIS.astype(np.float64) * plane.steps[:, None]
    for weight in _WEIGHTS:
        weights = np.where(held, float(weight), 1.0).reshape(-1, 64)
        for start in (own, plain):
            chosen = start.astype(np.float64)
            slopes = (weights * (aim - chosen @ waves)) @ waves.T
            search_coefficients(slopes, waves, weights, _PAIRS, chosen, (np.empty((64, 64)), np.empty(5)))
            yield chosen.astype(np.int16)


def _cancelling_pairs() -> NDArray[np.int64]:
    """Pairs of coefficients with the same frequency down or across: two can cancel on one side of a block."""
    return np.array(
        [
            (k, other)
            for k in range(64)
            for other in range(k)
            if ZIGZAG[k][0] == ZIGZAG[other][0] or ZIGZAG[k][1] == ZIGZAG[other][1]
        ]
    )


_PAIRS = _cancelling_pairs()
