"""Remove text: writing and watermarks go, the picture stays."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import cv2
import numpy as np
from pydantic import Field

from cleanplate.edits import filling
from cleanplate.edits.base import Edit, Edited, EditRequest
from cleanplate.edits.filling import DEFAULT_ENGINE
from cleanplate.edits.unblend import Marked, TakenOff, take_off
from cleanplate.edits.worded import Worded, labelled, recipe
from cleanplate.errors import BadInput
from cleanplate.imaging import geometry, masks
from cleanplate.imaging.composite import Patch, changed_outside, paste
from cleanplate.imaging.masks import painted
from cleanplate.imaging.plain import calmed
from cleanplate.imaging.tilted import of_quad
from cleanplate.imaging.types import Alpha, Box, Hole, Mask, Pixels, Rgb8
from cleanplate.models.base import ModelJob
from cleanplate.models.catalogue import missing
from cleanplate.models.play import play
from cleanplate.patchmatch.fill import fill
from cleanplate.patchmatch.guess import Guess
from cleanplate.patchmatch.manner import Manner
from cleanplate.patchmatch.smooth import smooth

SOFT_PX = 3
"""Strokes are thin: what lies at their sides, drawn together, says the picture to so many pixels."""
RADIUS_PX = 2
"""Of the patches: between the letters there is no room for larger ones."""
REACH_PX, REACH = 16, 4.0
"""What is copied lies at most so many pixels from the strokes, and so many times half their width more."""
MARK_EDGE_PX = 2
"""Of a mark that was not quite taken off: the photo between its strokes is not to go with it."""
FIND, UNBLEND, FILL, LOOK, MEND = (0.0, 0.3), (0.3, 0.4), (0.4, 0.7), (0.7, 0.9), (0.9, 1.0)
"""Parts of the progress."""


class RemoveTextParameters(Worded):
    """What `remove_text` can be told.

    Attributes:
        prompt: what to remove: a language, a side, "watermark", quoted words; empty is all writing.
        dilate_px: grow the strokes by this much; they are found with their soft edges.
        feather_px: width of the soft edge outside that. Beyond it nothing changes.
        strict: words that are not understood, or no known watermark, are an error, else all writing is meant;
            writing of which nothing is what the prompt names is one too, else the picture stays as it is.
    """

    dilate_px: int = Field(0, ge=0, le=64)
    feather_px: int = Field(2, ge=0, le=64)
    strict: bool = True


@dataclass(slots=True)
class _Work:
    """One call: what was asked for, and what the finder said."""

    request: EditRequest
    asked: RemoveTextParameters
    facts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    patches: list[Patch] = field(default_factory=list)

    @property
    def open(self) -> Hole:
        """(H, W): True where something may be changed."""
        request = self.request
        flags = np.ones((request.pixels.height, request.pixels.width), np.bool_)
        if request.mask is not None:
            flags &= painted(request.mask.alpha)
        if request.keep is not None:
            flags &= ~painted(request.keep.alpha)
        return flags


def run(request: EditRequest) -> Edited:
    """Remove what the prompt names, or all writing, and look again whether any is left.

    A translucent mark that is written often enough is taken off (`edits.unblend`). All other strokes are
    filled from what is round them. Where writing is still found afterwards at the same place, the whole line
    is filled. `request.mask`, if there is one, says where all this may be done.

    Returns:
        A picture of the same size, the same where nothing at all is written. Beyond the strokes, grown by
        `dilate_px + feather_px`, their rim on plain grounds (`imaging.plain`), or the lines that were filled
        whole, every value is the input's own. The recipe has the `lines` that the model read, and
        `unblended`, the number of marks that were taken off; `not_understood` are the words of the prompt
        that were not, when there are any.

    Raises:
        BadInput: `strict`, and nothing of what is written is what the prompt names, or all of it is to be
            kept, or the prompt is not understood.
        EngineFailed: no model can do it here, or it failed.
    """
    work = _Work(request, cast(RemoveTextParameters, request.parameters))
    ink = _found(work)
    if not ink.any():
        facts = recipe(work.asked, work.facts, engine=DEFAULT_ENGINE, changed_outside_mask=0)
        return Edited(labelled(request.pixels, work.asked), {**facts, **_said(work, 0)})
    marked = Marked(request.pixels.rgb, ink, work.open, work.notes.get("lines", []))
    taken = take_off(marked, request.part("unblend", *UNBLEND))
    work.patches += taken.patches
    pixels = _filled(work, paste(request.pixels, taken.patches), taken.hole, FILL)
    pixels = _calmed(work, pixels, taken.hole)
    if (left := _left(work, pixels, ink, taken)).any():
        pixels = _filled(work, pixels, left, MEND)
    facts = recipe(
        work.asked,
        work.facts,
        engine=DEFAULT_ENGINE,
        crops=filling.boxes_of(work.patches),
        changed_outside_mask=changed_outside(request.pixels, pixels, work.patches),
    )
    return Edited(labelled(pixels, work.asked), {**facts, **_said(work, len(taken.patches))})


def _said(work: _Work, marks: int) -> dict[str, Any]:
    """What only this edit's recipe has."""
    said = {"lines": work.notes.get("lines", []), "unblended": marks}
    if "not_understood" in work.notes:
        said["not_understood"] = work.notes["not_understood"]
    return said


