"""New coefficients for the blocks whose pixels changed, the old ones everywhere else."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.jpeg.block_transform import (
    BASIS,
    LEVEL_SHIFT,
    Floats,
    component_planes,
    join_blocks,
    quantise,
    split_blocks,
)
from cleanplate.codecs.jpeg.chroma_border import (
    BlockTargets,
    Plane,
    choose_border_blocks,
    concatenate_targets,
)
from cleanplate.codecs.jpeg.coefficients import Coefficients
from cleanplate.codecs.jpeg.jpeg_header import Component, Frame

Flags: TypeAlias = NDArray[np.bool_]

_MCUS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class PixelChanges:
    """What changed: `before` and `after` are (H, W, channels) uint8, `touched` (rows, columns) of MCUs."""

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    touched: Flags


@dataclass(frozen=True, slots=True)
class _McuBatch:
    """Some touched MCUs: their places, whether each pixel changed, and what the planes were and should be."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    changed: Flags
    before: Floats
    after: Floats


def changed_mcus(before: NDArray[np.uint8], after: NDArray[np.uint8], frame: Frame) -> Flags:
    """(rows, columns) of MCUs with a pixel that differs; (H, W, channels) each."""
    high, wide = 8 * frame.down, 8 * frame.across
    touched = np.zeros(frame.mcus, np.bool_)
    for row in range(touched.shape[0]):
        band = slice(row * high, (row + 1) * high)
        differs = before[band] != after[band]
        if differs.any():  # two axes taken as one: a reduction over several takes far longer
            values = np.flatnonzero(differs.reshape(len(differs), -1).any(axis=0))
            touched[row, values // (wide * before.shape[-1])] = True
    return touched


def update_blocks(coefficients: Coefficients, frame: Frame, changes: PixelChanges) -> None:
    """Write new coefficients into the touched MCUs, in place.

    A block whose own pixels are all as before keeps its coefficients. In a block that changed in part,
    the rest is drawn from its old coefficients, so that it hardly moves. Subsampled blocks next to MCUs that
    are not touched come last: see `chroma_border`.
    """
    if not changes.touched.any():
        return
    targets = [
        _plane(plane, index, frame, changes.touched) for index, plane in enumerate(coefficients.planes)
    ]
    at_border = [target.at_border() for target in targets]
    deferred: list[list[BlockTargets]] = [[] for _ in targets]
    rows, columns = np.nonzero(changes.touched)
    for start in range(0, len(rows), _MCUS_AT_ONCE):
        some = slice(start, start + _MCUS_AT_ONCE)
        batch = _gather(frame, changes, rows[some], columns[some])
        for index, (target, part) in enumerate(zip(targets, frame.components, strict=True)):
            deferred[index].append(_update_plane(target, index, part, batch, at_border[index]))
    for target, waiting in zip(targets, deferred, strict=True):
        choose_border_blocks(target, concatenate_targets(waiting))


def _plane(blocks: NDArray[np.int16], index: int, frame: Frame, touched: Flags) -> Plane:
    part = frame.components[index]
    return Plane(
        blocks=blocks,
        steps=np.array(frame.quantisation[index], np.float32),
        ratio=(frame.down // part.down, frame.across // part.across),
        size=(-(-frame.height * part.down // frame.down), -(-frame.width * part.across // frame.across)),
        frozen=~np.kron(touched, np.ones((part.down, part.across), np.bool_)),
    )


def _gather(
    frame: Frame, changes: PixelChanges, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> _McuBatch:
    """MCUs that reach over the picture's edge repeat its last pixels."""
    y = rows[:, None] * (8 * frame.down) + np.arange(8 * frame.down)
    x = columns[:, None] * (8 * frame.across) + np.arange(8 * frame.across)
    at = np.minimum(y, frame.height - 1)[:, :, None], np.minimum(x, frame.width - 1)[:, None, :]
    before, after = changes.before[at], changes.after[at]
    return _McuBatch(
        rows=rows,
        columns=columns,
        changed=_differs(before, after),
        before=component_planes(before, frame.colour),
        after=component_planes(after, frame.colour),
    )


def _differs(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Flags:
    """Whether any channel differs; the last axis goes."""
    differs = np.zeros(before.shape[:-1], np.bool_)
    for channel in range(before.shape[-1]):  # a reduction over so short an axis takes ten times as long
        differs |= before[..., channel] != after[..., channel]
    return differs


def _update_plane(
    target: Plane, index: int, part: Component, batch: _McuBatch, at_border: Flags
) -> BlockTargets:
    """Write all blocks but those that are `at_border`, which are returned."""
    y = batch.rows[:, None] * part.down + np.arange(part.down)
    x = batch.columns[:, None] * part.across + np.arange(part.across)
    at = y[:, :, None], x[:, None, :]
    old = target.blocks[at]
    samples = join_blocks((old * target.steps) @ BASIS) + LEVEL_SHIFT
    wanted, changed = _target_samples(samples, batch, index, target.ratio)
    blocks: Floats = split_blocks(wanted - LEVEL_SHIFT, part.down, part.across)
    new = quantise(blocks.reshape(-1, 64), target.steps).reshape(old.shape)
    own = _any_in_block(changed, part)
    deferred = own & at_border[at]
    target.blocks[at] = np.where((own & ~deferred)[..., None], new, old)
    rows, columns = np.broadcast_arrays(*at)
    return BlockTargets(rows[deferred], columns[deferred], blocks[deferred].reshape(-1, 8, 8) + LEVEL_SHIFT)


def _any_in_block(flags: Flags, part: Component) -> Flags:
    """(n, down, across): whether a sample of the block is set; (n, height, width) of an MCU each."""
    count = len(flags)
    cells = flags.reshape(count, part.down, 8, part.across, 8)
    found: Flags = np.asarray(cells.any(axis=(2, 4)))
    return found


def _target_samples(
    samples: Floats, batch: _McuBatch, index: int, ratio: tuple[int, int]
) -> tuple[Floats, Flags]:
    """The samples to come near to, and which of them stand for a pixel that changed.

    Where all pixels of a sample changed, their mean is wanted. Where some did, the sample moves by as much
    as their mean did. Nothing else moves.
    """
    after = _mean(batch.after[..., index], ratio)
    share = _mean(batch.changed.astype(np.float32), ratio)
    moved = samples + after - _mean(batch.before[..., index], ratio)
    wanted = np.where(share == 1, after, np.where(share > 0, moved, samples))
    return wanted, share > 0


def _mean(values: Floats, ratio: tuple[int, int]) -> Floats:
    """Box means of (n, height, width): one value for `ratio` (down, across) pixels."""
    down, across = ratio
    total: Floats = np.zeros_like(values[:, ::down, ::across])
    for y in range(down):
        for x in range(across):
            total += values[:, y::down, x::across]
    return total / np.float32(down * across)
