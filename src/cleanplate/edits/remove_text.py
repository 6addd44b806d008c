"""Remove text: writing and watermarks go, the picture stays."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import cv2
import numpy as np
from pydantic import Field

from cleanplate.compositing.paste import Patch, changed_outside, paste
from cleanplate.edits.base import Edit, Edited, EditRequest, warned
from cleanplate.edits.parts import filling
from cleanplate.edits.parts.choosing import Choice, choice, told
from cleanplate.edits.parts.fillers import AUTO, PLAIN
from cleanplate.edits.parts.prompted import PromptParameters, labelled, recipe
from cleanplate.errors import BadInput
from cleanplate.fill.base import Engine, FillJob
from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch.smooth_fill import smooth
from cleanplate.models.base import ModelJob
from cleanplate.models.catalogue import missing
from cleanplate.models.run_model import run_model
from cleanplate.pixels import geometry, masks
from cleanplate.pixels.masks import painted
from cleanplate.pixels.types import Box, Hole, Mask, Pixels, Rgb8
from cleanplate.text.deghosting import deghost
from cleanplate.text.rotated_box import box_of_corners
from cleanplate.text.unblending import MarkedPicture, UnblendResult, unblend_repeated_marks

SOFT_PX = 3
"""Strokes are thin: what lies at their sides, drawn together, says the picture to so many pixels."""
RADIUS_PX = 2
"""Of the patches: between the letters there is no room for larger ones."""
REACH_PX, REACH = 16, 4.0
"""What is copied lies at most so many pixels from the strokes, and so many times half their width more."""
MARK_EDGE_PX = 2
"""Of a mark that was not quite taken off: the photo between its strokes is not to go with it."""
UNCHANGED = "no writing was found; the picture is unchanged"
NONE_OF_IT = "none of the writing is what was asked for; the picture is unchanged"
FIND, UNBLEND, FILL, LOOK, MEND = (0.0, 0.3), (0.3, 0.4), (0.4, 0.7), (0.7, 0.9), (0.9, 1.0)
"""Parts of the progress."""
DONE = (1.0, 1.0)


class RemoveTextParameters(PromptParameters):
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
    chosen: Choice
    facts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    patches: list[Patch] = field(default_factory=list)
    engines: list[str] = field(default_factory=list)

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

    A translucent mark that is written often enough is taken off (`text.unblending`). All other strokes are
    filled from what is round them. Where writing is still found afterwards at the same place, the whole line
    is filled. `request.mask`, if there is one, says where all this may be done.

    Returns:
        A picture of the same size, the same where nothing at all is written; the recipe's `warnings` say so,
        and what else was asked for and not found. Beyond the strokes, grown by
        `dilate_px + feather_px`, their rim on plain grounds (`text.deghosting`), or the lines that were
        filled whole, every value is the input's own. The recipe has the `lines` that the model read, and
        `unblended`, the number of marks that were taken off; `not_understood` are the words of the prompt
        that were not, when there are any.

    Raises:
        NothingToErase: no pixel of the mask is painted.
        BadInput: `strict`, and nothing of what is written is what the prompt names, or all of it is to be
            kept, or the prompt is not understood.
        EngineFailed: no model can do it here, or it failed.
    """
    if request.mask is not None:
        filling.check_painted(request.mask)
    work = _Work(request, cast(RemoveTextParameters, request.parameters), choice(request.runtime))
    ink = _found(work)
    if not ink.any():
        facts = recipe(work.asked, work.facts, changed_outside_mask=0)
        why = NONE_OF_IT if work.notes.get("written") else UNCHANGED
        said = warned({**facts, **_said(work, 0)}, why)
        return Edited(labelled(request.pixels, work.asked), said)
    marked = MarkedPicture(request.pixels.rgb, ink, work.open, work.notes.get("lines", []))
    taken = unblend_repeated_marks(marked, request.part("unblend", *UNBLEND))
    work.patches += taken.patches
    pixels = _filled(work, paste(request.pixels, taken.patches), taken.hole, FILL)
    pixels = _calmed(work, pixels, taken.hole)
    if (left := _left(work, pixels, ink, taken)).any():
        pixels = _filled(work, pixels, left, MEND)
        left = _left(work, pixels, left, taken, DONE)
    facts = recipe(
        work.asked,
        work.facts,
        crops=filling.boxes_of(work.patches),
        changed_outside_mask=changed_outside(request.pixels, pixels, work.patches),
    )
    facts = told({**facts, **_said(work, len(taken.patches))}, work.engines, work.chosen)
    return Edited(labelled(pixels, work.asked), warned(facts, *_not_done(work, ink, left)))


