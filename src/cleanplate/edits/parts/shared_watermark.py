"""The same mark at the same place of many pictures: found, measured, and taken off each."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from cleanplate.compositing.paste import Patch, changed_outside, paste
from cleanplate.edits.base import Edited, with_warnings
from cleanplate.edits.parts import filling
from cleanplate.edits.parts.progress import Progress
from cleanplate.edits.parts.recipes import crops_of, with_fillers
from cleanplate.errors import BadInput, BadParameter
from cleanplate.fill.choosing import choose
from cleanplate.fill.options import FillOptions
from cleanplate.pixels.geometry import clip, grow, translate
from cleanplate.pixels.types import Box, Mask, Pixels, Rgb8
from cleanplate.runtime.runtime import Runtime
from cleanplate.text.mark_location import distinct_scenes, mark_boxes
from cleanplate.text.shared_mark import FEWEST, Explained, explained_by, explained_gain, measure_mark
from cleanplate.text.watermark import Mark, unblend, visible_outline

ANCHORS = ("upper-left", "upper-right", "lower-left", "lower-right", "middle")
"""Where the mark stands still when pictures differ in size."""

NONE = "no mark that all pictures share was found"
TOO_ALIKE = (
    f"the pictures are too alike: {{}} of {{}} show different scenes, and it takes at least {FEWEST} of them"
    " to tell a mark from what they show"
)
MOSTLY = 0.8
"""Share of the picture: a mark that covers more leaves too little beside it to compare the pictures by."""
MOST = 60
"""Pictures that are measured; more tell little."""
SEEN_PX = 1024
"""Longer side at which the mark is looked for."""
SMALL = 1 / 3
"""Of the usual width or height: a smaller picture is left out, for all are compared in the window that they
share, and of a mark it would show next to nothing."""
WORK_BYTES = 1 << 30
BYTES_A_PIXEL = 72
"""Of a copy while the mark is measured."""
MARGIN_PX = 16
SURE = 6
"""Pictures from which on a mark is well known; of fewer a part of a faint one may stay, as is said."""
LEAST_GAIN = 24_000.0
"""Levels, summed over the pixels where a mark may be, that it must explain, by the number of pictures: few
have edges in common by chance."""
HIDES = 0.85
"""Alpha above which what shines through is filled all the same: strengthened so much it is noise of JPEG."""
NEARLY = 0.85
"""The smallest place is taken that explains so much of what the best does, or of what it and the rest of the
best do each by itself."""


@dataclass(frozen=True, slots=True)
class CommonMark:
    """A mark and where it is.

    Attributes:
        mark: as large as `box`.
        box: in the window that all pictures share.
        size: (width, height) of that window.
        anchor: where the window lies in a picture.
        pictures: by so many it was measured.
    """

    mark: Mark
    box: Box
    size: tuple[int, int]
    anchor: str
    pictures: int


def window(width: int, height: int, size: tuple[int, int], anchor: str) -> Box:
    """The part of a `width` x `height` picture that all share."""
    free = (width - size[0], height - size[1])
    left = {"left": 0, "right": free[0]}.get(anchor.partition("-")[2], free[0] // 2)
    top = {"upper": 0, "lower": free[1]}.get(anchor.partition("-")[0], free[1] // 2)
    return Box(left, top, left + size[0], top + size[1])


def measure(
    sizes: Sequence[tuple[int, int] | BadInput], anchor: str, load: Callable[[int], Rgb8]
) -> CommonMark:
    """Find the mark and measure it.

    Args:
        sizes: (width, height) of each picture, or why it cannot be read.
        anchor: one of `ANCHORS`.
        load: number of a picture -> (H, W, 3) uint8. Called some times for each that is measured.

    Raises:
        BadParameter: there is no such anchor.
        BadInput: too few pictures, too few that differ, no mark to be seen, or one too large for the memory
            it may take.
    """
    if anchor not in ANCHORS:
        raise BadParameter(f"anchor: choose one of {', '.join(ANCHORS)}")
    good = {number: size for number, size in enumerate(sizes) if not isinstance(size, BadInput)}
    if len(good) < FEWEST:
        raise BadInput(
            f"a mark is told from the pictures by at least {FEWEST} of them, there are {len(good)}"
        )
    good = _large_enough(good)
    size = min(width for width, _ in good.values()), min(height for _, height in good.values())
    spread = np.linspace(0, len(good) - 1, min(len(good), MOST)).astype(int)
    numbers = [list(good)[number] for number in spread]

    def shared_window(number: int) -> Rgb8:
        return load(number)[window(*good[number], size, anchor).slices]

    scale = min(1.0, SEEN_PX / max(size))
    small = [_shrink(shared_window(number), scale) for number in numbers]
    found = _locate(small)
    different = _distinct(small, found and found[0])
    if found is None:
        raise BadInput(NONE)
    known = found[1] if len(different) == len(numbers) else None  # else views of one scene have a say in it
    numbers = [numbers[place] for place in different]
    box = _enlarged(found[0], scale, size)
    most = WORK_BYTES // (BYTES_A_PIXEL * box.width * box.height)
    if most < FEWEST:
        raise BadInput(f"the mark covers {box.width}x{box.height} px, which is too much to be measured")
    mark = measure_mark([shared_window(number)[box.slices].copy() for number in numbers[:most]], known)
    if mark is None:
        raise BadInput(NONE)
    return CommonMark(mark, box, size, anchor, min(len(numbers), most))


def _large_enough(sizes: Mapping[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Those that are not far smaller than the others. Raises `BadInput` where too few are left."""
    width, height = (float(np.median([size[axis] for size in sizes.values()])) for axis in (0, 1))
    kept = {
        number: size
        for number, size in sizes.items()
        if size[0] >= SMALL * width and size[1] >= SMALL * height
    }
    if len(kept) < FEWEST:
        small = ", ".join(f"{size[0]}x{size[1]}" for number, size in sizes.items() if number not in kept)
        raise BadInput(f"a mark is told by at least {FEWEST} pictures, and these are too small: {small} px")
    return kept


