"""A mark that nobody reads, in a box that somebody drew: which pixels it covers, and what it does to them.

Regions that stand out in the box are candidates. One is a mark when the picture goes on under it: when inside
its edge there is what is outside, only fainter and of another tone, all along (`flat_layer`). Then the
picture under it is computed. Where no region is one, a hole is all that can be told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import dilate, thicken, without_holes
from cleanplate.pixels.types import Alpha, Hole, Rgb8
from cleanplate.pixels.windowed_mean import mean_where
from cleanplate.text.flat_layer import FAINTEST, FEWEST, SOFT_PX, FlatLayer, fit_layer, layer_of, sides
from cleanplate.text.watermark import Mark, inpaint_smoothly

SMALLEST, LARGEST = 0.02, 0.9
"""Shares of the box that a mark covers."""
STABLE = (2, 5)
"""Levels over which a region stays the same: a faint mark's few, a strong one's more."""
MOST = 150
"""Regions that are looked at."""
SAME = 0.9
"""Share of all their pixels that two regions have in common, to be one."""
SPECK_PX = 12
"""Smaller parts and holes of a region are the picture's."""
COLOURS = (2, 3, 4)
"""Groups that the colours in the box are parted into."""
PART = 0.03, 0.6
"""Shares of a mark that a part of another colour has."""
SPAN = 0.45
"""Shares of the box's width and height that a mark has at least."""
CUTS, GMM = 4, 65
"""Rounds of GrabCut, and the numbers of its model."""
BORDER = 0.02
"""Share of a region's pixels that may touch the border of the box, which was drawn round the mark."""
PERHAPS = 0.4
"""Of the step at a region's edge so much may be left, before that edge is moved to where it fits best."""
ONE_WAY, NEARLY_ALL = 0.25, 0.9
"""A region stands out when so much of its usual step is there along so much of its edge."""
STRONG, MOSTLY = 60.0, 0.75
"""A part within a mark whose step is so strong, in levels, is of another colour when so much of its edge says
so: where a photo's own edges pass under it the rest does not. It is filled, for its own layer is not sure."""
SAME_WAY = 0.9
"""Cosine between the steps of two parts of a mark."""
ROUNDS, WINDOW_PX = 4, 7
"""Of moving the region's edge to where the picture goes on best, judged in windows."""
BAND_PX = 3
"""The edge of a mark may be so far from where a region ends, and is so soft."""
EDGE_SIGMA = 0.8
"""Pixels, of a mark's soft edge where the picture is too rough to tell it."""
ROUGH = 4.0
"""Levels of roughness at which the picture tells half of it."""
EDGY, EDGES, GRAINY = 2.0, 1.0, 0.5
"""So many times the edges beside it, and so many levels a pixel more, are not the picture's own."""
PLAIN, NEARLY_PLAIN, NEAR_PX = 10.0, 98, 4.0
"""The ground of a mark is plain where so few levels are between its pixels and what is near them, of so many
per cent: then nothing else in the box is mark."""


@dataclass(frozen=True, slots=True)
class _Outlined:
    """A region, and the step across its edge."""

    region: Hole
    step: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BoxedMark:
    """What lies in the box.

    Attributes:
        where: (H, W), True where the mark is, its soft edges included; all of the box if that is not known.
        mark: its alpha and colour; None where the picture under it cannot be computed.
        lost: (H, W), True where it has a part of another colour that cannot be computed away.
    """

    where: Hole
    mark: Mark | None
    lost: Hole


@dataclass(frozen=True, slots=True)
class _Lifted:
    """A region under which the picture goes on: as it was found, as it fits best, and its layer."""

    worth: float
    found: Hole
    fitted: Hole
    layer: FlatLayer


def boxed_mark(rgb: Rgb8, box: Hole) -> BoxedMark:
    """The mark in the box.

    Args:
        rgb: (H, W, 3) uint8, the box and some of what is round it.
        box: (H, W), True in the box.
    """
    ground = inpaint_smoothly(rgb, box)
    nothing = np.zeros_like(box)
    best: _Lifted | None = None
    outlined: list[_Outlined] = []
    for region in _regions(rgb, box, ground):
        step = _step(*sides(rgb, region, nothing))
        if step is not None:
            outlined.append(_Outlined(region, step))
        layer = layer_of(rgb, region, nothing, PERHAPS)
        if layer is None:
            continue
        moved = _fitted(rgb, box, region, layer)
        layer = layer_of(rgb, moved, nothing)
        if layer is None or np.count_nonzero(moved & dilate(~box, 1)) > BORDER * np.count_nonzero(moved):
            continue
        if not _calm(rgb, moved, layer):
            continue
        worth = _worth(rgb, moved, layer)
        if best is None or worth > best.worth:
            best = _Lifted(worth, region, moved, layer)
    if best is not None:
        return _marked(rgb, best)
    return BoxedMark(_outlines(rgb, outlined, box), None, nothing)