def _not_done(work: _Work, ink: Hole, left: Hole) -> list[str]:
    """What was asked for and did not happen, or happened to more than that."""
    said = [f"{words!r} was not found" for words in work.notes.get("absent", [])]
    said += [
        f"{text!r} was read, but its strokes could not be told from its ground"
        for text in _untouched(work, ink)
    ]
    if strange := work.notes.get("not_understood"):
        said.append(f"{' '.join(strange)!r} was not understood, so all writing was removed")
    if left.any():
        said.append("some writing can still be read where it was removed")
    return said


def _untouched(work: _Work, ink: Hole) -> list[str]:
    """Lines without a single stroke that is to be removed, though they lie where that is allowed."""
    found = []
    for line in work.notes.get("lines", []):
        quad = np.zeros(ink.shape, np.uint8)
        cv2.fillConvexPoly(quad, np.array(line["quad"], np.int32), 1)
        inside = (quad > 0) & work.open
        if inside.any() and not ink[inside].any():
            found.append(str(line["text"]))
    return found


def _said(work: _Work, marks: int) -> dict[str, Any]:
    """What only this edit's recipe has."""
    said = {"lines": work.notes.get("lines", []), "unblended": marks, "finder": work.facts}
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
        runtime=request.runtime,
    )
    result = run_model("find-text", job)
    work.facts = result.facts
    ink = painted(result.made) & work.open
    if not ink.any() and work.notes.get("written") != 0 and asked.strict:
        named = f" that is {asked.prompt!r}" if asked.prompt.strip() else ""
        raise BadInput(f"no writing was found in the picture{named}")
    return ink


def _left(
    work: _Work, pixels: Pixels, ink: Hole, taken: UnblendResult, share: tuple[float, float] = LOOK
) -> Hole:
    """Whole lines of what is still read where something was removed; of marks only their strokes."""
    left = np.zeros_like(ink)
    windows = geometry.regions(ink)
    report = work.request.part("look", *share)
    for number, window in enumerate(windows):
        report(number / len(windows))
        job = ModelJob(
            rgb=np.ascontiguousarray(pixels.rgb[window.slices]),
            seed=work.asked.seed,
            options={"there": ink[window.slices]},
            runtime=work.request.runtime,
        )
        left[window.slices] = painted(run_model("find-text", job).made)
    for patch in taken.patches:
        left[patch.box.slices] &= masks.dilate(patch.alpha > 0, MARK_EDGE_PX)
    return left & work.open


def _filled(work: _Work, pixels: Pixels, hole: Hole, share: tuple[float, float]) -> Pixels:
    """The picture with the hole made from its surroundings; what was done is kept in `work.patches`."""
    from cleanplate.fill.patchmatch.fill import fill
    from cleanplate.fill.patchmatch.prior import Prior

    plan = filling.plan(
        pixels,
        Mask(hole.astype(np.float32)),
        work.request.keep,
        dilate_px=work.asked.dilate_px,
        feather_px=work.asked.feather_px,
    )
    far = ~masks.dilate(hole, _reach_px(hole))
    options = FillOptions(seed=work.asked.seed, radius_px=RADIUS_PX)

    def make(engine: Engine, box: Box, job: FillJob) -> Rgb8:
        if engine.name != PLAIN:
            return engine.fill(job)
        soft = Prior(smooth(job.rgb, job.hole, job.excluded), max(max(job.rgb.shape[:2]) // SOFT_PX, 1))
        excluded = job.excluded | (far[box.slices] & ~job.hole)
        return fill(job.rgb, job.hole, excluded, options, job.progress, soft)

    report = work.request.part("fill", *share)
    work.chosen = work.chosen.networks_within(work.request.budget_ms, lambda: filling.sizes(plan))
    filled = filling.fill(plan, work.chosen, options, lambda _stage, done: report(done), make)
    work.patches += filled.patches
    work.engines += filled.engines
    return paste(pixels, filled.patches)


def _calmed(work: _Work, pixels: Pixels, hole: Hole) -> Pixels:
    """The picture without what the strokes have left beside them on plain grounds."""
    places = [box_of_corners(line["quad"]) for line in work.notes.get("lines", [])]
    patches = deghost(work.request.pixels.rgb, pixels.rgb, hole, places)
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
    engine=AUTO,
    roles=("find-text",),
)