def _found(work: _Work) -> Hole:
    """The strokes to remove; none in a picture without any writing, which is then done already."""
    asked, request = work.asked, work.request
    job = ModelJob(
        rgb=request.pixels.rgb,
        prompt=asked.prompt,
        seed=asked.seed,
        options={"strict": asked.strict},
        progress=request.part("find", *FIND),
        note=work.notes.__setitem__,
    )
    played = play("find-text", job)
    work.facts = played.facts
    ink = painted(played.made) & work.open
    if not ink.any() and work.notes.get("written") != 0 and asked.strict:
        named = f" that is {asked.prompt!r}" if asked.prompt.strip() else ""
        raise BadInput(f"no writing was found in the picture{named}")
    return ink


def _left(work: _Work, pixels: Pixels, ink: Hole, taken: TakenOff) -> Hole:
    """Whole lines of what is still read where something was removed; of marks only their strokes."""
    left = np.zeros_like(ink)
    windows = geometry.regions(ink)
    report = work.request.part("look", *LOOK)
    for number, window in enumerate(windows):
        report(number / len(windows))
        job = ModelJob(
            rgb=np.ascontiguousarray(pixels.rgb[window.slices]),
            seed=work.asked.seed,
            options={"there": ink[window.slices]},
        )
        left[window.slices] = painted(play("find-text", job).made)
    for patch in taken.patches:
        left[patch.box.slices] &= masks.dilate(patch.alpha > 0, MARK_EDGE_PX)
    return left & work.open


def _filled(work: _Work, pixels: Pixels, hole: Hole, share: tuple[float, float]) -> Pixels:
    """The picture with the hole made from its surroundings; what was done is kept in `work.patches`."""
    plan = filling.plan(
        pixels,
        Mask(hole.astype(np.float32)),
        work.request.keep,
        dilate_px=work.asked.dilate_px,
        feather_px=work.asked.feather_px,
    )
    far = ~masks.dilate(hole, _reach_px(hole))
    manner = Manner(seed=work.asked.seed, radius_px=RADIUS_PX)

    def make(box: Box, alpha: Alpha, report: Callable[[float], None]) -> Rgb8:
        made = alpha > 0
        rgb, barred = plan.pixels.rgb[box.slices], plan.barred[box.slices] & ~made
        soft = Guess(smooth(rgb, made, barred), max(max(rgb.shape[:2]) // SOFT_PX, 1))
        return fill(rgb, made, barred | (far[box.slices] & ~made), manner, report, soft)

    report = work.request.part("fill", *share)
    patches = filling.crops(plan, make, lambda _stage, done: report(done))
    work.patches += patches
    return paste(pixels, patches)


def _calmed(work: _Work, pixels: Pixels, hole: Hole) -> Pixels:
    """The picture without what the strokes have left beside them on plain grounds."""
    places = [of_quad(line["quad"]) for line in work.notes.get("lines", [])]
    patches = calmed(work.request.pixels.rgb, pixels.rgb, hole, places)
    patches = [replace(patch, alpha=patch.alpha * work.open[patch.box.slices]) for patch in patches]
    work.patches += patches
    return paste(pixels, patches)


def _reach_px(hole: Hole) -> int:
    """How far from the strokes their ground is still the same sign or wall: some widths of a stroke."""
    depth = cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return REACH_PX + round(REACH * float(depth.max()))


EDIT = Edit(
    name="remove_text",
    summary="remove writing and watermarks",
    parameters=RemoveTextParameters,
    run=run,
    missing=partial(missing, "find-text"),
    engine=DEFAULT_ENGINE,
    roles=("find-text",),
)