def _marked(rgb: Rgb8, lifted: _Lifted) -> BoxedMark:
    """The mark, with a part of another colour; what of it is not clear is lost."""
    region, layer = lifted.fitted, lifted.layer
    alpha, colour = _alpha(rgb, region, layer), _colour(rgb, layer)
    lost = dilate(lifted.found & ~dilate(region, 1), 1)
    part = _other_part(rgb, region, layer)
    if part is not None:
        where, other = part
        lost |= dilate(where, BAND_PX) & (dilate(~where, BAND_PX) if other is not None else True)
        if other is not None:
            alpha[where], colour[where] = 1 - other.through, other.added / (1 - other.through)
    return BoxedMark((alpha > 0) | lost, Mark(alpha, colour), lost)


def _other_part(rgb: Rgb8, region: Hole, layer: FlatLayer) -> tuple[Hole, FlatLayer | None] | None:
    """A part inside the mark that is of another colour, and its layer where there is one.

    There the picture does not go on from what is known of it round that part, all along its edge.
    """
    whole = without_holes(region)
    inside = ~dilate(~whole, BAND_PX)
    bare = np.where(region[..., None], layer.lifted(rgb), rgb)
    nothing = np.zeros_like(region)
    best: tuple[float, Hole] | None = None
    for flags in (*_colour_groups(rgb, whole), *_colour_groups(bare, whole)):
        part = _without_specks(flags)
        count = int(np.count_nonzero(part))
        if not PART[0] * np.count_nonzero(whole) < count < PART[1] * np.count_nonzero(whole):
            continue
        if np.count_nonzero(part & ~inside) > BORDER * count:
            continue
        inner, outer = sides(bare, part, nothing)
        step = _step(inner, outer)
        if step is None:
            step = _step(inner, outer, MOSTLY, STRONG)
        worth = 0.0 if step is None else float(np.linalg.norm(step)) * float(np.sqrt(count))
        if worth > (0.0 if best is None else best[0]):
            best = worth, part
    if best is None:
        return None
    if _step(*sides(bare, best[1], nothing)) is None:
        return best[1], None
    inner, outer = sides(np.where(best[1][..., None], rgb, bare), best[1], nothing)
    return best[1], fit_layer(inner, outer)


def _step(
    inner: NDArray[np.float32],
    outer: NDArray[np.float32],
    least: float = NEARLY_ALL,
    faintest: float = FAINTEST,
) -> NDArray[np.float32] | None:
    """(3,): the step across a region's edge, which goes the same way all along; None where it does not.

    Args:
        least: share of the edge that must go that way.
        faintest: levels below which there is no step.
    """
    if len(inner) < FEWEST:
        return None
    steps = inner - outer
    middle = np.median(steps, axis=0)
    length = float(np.linalg.norm(middle))
    if length < faintest or float(np.mean(steps @ middle > ONE_WAY * length**2)) < least:
        return None
    return np.asarray(middle, np.float32)


def _calm(rgb: Rgb8, region: Hole, layer: FlatLayer) -> bool:
    """Whether the picture under the mark has no more edges than what is round it."""
    bare = np.where(region[..., None], layer.lifted(rgb), rgb).astype(np.float32)
    edges = [np.abs(cv2.Sobel(bare, -1, 1 - way, way, scale=1 / 8)).max(axis=2) for way in (0, 1)]
    strength = np.maximum(*edges)
    core, beside = ~dilate(~region, SOFT_PX + 1), ~dilate(region, SOFT_PX + 1)
    inside, outside = (float(strength[flags].mean()) if flags.any() else 0.0 for flags in (core, beside))
    return bool(inside <= EDGY * outside / layer.through**GRAINY + EDGES)


