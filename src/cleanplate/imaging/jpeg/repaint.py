"""Repaint: new coefficients for the blocks whose pixels changed, the old ones everywhere else."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.jpeg.coefficients import Coefficients
from cleanplate.imaging.jpeg.header import Component, Frame
from cleanplate.imaging.jpeg.quantise import nearest, weighted
from cleanplate.imaging.jpeg.transform import BASIS, CENTRE, Floats, cut, joined, planes

Flags: TypeAlias = NDArray[np.bool_]

_MCUS_AT_ONCE = 2048
_HELD = np.float32(100)
"""How much more a chroma sample counts when pixels of a block that must not change are mixed from it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What changed: `before` and `after` are (H, W, channels) uint8, `touched` (rows, columns) of MCUs."""

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    touched: Flags


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some touched MCUs: their places, whether each pixel changed, and what the planes were and should be."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    changed: Flags
    before: Floats
    after: Floats


def touched_mcus(before: NDArray[np.uint8], after: NDArray[np.uint8], frame: Frame) -> Flags:
    """(rows, columns) of MCUs with a pixel that differs; (H, W, channels) each."""
    high, wide = 8 * frame.down, 8 * frame.across
    touched = np.zeros(frame.mcus, np.bool_)
    for row in range(touched.shape[0]):
        band = slice(row * high, (row + 1) * high)
        differs = before[band] != after[band]
        if differs.any():
            columns = np.flatnonzero(differs.any(axis=(0, 2)))
            touched[row, columns // wide] = True
    return touched


def repaint(coefficients: Coefficients, frame: Frame, edit: Edit) -> None:
    """Write new coefficients into the touched MCUs, in place.

    A block whose own pixels are all as before keeps its coefficients. In a block that changed in part,
    the rest is drawn from its old coefficients, so that it hardly moves.
    """
    rows, columns = np.nonzero(edit.touched)
    for start in range(0, len(rows), _MCUS_AT_ONCE):
        some = slice(start, start + _MCUS_AT_ONCE)
        batch = _gather(frame, edit, rows[some], columns[some])
        for index, plane in enumerate(coefficients.planes):
            _repaint_plane(plane, index, frame, batch, edit.touched)


def _gather(frame: Frame, edit: Edit, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> _Batch:
    """MCUs that reach over the picture's edge repeat its last pixels."""
    y = rows[:, None] * (8 * frame.down) + np.arange(8 * frame.down)
    x = columns[:, None] * (8 * frame.across) + np.arange(8 * frame.across)
    at = np.minimum(y, frame.height - 1)[:, :, None], np.minimum(x, frame.width - 1)[:, None, :]
    before, after = edit.before[at], edit.after[at]
    return _Batch(
        rows=rows,
        columns=columns,
        changed=_differs(before, after),
        before=planes(before, frame.colour),
        after=planes(after, frame.colour),
    )


def _differs(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Flags:
    """Whether any channel differs; the last axis goes."""
    differs = np.zeros(before.shape[:-1], np.bool_)
    for channel in range(before.shape[-1]):  # a reduction over so short an axis takes ten times as long
        differs |= before[..., channel] != after[..., channel]
    return differs


def _repaint_plane(plane: NDArray[np.int16], index: int, frame: Frame, batch: _Batch, touched: Flags) -> None:
    part = frame.components[index]
    y = batch.rows[:, None] * part.down + np.arange(part.down)
    x = batch.columns[:, None] * part.across + np.arange(part.across)
    at = y[:, :, None], x[:, None, :]
    steps = np.array(frame.quantisation[index], np.float32)
    old = plane[at]
    samples = joined((old * steps) @ BASIS) + CENTRE
    ratio = frame.down // part.down, frame.across // part.across
    wanted, changed = _wanted(samples, batch, index, ratio)
    blocks: Floats = cut(wanted - CENTRE, part.down, part.across)
    new = nearest(blocks.reshape(-1, 64), steps).reshape(old.shape)
    held = _held(batch, touched, ratio, samples.shape[1:])
    own = _any_in_block(changed, part)
    some = _any_in_block(held, part) & own
    if some.any():
        aim = cut(np.where(held, samples, wanted) - CENTRE, part.down, part.across)[some]
        weights = cut(np.where(held, _HELD, np.float32(1)), part.down, part.across)[some]
        new[some] = weighted(aim, steps, weights, old[some])
    plane[at] = np.where(own[..., None], new, old)


def _any_in_block(flags: Flags, part: Component) -> Flags:
    """(n, down, across): whether a sample of the block is set; (n, height, width) of an MCU each."""
    count = len(flags)
    cells = flags.reshape(count, part.down, 8, part.across, 8)
    found: Flags = np.asarray(cells.any(axis=(2, 4)))
    return found


def _wanted(samples: Floats, batch: _Batch, index: int, ratio: tuple[int, int]) -> tuple[Floats, Flags]:
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


def _held(batch: _Batch, touched: Flags, ratio: tuple[int, int], shape: tuple[int, ...]) -> Flags:
    """(n, height, width) samples from which decoders mix pixels of MCUs that are not touched.

    libjpeg mixes along a direction in which there is one sample for two pixels (jdsample.c, "fancy").
    """
    walled = np.pad(touched, 1, constant_values=True)
    y, x = batch.rows + 1, batch.columns + 1
    held = np.zeros((len(y), *shape), np.bool_)
    if ratio in ((2, 1), (2, 2)):
        held[:, 0] |= ~walled[y - 1, x, None]
        held[:, -1] |= ~walled[y + 1, x, None]
    if ratio in ((1, 2), (2, 2)):
        held[:, :, 0] |= ~walled[y, x - 1, None]
        held[:, :, -1] |= ~walled[y, x + 1, None]
    return held
