"""The mark that some pictures share, measured: its colour or two, and how strong it is at each pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import dilate, without_holes
from cleanplate.pixels.types import Alpha, Hole, Rgb8
from cleanplate.text.flat_layer import THROUGH, FlatLayer, fit_layer
from cleanplate.text.opacity_field import BORDER_PX, Field, explained, integrated, opacity_field
from cleanplate.text.watermark import WORTH, Mark, median_picture

FEWEST = 3
"""Pictures without which a mark cannot be told from them."""
PALETTE = (*product((255.0, 0.0), repeat=3), (128.0, 128.0, 128.0))
"""Colours that are tried first; what comes out of the best is measured, not chosen."""
BEST = 3
"""So many of them are followed up."""
SEARCH_PX = 4_000
"""Pixels at which they are tried."""
ROUNDS = 2
"""Of measuring the colour by the strength, and that by the colour."""
CORE, BESIDE = 0.75, 0.15
"""Shares of a mark's strength: above it is inside, below it beside the mark."""
STRONG = 85
"""Per cent of a mark's pixels that are weaker than what is called its strength."""
FAINT = 0.05
"""Alpha below which there is no mark."""
FEWEST_PX = 20
SEEN_PX = 7
"""What is inside and beside is compared in windows of that side."""
TELLING = 4
"""Pixels of each that a window needs."""
UNEXPLAINED = 0.35
"""Of the step at the mark's edges so much may be left, for it to be one of one colour."""
LEAST_THROUGH = 0.05
"""Of the pictures so much shines through a mark: many of them together tell it where one does not."""
SEPARATE, CLEARLY = 15.0, 3.0
"""Two colours differ by so many levels as they show, and by so many times what each varies."""
SMALLEST_PART = 0.08
"""Of the mark, for a colour."""
MORE = 1.03
"""By so much more must two colours explain."""
EVEN_PX, EVEN = 2.0, 0.08
"""Within so many pixels, alphas that differ by less are taken for one."""
REST_CLEAR, REST_LEVELS = 2.5, 0.5
"""What all results still share is taken off where it is so many standard errors, and so many levels."""
REST_PICTURES = 5
"""Pictures for that."""
EDGE_PX, RING_PX = 3, 8
"""A mark's edge is so soft; and so wide is the ring beside it that is taken for no mark."""
HALF, FULL = 0.4, 1.0
"""Share of a mark's strength in a pixel that is mark, and no drift; of that strength no more than so much of
log t counts, for beside an opaque part a weaker one is mark as well."""

_Stack = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Try:
    """A colour, the strength that comes of it, and what that explains."""

    colour: NDArray[np.float32]
    field: Field
    gain: float
    layer: FlatLayer | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """What a mark of one colour explains.

    Attributes:
        colour: (3,), 0..255.
        field: (h, w), how strong it is, log t, at the size at which it was looked for.
        gain: levels by which the pictures vary less without it, summed over the pixels.
    """

    colour: NDArray[np.float32]
    field: Field
    gain: float


def explained_by(copies: Sequence[Rgb8]) -> Explained | None:
    """What a mark of one colour explains of these, at a size at which many can be tried; None without one.

    Args:
        copies: at least `FEWEST` windows of one size, (H, W, 3) uint8, the mark at the same place in each and
            some pixels from the borders.
    """
    best = _search(np.stack(copies).astype(np.float32))
    if best is None:
        return None
    return Explained(best.colour, best.field, best.gain * copies[0].shape[0] * copies[0].shape[1])


def explained_gain(copies: Sequence[Rgb8]) -> float:
    """The `gain` of `explained_by`; 0 without a mark."""
    known = explained_by(copies)
    return 0.0 if known is None else known.gain


def measure_mark(copies: Sequence[Rgb8], known: Explained | None = None) -> Mark | None:
    """The mark that lies over all of these.

    Args:
        copies: as for `explained_by`.
        known: what that said of them, at this size or a smaller one; else it is asked.

    Returns:
        The mark, its colour beyond 0..255 where that takes more of it off; None where there is none that one
        colour, or two, at one strength explain.
    """
    best = known or explained_by(copies)
    if best is None:
        return None
    stack = np.stack(copies).astype(np.float32)
    field = opacity_field(stack, best.colour, start=_resized(best.field, stack.shape[1:3]))
    colour: NDArray[np.float32] = np.broadcast_to(best.colour, stack.shape[1:]).astype(np.float32)
    two = _two_colours(stack, field, best.colour)
    if two is not None:
        again = opacity_field(stack, two[0], known=two[1])
        if explained(stack, again, two[0]) > MORE * explained(stack, field, colour):
            field, colour = again, two[0]
    alpha = _alpha(field)
    if alpha.max() < FAINT:
        return None
    return Mark(alpha, _without_rest(stack, alpha, colour))


