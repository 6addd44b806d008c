"""Fill a hole from its surroundings, crop by crop: what erase is, and others do where no words are given."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from cleanplate.compositing.paste import Patch
from cleanplate.edits.parts.fill_preview import GroupPreview, PreviewPatches, unseen
from cleanplate.edits.parts.progress import Progress, step
from cleanplate.errors import BadInput, NothingToErase
from cleanplate.fill.base import FillJob, Inpainter
from cleanplate.fill.choosing import Choice
from cleanplate.fill.options import FillOptions
from cleanplate.memory import give_back
from cleanplate.pixels import geometry, masks
from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.types import Alpha, Box, Hole, Mask, Pixels, Rgb8

SURROUNDINGS = 0.5
"""Known pixels an inpainter should see, as a share of the hole's; with fewer the crop grows."""
NOTHING = "nothing to erase"
MUCH = 0.8
"""Share of the picture above which a mask was perhaps meant the other way round."""

MakeCrop: TypeAlias = Callable[[Box, Alpha, Callable[[float], None]], Rgb8]
"""(crop, its alpha: what will be taken of what is made, a callback for the share done) -> (crop.height,
crop.width, 3) uint8."""
FillCrop: TypeAlias = Callable[[Inpainter, Box, FillJob], Rgb8]
"""(inpainter, crop, what it is to do) -> (crop.height, crop.width, 3) uint8."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Full-frame flags and the amounts in pixels that every crop shares.

    Attributes:
        hole: what to make, without `keep`.
        keep: never changed.
        excluded: never a source.
        dilate_px, feather_px: how far the hole is dilated, and the width of the feathered edge outside that.
        what: what the hole is, as errors call it.
    """

    pixels: Pixels
    hole: Hole
    keep: Hole
    excluded: Hole
    dilate_px: int
    feather_px: int
    what: str = "the hole"


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made.

    Attributes:
        patches: one for each group of holes.
        names: of the inpainter that made each.
        choice: who may fill the next holes of the same picture.
    """

    patches: list[Patch]
    names: list[str]
    choice: Choice


def _by_itself(inpainter: Inpainter, box: Box, job: FillJob) -> Rgb8:
    return inpainter.fill(job)


def plan(
    pixels: Pixels, mask: Mask, keep: Mask | None, *, dilate_px: int | None = None, feather_px: int = 3
) -> Plan:
    """What to make of the picture, and what not to take it from.

    Args:
        dilate_px: None is 1 % of the longer side, at least 4 px.
    """
    kept = np.zeros((pixels.height, pixels.width), np.bool_) if keep is None else keep.flags
    excluded = kept.copy()
    if pixels.alpha is not None:
        excluded |= pixels.alpha == 0  # what nobody can see is no source: its colour is arbitrary
    if dilate_px is None:
        dilate_px = masks.auto_dilate_px(pixels.width, pixels.height)
    return Plan(pixels, mask.flags & ~kept, kept, excluded, dilate_px, feather_px)


def plan_for_drawn_mask(
    pixels: Pixels, mask: Mask, keep: Mask | None, *, dilate_px: int | None = None, feather_px: int = 3
) -> Plan:
    """`plan` for a mask that somebody drew: what leaves nothing to do is an error, never a success.

    The feathered edge is narrower where it would cover all that the hole could be filled from.

    Raises:
        NothingToErase: no pixel is painted, or `keep` has all that are.
    """
    wanted = plan(pixels, mask, keep, dilate_px=dilate_px, feather_px=feather_px)
    if not wanted.hole.any():
        check_painted(mask)
        raise NothingToErase(f"keep: {NOTHING}, it covers all of the mask")
    return _with_room_beside(wanted)


def _with_room_beside(wanted: Plan) -> Plan:
    """The plan with the widest feathered edge, up to its own, that leaves a known pixel.

    It is the same where the dilated hole alone leaves none.
    """
    known = ~(wanted.hole | wanted.excluded)
    reach_px = wanted.dilate_px + wanted.feather_px
    if not known.any() or (known & ~masks.dilate(wanted.hole, reach_px)).any():
        return wanted
    farthest_px = float(distance_transform(~wanted.hole)[known].max())
    feather_px = math.ceil(farthest_px) - 1 - wanted.dilate_px
    return wanted if feather_px < 0 else replace(wanted, feather_px=feather_px)


def check_painted(mask: Mask) -> None:
    """Raises `NothingToErase` for a mask without a painted pixel."""
    if not mask.flags.any():
        raise NothingToErase(f"mask: {NOTHING}, no pixel of it is painted")


def large_hole_warning(hole: Hole) -> str:
    """A warning about a hole that leaves little of the picture; "" when there is no need of one."""
    share = float(hole.mean())
    if share <= MUCH:
        return ""
    percent = min(round(100 * share), 99)
    return f"the mask covers {percent} % of the picture; if its black was meant, invert it"


def fill(
    wanted: Plan,
    choice: Choice,
    options: FillOptions,
    progress: Progress,
    by: FillCrop = _by_itself,
    preview: PreviewPatches = unseen,
) -> Filled:
    """A patch for each group of holes, from their surroundings; none when nothing is to be made.

    Args:
        by: has an inpainter do one crop.
        preview: told each time that a crop has something to show.

    Raises:
        BadInput: no known pixel to fill from.
        EngineFailed: the inpainter failed, and no other may fill.
    """

    def make(
        preview_group: GroupPreview,
        inpainter: Inpainter,
        box: Box,
        alpha: Alpha,
        report: Callable[[float], None],
    ) -> Rgb8:
        made = alpha > 0
        # another group's hole is no source
        excluded = (wanted.excluded[box.slices] | wanted.hole[box.slices]) & ~made
        job = FillJob(
            wanted.pixels.rgb[box.slices],
            made,
            excluded,
            options,
            report,
            preview=partial(preview_group.show, box, alpha),
            runtime=choice.runtime,
        )
        return by(inpainter, box, job)

    boxes = groups(wanted)
    patches, names = list[Patch](), list[str]()
    for number, box in enumerate(boxes):
        progress("fill", number / len(boxes))
        report = partial(step(progress, number, len(boxes)), "fill")
        own = partial(make, GroupPreview(preview, number, len(boxes), patches))
        patch, name, choice = choice.fill(
            partial(dilated_hole, wanted, box), partial(_patch_by, wanted, box, own, report)
        )
        patches.append(patch)
        names.append(name)
    progress("fill", 1.0)
    give_back()
    return Filled(patches, names, choice)


def _patch_by(
    wanted: Plan,
    box: Box,
    make: Callable[[Inpainter, Box, Alpha, Callable[[float], None]], Rgb8],
    report: Callable[[float], None],
    inpainter: Inpainter,
) -> Patch:
    """One group of holes, by this inpainter."""
    return _patch(wanted, box, inpainter.facts.least_px, partial(make, inpainter), report)


def groups(wanted: Plan) -> list[Box]:
    """The crop of each group of holes, as small as it can be: an inpainter may see more."""
    return geometry.regions(wanted.hole, margin_px=wanted.dilate_px + wanted.feather_px)


def dilated_hole(wanted: Plan, box: Box) -> Hole:
    """What is made of a crop: the hole, dilated, and its feathered edge."""
    return np.asarray(_alpha(wanted, box) > 0)


def sizes(wanted: Plan) -> list[tuple[int, Hole]]:
    """Of each crop the pixels of its hole, and the hole as it is filled: what a prediction needs."""
    return [
        (int(np.count_nonzero(wanted.hole[box.slices])), dilated_hole(wanted, box)) for box in groups(wanted)
    ]


def crops(wanted: Plan, make: MakeCrop, progress: Progress) -> list[Patch]:
    """Call `make` for each group of holes with its surroundings; the patches cover the dilated hole
    and its feathered edge.

    Raises:
        BadInput: the holes leave no known pixel.
    """
    boxes = groups(wanted)
    patches = []
    for number, box in enumerate(boxes):
        progress("fill", number / len(boxes))
        patches.append(_patch(wanted, box, 0, make, partial(step(progress, number, len(boxes)), "fill")))
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
        inner = geometry.translate(box, -crop.left, -crop.top).slices
        own[inner] = alpha[inner]
        alpha = own
    return Patch(crop, make(crop, alpha, report), alpha)


def _alpha(wanted: Plan, box: Box) -> Alpha:
    """How much to take of what is made: the dilated hole, and the feathered edge round it."""
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
                raise BadInput(_why_nothing_is_left(wanted))
            return box
        box = geometry.grow(box, max(box.width, box.height) // 2, width, height)


def _why_nothing_is_left(wanted: Plan) -> str:
    """What covers all that a fill could be taken from: the hole, or what is a source no more."""
    dilated = masks.dilate(wanted.hole, wanted.dilate_px)
    grown = f", grown by {wanted.dilate_px} px," if wanted.dilate_px else ""
    if not (dilated | wanted.excluded).all():
        grown += f"{'' if grown else ','} with its soft edge of {wanted.feather_px} px,"
    hidden = wanted.excluded & ~wanted.keep & ~wanted.hole
    limits = [
        words for words, flags in (("can be seen", hidden), ("is not to be kept", wanted.keep)) if flags.any()
    ]
    covered = f"all of the picture that {' and '.join(limits)}" if limits else "the whole picture"
    return f"nothing is left to fill from: {wanted.what}{grown} covers {covered}"
