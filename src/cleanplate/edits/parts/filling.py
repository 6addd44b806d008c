"""Fill a hole from its surroundings, crop by crop: what erase is, and others do where no words are given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from cleanplate.compositing.paste import Patch
from cleanplate.edits.parts.choosing import Choice
from cleanplate.errors import BadInput, NothingToErase
from cleanplate.fill.base import Engine, FillJob
from cleanplate.fill.options import FillOptions
from cleanplate.memory import give_back
from cleanplate.pixels import geometry, masks
from cleanplate.pixels.types import Alpha, Box, Hole, Mask, Pixels, Rgb8

SURROUNDINGS = 0.5
"""Known pixels an engine should see, as a share of the hole's; with fewer the crop grows."""
NOTHING = "nothing to erase"
MUCH = 0.8
"""Share of the picture above which a mask was perhaps meant the other way round."""

MakeCrop: TypeAlias = Callable[[Box, Alpha, Callable[[float], None]], Rgb8]
"""(crop, its alpha: what will be taken of what is made, a callback for the share done) -> (crop.height,
crop.width, 3) uint8."""
FillCrop: TypeAlias = Callable[[Engine, Box, FillJob], Rgb8]
"""(engine, crop, what it is to do) -> (crop.height, crop.width, 3) uint8."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Full-frame flags and the amounts in pixels that every crop shares.

    Attributes:
        hole: what to make, without `keep`.
        keep: never changed.
        excluded: never a source.
        dilate_px, feather_px: how far the hole grows, and the width of the soft edge outside that.
    """

    pixels: Pixels
    hole: Hole
    keep: Hole
    excluded: Hole
    dilate_px: int
    feather_px: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made: a patch for each group of holes, and the name of the engine that made it."""

    patches: list[Patch]
    engines: list[str]


def _as_it_is(engine: Engine, box: Box, job: FillJob) -> Rgb8:
    return engine.fill(job)


def plan(
    pixels: Pixels, mask: Mask, keep: Mask | None, *, dilate_px: int | None = None, feather_px: int = 3
) -> Plan:
    """Turn masks into flags; half painted is painted.

    Args:
        dilate_px: None is 1 % of the longer side, at least 4 px.
    """
    kept = np.zeros((pixels.height, pixels.width), np.bool_) if keep is None else _flags(keep)
    excluded = kept.copy()
    if pixels.alpha is not None:
        excluded |= pixels.alpha == 0  # what nobody can see is no source: its colour is arbitrary
    if dilate_px is None:
        dilate_px = masks.auto_dilate_px(pixels.width, pixels.height)
    return Plan(pixels, _flags(mask) & ~kept, kept, excluded, dilate_px, feather_px)


def planned(
    pixels: Pixels, mask: Mask, keep: Mask | None, *, dilate_px: int | None = None, feather_px: int = 3
) -> Plan:
    """`plan` for a mask that somebody drew: what leaves nothing to do is an error, never a success.

    Raises:
        NothingToErase: no pixel is painted, or `keep` has all that are.
    """
    wanted = plan(pixels, mask, keep, dilate_px=dilate_px, feather_px=feather_px)
    if not wanted.hole.any():
        check_painted(mask)
        raise NothingToErase(f"keep: {NOTHING}, it covers all of the mask")
    return wanted


def check_painted(mask: Mask) -> None:
    """Raises `NothingToErase` for a mask without a painted pixel."""
    if not _flags(mask).any():
        raise NothingToErase(f"mask: {NOTHING}, no pixel of it is painted")


def covers_much(hole: Hole) -> str:
    """A warning about a hole that leaves little of the picture; "" when there is no need of one."""
    share = float(hole.mean())
    if share <= MUCH:
        return ""
    percent = min(round(100 * share), 99)
    return f"the mask covers {percent} % of the picture; if its black was meant, invert it"


def fill(
    wanted: Plan,
    chosen: Choice,
    options: FillOptions,
    progress: Callable[[str, float], None],
    by: FillCrop = _as_it_is,
) -> Filled:
    """A patch for each group of holes, from their surroundings; none when nothing is to be made.

    Args:
        by: has an engine do one crop.

    Raises:
        BadInput: no known pixel to fill from.
        EngineFailed: the engine failed, and no other may fill.
    """

    def make(engine: Engine, box: Box, alpha: Alpha, report: Callable[[float], None]) -> Rgb8:
        made = alpha > 0
        # another group's hole is no source
        excluded = (wanted.excluded[box.slices] | wanted.hole[box.slices]) & ~made
        job = FillJob(wanted.pixels.rgb[box.slices], made, excluded, options, report, runtime=chosen.runtime)
        return by(engine, box, job)

    boxes = groups(wanted)
    filled = Filled([], [])
    for number, box in enumerate(boxes):
        progress("fill", number / len(boxes))
        patch, name = _chosen(wanted, chosen, box, make, _part(progress, number, len(boxes)))
        filled.patches.append(patch)
        filled.engines.append(name)
    progress("fill", 1.0)
    give_back()
    return filled


def _chosen(
    wanted: Plan,
    chosen: Choice,
    box: Box,
    make: Callable[[Engine, Box, Alpha, Callable[[float], None]], Rgb8],
    report: Callable[[float], None],
) -> tuple[Patch, str]:
    """One group of holes, by whoever suits it; and who that was."""
    return chosen.fill(
        partial(grown, wanted, box),
        lambda engine: _patch(wanted, box, engine.least_px, partial(make, engine), report),
    )


def groups(wanted: Plan) -> list[Box]:
    """The crop of each group of holes, as small as it can be: an engine may see more."""
    return geometry.regions(wanted.hole, margin_px=wanted.dilate_px + wanted.feather_px)


def grown(wanted: Plan, box: Box) -> Hole:
    """What is made of a crop: the hole, grown, and its soft edge."""
    return np.asarray(_alpha(wanted, box) > 0)


def sizes(wanted: Plan) -> list[tuple[int, Hole]]:
    """Of each crop the pixels of its hole, and the hole as it is filled: what a prediction needs."""
    return [(int(np.count_nonzero(wanted.hole[box.slices])), grown(wanted, box)) for box in groups(wanted)]


def crops(wanted: Plan, make: MakeCrop, progress: Callable[[str, float], None]) -> list[Patch]:
    """Call `make` for each group of holes with its surroundings; the patches cover grown hole and soft edge.

    Raises:
        BadInput: the holes leave no known pixel.
    """
    boxes = groups(wanted)
    patches = []
    for number, box in enumerate(boxes):
        progress("fill", number / len(boxes))
        patches.append(_patch(wanted, box, 0, make, _part(progress, number, len(boxes))))
    progress("fill", 1.0)
    return patches


def _patch(wanted: Plan, box: Box, least_px: int, make: MakeCrop, report: Callable[[float], None]) -> Patch:
    """One group of holes, in a crop with no side below `least_px` where the picture has more to show.

    What such a crop shows of other groups is left to whoever fills those.
    """
    least = geometry.at_least(box, least_px, wanted.pixels.width, wanted.pixels.height)
    crop = _with_surroundings(wanted, least)
    alpha = _alpha(wanted, crop)
    if least != box:
        own = np.zeros_like(alpha)
        inner = geometry.moved(box, -crop.left, -crop.top).slices
        own[inner] = alpha[inner]
        alpha = own
    return Patch(crop, make(crop, alpha, report), alpha)


def _part(progress: Callable[[str, float], None], number: int, count: int) -> Callable[[float], None]:
    """The progress of one crop, as a part of the whole."""
    return lambda done: progress("fill", (number + done) / count)


def boxes_of(patches: Sequence[Patch]) -> list[list[Any]]:
    """The `crops` of a recipe."""
    return [[patch.box.left, patch.box.top, patch.box.right, patch.box.bottom] for patch in patches]


def _flags(mask: Mask) -> Hole:
    return masks.painted(mask.alpha)


def _alpha(wanted: Plan, box: Box) -> Alpha:
    """How much to take of what is made: the grown hole, and the soft edge round it."""
    keep = wanted.keep[box.slices]
    hole = masks.dilate(wanted.hole[box.slices], wanted.dilate_px) & ~keep
    alpha = masks.feather(hole, wanted.feather_px)
    alpha[keep] = 0
    return alpha


def _with_surroundings(wanted: Plan, box: Box) -> Box:
    """Grow the crop until it holds enough known pixels, or is the whole picture."""
    width, height = wanted.pixels.width, wanted.pixels.height
    while True:
        hole = masks.dilate(wanted.hole[box.slices], wanted.dilate_px + wanted.feather_px)
        known = np.count_nonzero(~(hole | wanted.excluded[box.slices]))
        if known >= SURROUNDINGS * np.count_nonzero(hole):
            return box
        if box == Box(0, 0, width, height):
            if known == 0:
                grown = f"grown by {wanted.dilate_px} px it" if wanted.dilate_px else "it"
                raise BadInput(f"mask: {grown} covers the whole picture, nothing is left to fill it from")
            return box
        box = geometry.grow(box, max(box.width, box.height) // 2, width, height)