def _outlines(rgb: Rgb8, outlined: Sequence[_Outlined], box: Hole) -> Hole:
    """The hole: the regions with the clearest step, and all that go the same way.

    All of the box where there is none, and where something else in it stands out: that may be mark, too.
    """
    if not outlined:
        return box.copy()
    clearest = max(
        outlined, key=lambda one: float(np.linalg.norm(one.step)) * np.sqrt(np.count_nonzero(one.region))
    )
    hole = np.zeros_like(box)
    for one in outlined:
        along = float(one.step @ clearest.step)
        lengths = float(np.linalg.norm(one.step) * np.linalg.norm(clearest.step))
        if along > SAME_WAY * lengths and along > float(clearest.step @ clearest.step) / 3:
            hole |= one.region
    hole = dilate(hole, BAND_PX + 1) & box
    rest = box & ~hole
    weight = (~dilate(hole, 1)).astype(np.float32)
    total = cv2.GaussianBlur(rgb * weight[..., None], (0, 0), NEAR_PX)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), NEAR_PX), np.float32(1e-3))
    off = np.abs(rgb - total / share[..., None]).max(axis=2)
    plain = bool(rest.any()) and float(np.percentile(off[rest], NEARLY_PLAIN)) <= PLAIN
    return hole if plain else box.copy()


def _regions(rgb: Rgb8, box: Hole, ground: NDArray[np.float32]) -> Iterator[Hole]:
    """What stands out, by brightness, colour and difference from the ground; each once."""
    size = int(np.count_nonzero(box))
    seen: list[Hole] = []
    for region in _all_regions(rgb, box, ground):
        clean = _without_specks(region & box)
        count = int(np.count_nonzero(clean))
        if not SMALLEST * size < count < LARGEST * size or len(seen) >= MOST:
            continue
        if np.count_nonzero(clean & dilate(~box, 1)) > BORDER * count or not _spans(clean, box):
            continue
        if any(np.count_nonzero(clean & old) > SAME * np.count_nonzero(clean | old) for old in seen):
            continue
        seen.append(clean)
        yield clean


def _spans(region: Hole, box: Hole) -> bool:
    """Whether a region is about as wide and high as the box, which somebody drew round the mark."""
    sides = [[np.count_nonzero(flags.any(axis=axis)) for axis in (0, 1)] for flags in (region, box)]
    return all(own >= SPAN * whole for own, whole in zip(*sides, strict=True))


def _cut_out(rgb: Rgb8, box: Hole) -> Hole:
    """What GrabCut takes for the thing in the box (C. Rother et al., SIGGRAPH 2004)."""
    labels = np.where(box, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    models = np.zeros((1, GMM)), np.zeros((1, GMM))
    cv2.setRNGSeed(0)
    cv2.grabCut(rgb, labels, (0, 0, 1, 1), *models, CUTS, cv2.GC_INIT_WITH_MASK)
    return np.asarray(labels == cv2.GC_PR_FGD)


def _all_regions(rgb: Rgb8, box: Hole, ground: NDArray[np.float32]) -> Iterator[Hole]:
    far = np.abs(rgb - ground).max(axis=2)
    off = np.clip(far * 2, 0, 255).astype(np.uint8)
    for level in (cv2.threshold(off[box], 0, 255, cv2.THRESH_OTSU)[0] * share for share in (1.0, 0.6, 1.5)):
        yield np.asarray(off > level)
    yield _cut_out(rgb, box)
    yield from _colour_groups(rgb, box)
    rows, columns = np.flatnonzero(box.any(axis=1)), np.flatnonzero(box.any(axis=0))
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    soft = cv2.medianBlur(rgb, 3)
    planes = [cv2.cvtColor(soft, cv2.COLOR_RGB2GRAY), off, *cv2.split(soft)]
    size = int(np.count_nonzero(box))
    for stable in STABLE:
        finder = cv2.MSER.create(stable, int(SMALLEST * size), int(LARGEST * size))
        for plane in planes:
            for points in finder.detectRegions(np.ascontiguousarray(plane[window]))[0]:
                flags = np.zeros(box.shape, np.bool_)
                columns_in, rows_in = np.asarray(points).T
                flags[window][rows_in, columns_in] = True
                yield flags


def _colour_groups(rgb: Rgb8, box: Hole) -> Iterator[Hole]:
    """Groups of colours, and two of them together."""
    soft = cv2.bilateralFilter(rgb, -1, 30, 3)
    points = soft[box].astype(np.float32)
    rule = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    for count in COLOURS:
        cv2.setRNGSeed(0)
        _, labels, _ = cv2.kmeans(points, count, np.empty(0), rule, 2, cv2.KMEANS_PP_CENTERS)
        for label in range(count):
            flags = np.zeros(box.shape, np.bool_)
            flags[box] = labels.ravel() == label
            yield flags
            yield from _components(flags)


def _components(flags: Hole) -> Iterator[Hole]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flags.astype(np.uint8))
    for label in np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:2] + 1 if count > 2 else ():  # noqa: PLR2004
        yield np.asarray(labels == label)


