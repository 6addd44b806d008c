"""How strong a mark is at each pixel, from how much less all pictures vary under it than beside it.

A marked picture is I = (1 - a) J + a W. With t = 1 / (1 - a), J - W = t (I - W), and J is nearly the same in
two neighbours p and q: t_p / t_q is the ratio of the distances |I_q - W| and |I_p - W|, over all pictures and
channels. So pictures tell differences of log t from pixel to pixel, whatever they show, and t is 1 beside the
mark: a Poisson equation. Nothing is drawn in from round the mark, and its edges may be as soft as they are.
Gradients of many pictures for one mark: T. Dekel et al., "On the effectiveness of visible watermarks", CVPR
2017; differences integrated: P. Perez et al., "Poisson image editing", SIGGRAPH 2003.
"""

import numpy as np
from numpy.typing import NDArray

STRONGEST = 2.5
"""Log of t up to which a mark is measured: beyond it 8 % of the picture shine through."""
NOISE = 2.0
"""Levels: differences of that much say as little as none."""
GRAIN = 1.5
"""Levels that no pixel is sure by: where JPEG has made all pictures flat, that tells nothing."""
ROUNDS = 3
"""Of weighing down the pictures that have an edge of their own between two pixels."""
CLEAR = 2.5
"""A ratio counts when it is so many standard errors from 1; the rest is taken for the pictures' own."""
SURE = 1e-2, 1e4
"""Least and most that a pair of pixels counts in the equation."""
STEPS, STEPS_ON = 300, 80
"""Of conjugate gradients, and of those that begin with what is nearly there."""
NEAR_ENOUGH = 1e-4
BORDER_PX = 2
"""Nothing of the mark lies so near the border of what is measured."""

Field = NDArray[np.float64]
_Stack = NDArray[np.float32]


def opacity_field(
    stack: _Stack, colour: NDArray[np.float32], known: Field | None = None, start: Field | None = None
) -> Field:
    """(H, W): log t, 0..`STRONGEST`; 0 is no mark.

    Args:
        stack: (N, H, W, 3), the marked pictures, 0..255.
        colour: (3,) or (H, W, 3), that of the mark, 0..255.
        known: (H, W), log t where the colour changes from pixel to pixel, which says nothing of t there.
        start: (H, W), roughly what will come out.
    """
    steps, sure = [], []
    for axis in (1, 0):
        step, weight = _log_ratios(stack, colour, axis)
        if colour.ndim > 1 and known is not None:
            changes = (np.diff(colour, axis=axis) != 0).any(axis=2)
            step = np.where(changes, np.diff(known, axis=axis), step)
            weight = np.where(changes, SURE[1] / 100, weight)
        steps.append(step)
        sure.append(weight)
    field = integrated(steps[0], steps[1], sure[0], sure[1], start)
    return np.clip(field, 0, STRONGEST)


def explained(stack: _Stack, field: Field, colour: NDArray[np.float32]) -> float:
    """Levels a pixel by which the pictures vary less without this mark, its strengthening not counted."""
    bare = np.exp(field).astype(np.float32)[..., None] * (stack - colour) + colour
    shrink = np.exp(-field / 2)
    total = 0.0
    for axis in (0, 1):
        both = _after(shrink, axis) * _before(shrink, axis)
        was, now = (np.abs(np.diff(one, axis=axis + 1)).max(axis=3).mean(axis=0) for one in (stack, bare))
        total += float((np.minimum(was, _LARGEST) - np.minimum(now * both, _LARGEST)).mean())
    return total


_LARGEST = 40.0
"""Levels of an edge beyond which it counts no more: one picture's own must not drown the mark."""


def integrated(
    right: Field, down: Field, sure_right: Field, sure_down: Field, start: Field | None = None
) -> Field:
    """The plane with these differences to the right and down, as nearly as there is one; 0 at its border.

    Weighted least squares, by conjugate gradients with the diagonal as preconditioner.

    Args:
        right, sure_right: (H, W - 1), the differences and how much each counts.
        down, sure_down: (H - 1, W).
        start: (H, W), roughly what will come out.
    """
    shape = (right.shape[0], down.shape[1])
    free = np.zeros(shape)
    free[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] = 1

    def divergence(across: Field, along: Field) -> Field:
        out = np.zeros(shape)
        out[:, 1:] += across
        out[:, :-1] -= across
        out[1:] += along
        out[:-1] -= along
        return out * free

    def applied(plane: Field) -> Field:
        return divergence(sure_right * np.diff(plane, axis=1), sure_down * np.diff(plane, axis=0))

    plane = np.zeros(shape) if start is None else start * free
    diagonal = _diagonal(sure_right, sure_down, shape)
    rest = divergence(sure_right * right, sure_down * down) - applied(plane)
    scaled = rest / diagonal
    direction, power = scaled.copy(), float((rest * scaled).sum())
    enough = NEAR_ENOUGH**2 * power
    for _ in range(STEPS if start is None else STEPS_ON):
        if power <= enough:
            break
        image = applied(direction)
        length = power / max(float((direction * image).sum()), 1e-30)
        plane += length * direction
        rest -= length * image
        scaled = rest / diagonal
        power, before = float((rest * scaled).sum()), power
        direction = scaled + power / before * direction
    return plane


def _diagonal(sure_right: Field, sure_down: Field, shape: tuple[int, int]) -> Field:
    out = np.zeros(shape)
    out[:, 1:] += sure_right
    out[:, :-1] += sure_right
    out[1:] += sure_down
    out[:-1] += sure_down
    return np.maximum(out, 1e-12)


def _log_ratios(stack: _Stack, colour: NDArray[np.float32], axis: int) -> tuple[Field, Field]:
    """For each pixel and the next along an axis: how much log t grows, and how sure that is.

    The ratio is that of two mean squares: noise on both sides does not draw it to 0, as it would a slope.
    """
    away = stack - colour
    first, second = _before(away, axis + 1), _after(away, axis + 1)
    squares = first * first, second * second
    weight = np.ones_like(first)
    for _ in range(ROUNDS):
        powers = [np.einsum("nhwc,nhwc->hw", weight, square) + 1 for square in squares]
        ratio = np.sqrt(powers[1] / powers[0])
        off = np.abs(second - ratio[None, ..., None] * first) / np.sqrt(ratio)[None, ..., None]
        weight = 1 / (off + np.float32(NOISE))
    left = np.einsum("nhwc,nhwc->hw", weight, off * off + np.float32(GRAIN**2))
    sure = np.sqrt(powers[0] * powers[1]) / left * (stack.shape[0] * stack.shape[3])
    step = -np.log(ratio)
    step[np.abs(step) * np.sqrt(sure) <= CLEAR] = 0
    return step.astype(np.float64), np.clip(sure, *SURE).astype(np.float64)


def _before(plane: NDArray[np.floating], axis: int) -> NDArray[np.floating]:
    return plane[(slice(None),) * axis + (slice(None, -1),)]


def _after(plane: NDArray[np.floating], axis: int) -> NDArray[np.floating]:
    return plane[(slice(None),) * axis + (slice(1, None),)]