def _search(stack: _Stack) -> _Try | None:
    """The colour that explains most, at a size at which many can be tried."""
    scale = min(1.0, float(np.sqrt(SEARCH_PX / (stack.shape[1] * stack.shape[2]))))
    small = np.stack(
        [cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for one in stack]
    )
    tries = [_tried(small, np.array(colour, np.float32)) for colour in PALETTE]
    tries.sort(key=lambda one: -one.gain)
    best: _Try | None = None
    for first in tries[:BEST]:
        found = first
        for _ in range(ROUNDS):
            layer = _layer(small, found.field)
            if layer is None:
                break
            colour = np.clip(layer.added / (1 - layer.through), 0, 255).astype(np.float32)
            again = _tried(small, colour)
            found = _Try(colour, again.field, again.gain, layer)
            if best is None or found.gain > best.gain:
                best = found
    return best


def _tried(stack: _Stack, colour: NDArray[np.float32]) -> _Try:
    field = opacity_field(stack, colour)
    return _Try(colour, field, explained(stack, field, colour))


def _layer(stack: _Stack, field: Field) -> FlatLayer | None:
    """The layer that lies where the field is strong, from all pictures together."""
    strong, beside = _parts(field)
    if strong is None:
        return None
    inside, outside = _sides(stack, stack, strong, beside)
    rim = BORDER_PX + 1
    whole = np.count_nonzero(strong) == np.count_nonzero(strong[rim:-rim, rim:-rim])
    # what goes on beyond the window and hides all is a frame or a bar, and no mark
    return fit_layer(inside, outside, UNEXPLAINED, LEAST_THROUGH if whole else THROUGH[0])


def _parts(field: Field) -> tuple[Hole | None, Hole]:
    alpha = 1 - np.exp(-field)
    mark = alpha > FAINT
    if np.count_nonzero(mark) < FEWEST_PX:
        return None, ~mark
    strength = float(np.percentile(alpha[mark], STRONG))
    return alpha > CORE * strength, ~dilate(alpha > BESIDE * strength, 1)