def _without_specks(flags: Hole) -> Hole:
    for value in (1, 0):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            (flags == value).astype(np.uint8), connectivity=4
        )
        small = stats[:count, cv2.CC_STAT_AREA] < SPECK_PX
        small[0] = False
        flags = np.where(small[labels], not value, flags)
    return np.asarray(flags, np.bool_)


def _worth(rgb: Rgb8, region: Hole, layer: FlatLayer) -> float:
    """Levels by which the step along the region's edge is less without the layer, summed up along it."""
    bare = np.where(region[..., None], layer.lifted(rgb), rgb).astype(np.float32)
    planes = rgb.astype(np.float32)
    edge = thicken(region, SOFT_PX) & thicken(~region, SOFT_PX)
    steps, both = [], edge
    for picture in (planes, bare):
        (within, inner), (without, outer) = (
            mean_where(picture, flags & ~edge, WINDOW_PX) for flags in (region, ~region)
        )
        steps.append(np.abs(within - without).max(axis=2))
        both = edge & (inner > 0) & (outer > 0)
    return float((steps[0] - steps[1])[both].sum())


def _fitted(rgb: Rgb8, box: Hole, region: Hole, layer: FlatLayer) -> Hole:
    """The region with its edge where the picture goes on best."""
    planes = rgb.astype(np.float32)
    bare = (planes - layer.added.astype(np.float32)) / np.float32(layer.through)
    possible = ((bare > -16) & (bare < 271)).all(axis=2)  # noqa: PLR2004 - more than noise
    window = (WINDOW_PX, WINDOW_PX)
    for _ in range(ROUNDS):
        now = np.where(region[..., None], bare, planes)
        around = cv2.blur(now, window)
        as_mark, as_picture = (cv2.blur(np.abs(one - around).max(axis=2), (3, 3)) for one in (bare, planes))
        near = dilate(region, BAND_PX) & dilate(~region, BAND_PX)
        region = np.where(near, (as_mark < as_picture) & possible & box, region)
        region = _without_specks(np.asarray(region, np.bool_))
    return np.asarray(region, np.bool_)


def _alpha(rgb: Rgb8, region: Hole, layer: FlatLayer) -> Alpha:
    """Alpha: that of the layer inside, and across the edge what makes the picture go on from both sides."""
    strength = np.float32(1 - layer.through)
    band = dilate(region, BAND_PX) & dilate(~region, BAND_PX)
    bare = np.where(region[..., None], layer.lifted(rgb), rgb)
    behind = inpaint_smoothly(bare, band)
    colour = _colour(rgb, layer)
    away = colour - behind
    told = ((rgb - behind) * away).sum(axis=2) / np.maximum((away * away).sum(axis=2), 1.0)
    drawn = cv2.GaussianBlur(region.astype(np.float32), (0, 0), EDGE_SIGMA) * strength
    rough = cv2.blur(
        np.abs(behind - cv2.blur(behind, (WINDOW_PX, WINDOW_PX))).max(axis=2), (WINDOW_PX, WINDOW_PX)
    )
    trust = 1 / (1 + (rough / ROUGH) ** 2)  # on a plain ground the pixel itself tells
    mixed = np.clip(trust * told + (1 - trust) * drawn, 0, strength)
    alpha = np.where(band, mixed, np.where(region, strength, 0)).astype(np.float32)
    alpha[alpha < 0.01] = 0  # noqa: PLR2004 - nothing that is seen
    return np.asarray(alpha, np.float32)


def _colour(rgb: Rgb8, layer: FlatLayer) -> NDArray[np.float32]:
    colour = layer.added / (1 - layer.through)
    return np.broadcast_to(colour.astype(np.float32), rgb.shape).copy()