def too_small(size: tuple[int, int], common: CommonMark) -> BadInput | None:
    """Why a picture of that (width, height) cannot be cleaned; None where it can."""
    if size[0] >= common.size[0] and size[1] >= common.size[1]:
        return None
    return BadInput(f"{size[0]}x{size[1]} px is far smaller than the other pictures, and was left as it is")


def clean(pixels: Pixels, common: CommonMark, seed: int, progress: Progress, runtime: Runtime) -> Edited:
    """Take the mark off one picture; what it hides for good is filled from the surroundings.

    Args:
        pixels: at least as large as the window.
    """
    frame = window(pixels.width, pixels.height, common.size, common.anchor)
    box = translate(common.box, frame.left, frame.top)
    found = unblend(np.ascontiguousarray(pixels.rgb[box.slices]), common.mark)
    patches = [Patch(box, found.rgb, (common.mark.alpha > 0).astype(np.float32))]
    cleaned = paste(pixels, patches)
    lost = np.zeros((pixels.height, pixels.width), np.bool_)
    lost[box.slices] = found.lost | (common.mark.alpha > HIDES) | visible_outline(found.rgb, common.mark)
    plan = filling.plan(cleaned, Mask(lost), None, dilate_px=1, feather_px=1)
    plan = replace(plan, what="what the mark hides")
    filled = filling.fill(plan, choose(runtime), FillOptions(seed=seed), progress)
    result = paste(cleaned, filled.patches)
    patches += filled.patches
    facts = {
        "engine": None,
        "model": None,
        "seed": seed,
        "crops": crops_of(patches),
        "changed_outside_mask": changed_outside(pixels, result, patches),
        "alpha": round(float(common.mark.alpha.max()), 3),
        "filled": round(float(lost.sum() / max(np.count_nonzero(common.mark.alpha > 0), 1)), 3),
    }
    few = f"the mark was measured on only {common.pictures} pictures" if common.pictures < SURE else ""
    return Edited(result, with_warnings(with_fillers(facts, filled.names, filled.choice), few))


def _shrink(rgb: Rgb8, scale: float) -> Rgb8:
    if scale == 1:
        return rgb.copy()
    return np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _locate(small: Sequence[Rgb8]) -> tuple[Box, Explained] | None:
    """Where the mark is, with some room round it, and what it explains there; None where there is none."""
    width, height = small[0].shape[1], small[0].shape[0]
    found = {}
    for box in (grow(box, MARGIN_PX, width, height) for box in mark_boxes(small)):
        known = explained_by([one[box.slices] for one in small])
        if known is not None and known.gain >= LEAST_GAIN / len(small):
            found[box] = known
    if not found:
        return None
    most = max(known.gain for known in found.values())
    boxes = sorted(found, key=lambda box: box.width * box.height)
    best = next(box for box in boxes if found[box].gain >= NEARLY * most)
    best = next((box for box in boxes if _is_all(small, box, found[box].gain, best)), best)
    return best, found[best]


def _is_all(small: Sequence[Rgb8], box: Box, gain: float, best: Box) -> bool:
    """Whether all of the mark in `best` is in `box`, a part of it, and it gains only by chance round that.

    A large place gains by the edges that few pictures have in common: without the mark none of that is left.

    Args:
        gain: levels that `box` explains.
    """
    if (
        box == best
        or clip(box, best.right, best.bottom) != box
        or min(box.left - best.left, box.top - best.top) < 0
    ):
        return False
    rest = sum(explained_gain([one[part.slices] for one in small]) for part in _round(box, best))
    return gain >= NEARLY * (gain + rest)


def _round(box: Box, outer: Box) -> list[Box]:
    """What is left of `outer` above, below, left and right of `box`, where it is wide enough for a mark."""
    parts = (
        Box(outer.left, outer.top, outer.right, box.top),
        Box(outer.left, box.bottom, outer.right, outer.bottom),
        Box(outer.left, outer.top, box.left, outer.bottom),
        Box(box.right, outer.top, outer.right, outer.bottom),
    )
    return [part for part in parts if min(part.right - part.left, part.bottom - part.top) > MARGIN_PX]


def _distinct(small: Sequence[Rgb8], mark: Box | None) -> list[int]:
    """Numbers of the pictures that differ beside the mark: copies and views of one scene share more than it.

    Raises:
        BadInput: fewer than `FEWEST` differ.
    """
    beside = np.ones(small[0].shape[:2], np.bool_)
    if mark is not None and mark.width * mark.height < MOSTLY * beside.size:
        beside[mark.slices] = False
    found = distinct_scenes(small, beside)
    if len(found) < FEWEST:
        raise BadInput(TOO_ALIKE.format(len(found), len(small)))
    return found


def _enlarged(box: Box, scale: float, size: tuple[int, int]) -> Box:
    """The same place in the full-size window."""
    whole = Box(
        int(box.left / scale),
        int(box.top / scale),
        math.ceil(box.right / scale),
        math.ceil(box.bottom / scale),
    )
    return clip(whole, *size)