def _sides(
    inner: _Stack, outer: _Stack, inside: Hole, outside: Hole
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(M, 3) each: means within and without in small windows, of all pictures, where there are both."""
    window = (SEEN_PX, SEEN_PX)
    weights = [flags.astype(np.float32) for flags in (inside, outside)]
    counts = [cv2.boxFilter(weight, -1, window, normalize=False) for weight in weights]
    ready = (counts[0] >= TELLING) & (counts[1] >= TELLING)
    means = []
    for stack, weight, count in zip((inner, outer), weights, counts, strict=True):
        sums = [cv2.boxFilter(one * weight[..., None], -1, window, normalize=False)[ready] for one in stack]
        means.append(np.concatenate([one / count[ready][:, None] for one in sums]))
    return np.asarray(means[0], np.float32), np.asarray(means[1], np.float32)


def _two_colours(
    stack: _Stack, field: Field, colour: NDArray[np.float32]
) -> tuple[NDArray[np.float32], Field] | None:
    """(H, W, 3) colour and (H, W) log t of a mark with a part of another colour; None where it has none."""
    strong, beside = _parts(field)
    if strong is None:
        return None
    mark = without_holes(strong)  # a part of another colour seems weaker, or not there
    second = _second_part(stack, mark)
    if second is None:
        return None
    first, share = mark & ~second[0], second[1]
    through = float(np.exp(-np.median(field[_eroded(first)]))) if _eroded(first).any() else 1.0
    added = (1 - through) * colour
    bare = ((stack - added) / through).astype(np.float32)
    known = np.where(first[None, ..., None], bare, stack).astype(np.float32)
    inner = fit_layer(
        *_sides(stack, known, _eroded(second[0]), _eroded(first) | (beside & ~mark)), UNEXPLAINED
    )
    if inner is None:
        return None
    other = inner.added / (1 - inner.through)
    mixed = (1 - share[..., None]) * colour + share[..., None] * other
    return np.asarray(mixed, np.float32), -(1 - share) * np.log(through) - share * np.log(inner.through)


def _second_part(stack: _Stack, mark: Hole) -> tuple[Hole, NDArray[np.float32]] | None:
    """(H, W) where within the mark the shared picture has another colour, and 0..1, how much of that it has.

    The part that lies further inside.
    """
    shared = median_picture(stack.astype(np.uint8))
    points = np.asarray(cv2.medianBlur(shared, 3)[mark], np.float32)
    if len(points) < FEWEST_PX:
        return None
    rule = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.1)
    cv2.setRNGSeed(0)
    _, labels, centres = cv2.kmeans(points, 2, np.empty(0), rule, 3, cv2.KMEANS_PP_CENTERS)
    label = labels.ravel() == 1
    own = points - centres[label.astype(np.intp)]
    within = max(float(np.std(own[label])), float(np.std(own[~label])))
    apart = float(np.linalg.norm(centres[0] - centres[1]))
    if apart < max(SEPARATE, CLEARLY * within) or not SMALLEST_PART < label.mean() < 1 - SMALLEST_PART:
        return None
    parts = [np.zeros(mark.shape, np.bool_) for _ in range(2)]
    parts[0][mark], parts[1][mark] = ~label, label
    edge = mark & dilate(~mark, EDGE_PX)
    touch = [float(np.sum(part & edge)) / max(float(np.sum(part)), 1.0) for part in parts]
    which = 0 if touch[0] <= touch[1] else 1
    step = centres[which] - centres[1 - which]
    share = np.asarray(np.clip((shared - centres[1 - which]) @ step / apart**2, 0, 1), np.float32)
    second = np.asarray(cv2.medianBlur(parts[which].astype(np.uint8), 3) > 0)
    soft = dilate(second, EDGE_PX - 1) & dilate(~second, EDGE_PX - 1)
    if len(stack) < REST_PICTURES:
        share = np.asarray(cv2.GaussianBlur(second.astype(np.float32), (0, 0), 1), np.float32)
    share = np.where(soft, share, second)
    share[(share < FAINT) | ~dilate(mark, 1)] = 0
    return second, np.asarray(np.where(share > 1 - FAINT, 1, share), np.float32)


def _eroded(flags: Hole) -> Hole:
    return ~dilate(~flags, 1)


def _beside_it(field: Field) -> Field:
    """The field above what it is just beside the mark: a sum of many small steps drifts."""
    marked = field > FAINT
    if not marked.any():
        return field
    strong = field > HALF * min(float(np.percentile(field[marked], STRONG)), FULL)
    ring = (dilate(strong, EDGE_PX + RING_PX) & ~dilate(strong, EDGE_PX)).astype(np.float32)
    sigma = 2.0 * RING_PX
    weight = cv2.GaussianBlur(ring, (0, 0), sigma)
    drift = cv2.GaussianBlur(ring * field.astype(np.float32), (0, 0), sigma) / np.maximum(weight, 1e-3)
    return np.where(dilate(strong, EDGE_PX), np.maximum(field - drift, 0), 0)


def _alpha(field: Field) -> Alpha:
    """Alpha, even where it nearly is, and nothing beside the mark."""
    alpha = (1 - np.exp(-_beside_it(field))).astype(np.float32)
    alpha[alpha < WORTH] = 0
    return np.asarray(cv2.bilateralFilter(alpha, -1, EVEN, EVEN_PX), np.float32)


def _without_rest(stack: _Stack, alpha: Alpha, colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """The colour, changed by what all results would still share: soft chroma of JPEG, edges."""
    if len(stack) < REST_PICTURES:
        return colour
    strengthened = (1 / (1 - alpha))[..., None]
    bare = np.clip(strengthened * (stack - colour) + colour, 0, 255)
    near = dilate(alpha > 0, EDGE_PX)
    rest = np.zeros_like(colour)
    for channel in range(3):
        steps = []
        for axis in (1, 0):
            own = np.diff(bare[..., channel], axis=axis + 1)
            middle = np.median(own, axis=0)
            error = 1.2533 * 1.4826 * np.median(np.abs(own - middle), axis=0) / np.sqrt(len(stack))
            both = near.take(range(1, near.shape[axis]), axis) & near.take(range(near.shape[axis] - 1), axis)
            clear = (np.abs(middle) > np.maximum(REST_CLEAR * error, REST_LEVELS)) & both
            steps.append(np.where(clear, middle, 0.0))
        rest[..., channel] = integrated(
            steps[0], steps[1], np.ones_like(steps[0]), np.ones_like(steps[1]), np.zeros(alpha.shape)
        )
    factor = np.maximum(strengthened[..., 0] - 1, WORTH)
    return np.asarray(
        colour + np.where((alpha > FAINT / 2)[..., None], rest / factor[..., None], 0), np.float32
    )


def _resized(field: Field, shape: tuple[int, ...]) -> Field:
    return np.asarray(cv2.resize(field, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float64)
