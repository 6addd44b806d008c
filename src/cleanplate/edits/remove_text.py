"""Remove text: writing and watermarks go, the picture stays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import cv2
import numpy as np
from pydantic import Field

from cleanplate.compositing.paste import Patch, changed_outside, paste
from cleanplate.edits.base import Edit, Edited, EditRequest, with_warnings
from cleanplate.edits.parts import filling
from cleanplate.edits.parts.boxed_marks import LARGEST, MOST, LiftedMarks, lift_boxed_marks
from cleanplate.edits.parts.drawn_boxes import MOST_BOXES, Edges, with_boxes
from cleanplate.edits.parts.fill_preview import pasted
from cleanplate.edits.parts.filling import Filled
from cleanplate.edits.parts.prompted import PromptParameters, with_label
from cleanplate.edits.parts.recipes import crops_of, filled_share, recipe, with_fillers
from cleanplate.errors import BadInput
from cleanplate.fill.base import FillJob, Inpainter
from cleanplate.fill.catalogue import AUTO
from cleanplate.fill.choosing import Choice, choose
from cleanplate.fill.inpainters import patchmatch
from cleanplate.fill.options import FillOptions
from cleanplate.fill.smooth_prior import smooth_prior
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import FindTextJob, FoundText, TextLine
from cleanplate.models.roles import FIND_TEXT
from cleanplate.models.run_model import run_model
from cleanplate.pixels import geometry, masks
from cleanplate.pixels.distance_transform import distance_transform
from cleanplate.pixels.masks import is_painted
from cleanplate.pixels.types import Box, Hole, Mask, Pixels, Rgb8
from cleanplate.prompts.text_words import names_a_mark
from cleanplate.text.deghosting import deghost
from cleanplate.text.layer_lifting import both, lift_bars, lift_marks
from cleanplate.text.rotated_box import box_of_corners
from cleanplate.text.text_segmentation import part_without_ink
from cleanplate.text.unblending import MarkedPicture, UnblendResult, unblend_repeated_marks

RADIUS_PX = 2
"""Of the patches: between the letters there is no room for larger ones."""
REACH_PX, REACH = 64, 8.0
"""What is copied lies at most so many pixels from the strokes, and so many times half their width more."""
NEAR = 0.35
"""And on a sign so much less far, for it may end there."""
PLAIN = 0.5
"""Share of a crop's strokes on plain grounds from which on what lies at their sides leads the fill."""
SOFT_PX = 3
"""And says the picture to so many pixels."""
MARK_EDGE_PX = 2
"""Of a mark that was not quite taken off: the photo between its strokes is not to go with it."""
WORD = 3
"""Signs from which on a line is writing, and no sign in a logo."""
FILLED = "the picture does not clearly shine through the mark, so that it was filled"
UNSEEN = f"{{}} marked places were filled unseen: only the {MOST} largest are looked at for a mark to lift"
WRITING = "the writing that was found"
"""What errors call the hole: nobody sent a mask of it."""
MARKS = "the mark that was found"
BOX_HINT = f"; round a mark that cannot be read draw a box (boxes), at most {LARGEST:.0%} of the picture"
UNCHANGED = "no writing was found; the picture is unchanged"
NONE_OF_IT = "none of the writing is what was asked for; the picture is unchanged"
LIFT, FIND, UNBLEND, FILL, LOOK, MEND = (0.0, 0.1), (0.1, 0.3), (0.3, 0.4), (0.4, 0.7), (0.7, 0.9), (0.9, 1.0)
"""Parts of the progress."""
DONE = (1.0, 1.0)


class RemoveTextParameters(PromptParameters):
    """What `remove_text` can be told.

    Attributes:
        prompt: what to remove: a language, a side, "watermark", quoted words; empty is all writing.
        dilate_px: grow the strokes by this much; they are found with their soft edges.
        feather_px: width of the soft edge outside that. Beyond it nothing changes.
        strict: words that are not understood, or no known watermark or logo, are an error, else all writing
            is meant; writing of which nothing is what the prompt names is one too, else the picture stays as
            it is.
        boxes: rectangles where writing may be removed, besides the mask: (left, top, right, bottom) in
            pixels, half-open. With a prompt that names a watermark or a logo, one that cannot be read is
            taken off too where a box or a small mask is drawn round it: computed away where the picture
            shines through, else filled.
    """

    dilate_px: int = Field(0, ge=0, le=64)
    feather_px: int = Field(2, ge=0, le=64)
    strict: bool = True
    boxes: tuple[Edges, ...] = Field((), max_length=MOST_BOXES)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is written, and what of it is to go.

    Attributes:
        editable: (H, W), True where something may be changed.
        ink: (H, W), strokes to remove.
        text: what the model found.
        model: what a recipe says of it.
    """

    request: EditRequest
    parameters: RemoveTextParameters
    editable: Hole
    ink: Hole
    text: FoundText
    model: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Removal:
    """How far the removal has come: the picture, who filled, and whether writing is left in it."""

    pixels: Pixels
    patches: list[Patch]
    names: list[str]
    choice: Choice
    left: Hole


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
        `unblended`, the number of marks that were taken off, with `filled`, the share of their pixels that
        was filled all the same; `not_understood` are the words of the prompt that were not, when there are
        any.

    Raises:
        NothingToErase: no pixel of the mask is painted.
        BadInput: `strict`, and nothing of what is written is what the prompt names, or all of it is to be
            kept, or the prompt is not understood, or names a mark and none is found or boxed.
        EngineFailed: no model can do it here, or it failed.
    """
    request = _with_boxes(request)
    if request.mask is not None:
        filling.check_painted(request.mask)
    choice = choose(request.runtime)
    boxed = _boxed(request)
    if boxed is not None and boxed.lifted and not boxed.filled:
        return _without_boxed(request, boxed, choice)
    found = _find(request, strict=boxed is None)
    if boxed is not None and not _is_writing(found):
        return _without_boxed(request, boxed, choice)
    if not found.ink.any():
        return _unchanged_result(found)
    lines = [line.as_json() for line in found.text.lines]
    marked = MarkedPicture(request.pixels.rgb, found.ink, found.editable, lines)
    taken = _lift(found, unblend_repeated_marks(marked, request.part("unblend", *UNBLEND)))
    done = _remove(found, taken, choice)
    facts = recipe(
        found.parameters,
        found.model,
        crops=crops_of(done.patches),
        changed_outside_mask=changed_outside(request.pixels, done.pixels, done.patches),
    )
    facts |= _facts(found, len(taken.patches)) | filled_share(taken.patches, taken.hole)
    facts = with_fillers(facts, done.names, done.choice)
    return Edited(
        with_label(done.pixels, found.parameters), with_warnings(facts, *_not_done(found, done.left))
    )


def _with_boxes(request: EditRequest) -> EditRequest:
    """The request with its boxes as a part of its mask."""
    parameters = cast(RemoveTextParameters, request.parameters)
    if not parameters.boxes:
        return request
    return replace(request, mask=with_boxes(request.mask, parameters.boxes, request.pixels))


def _boxed(request: EditRequest) -> LiftedMarks | None:
    """Marks that somebody drew boxes round, lifted; None where writing is asked for, or no box is small."""
    prompt = cast(RemoveTextParameters, request.parameters).prompt
    if request.mask is None or not names_a_mark(prompt):
        return None
    report = request.part("lift", *LIFT)
    marks = lift_boxed_marks(request.pixels, request.mask.flags, _editable(request), report)
    return marks if marks.lifted or marks.filled else None


def _is_writing(found: "_Found") -> bool:
    """Whether words were read: a letter or two may be a logo's."""
    return bool(found.ink.any()) and any(
        sum(sign.isalnum() for sign in line.text) >= WORD for line in found.text.lines
    )


def _without_boxed(request: EditRequest, boxed: LiftedMarks, choice: Choice) -> Edited:
    """The picture without the marks in the boxes."""
    parameters = cast(RemoveTextParameters, request.parameters)
    bare = paste(request.pixels, boxed.patches)
    feather_px = parameters.feather_px if boxed.filled else min(parameters.feather_px, 1)
    plan = filling.plan(
        bare, Mask(boxed.hole), request.keep, dilate_px=parameters.dilate_px, feather_px=feather_px
    )
    plan = replace(plan, what=MARKS)
    choice = choice.networks_within(request.budget_ms, lambda: filling.sizes(plan))
    report = request.part("fill", *FILL)
    preview = pasted(request.preview, bare, partial(with_label, parameters=parameters))
    options = FillOptions(seed=parameters.seed)
    filled = filling.fill(plan, choice, options, lambda _stage, done: report(done), preview=preview)
    pixels = paste(bare, filled.patches)
    patches = [*boxed.patches, *filled.patches]
    facts = recipe(
        parameters,
        None,
        crops=crops_of(patches),
        changed_outside_mask=changed_outside(request.pixels, pixels, patches),
    )
    facts |= {"lines": [], "unblended": boxed.lifted, "filled_marks": boxed.filled, "finder": None}
    facts |= filled_share(boxed.patches, boxed.hole)
    facts = with_fillers(facts, filled.names, filled.choice)
    warnings = (
        FILLED if boxed.filled > boxed.unseen else "",
        UNSEEN.format(boxed.unseen) if boxed.unseen else "",
    )
    return Edited(with_label(pixels, parameters), with_warnings(facts, *warnings))


def _unchanged_result(found: _Found) -> Edited:
    """The picture as it was, and why."""
    facts = recipe(found.parameters, found.model, changed_outside_mask=0) | _facts(found, 0)
    facts = with_warnings(facts, NONE_OF_IT if found.text.written else UNCHANGED)
    return Edited(with_label(found.request.pixels, found.parameters), facts)


def _remove(found: _Found, taken: UnblendResult, choice: Choice) -> _Removal:
    """Fill what was not taken off, and fill again what is still read."""
    pixels = paste(found.request.pixels, taken.patches)
    filled = _fill(found, pixels, taken.hole, choice, FILL)
    pixels = paste(pixels, filled.patches)
    ghosts = _ghosts(found, pixels, taken.hole)
    pixels = paste(pixels, ghosts)
    patches = [*taken.patches, *filled.patches, *ghosts]
    left = _left_over(found, pixels, found.ink, taken.patches, LOOK)
    if not left.any():
        return _Removal(pixels, patches, filled.names, filled.choice, left)
    again = _fill(found, pixels, left, filled.choice, MEND)
    pixels = paste(pixels, again.patches)
    left = _left_over(found, pixels, left, taken.patches, DONE)
    return _Removal(pixels, [*patches, *again.patches], [*filled.names, *again.names], again.choice, left)


def _lift(found: _Found, taken: UnblendResult) -> UnblendResult:
    """Without the bars under captions, and without large translucent letters."""
    places = [box_of_corners(line.quad) for line in found.text.lines]
    bare = paste(found.request.pixels, taken.patches)
    bars = lift_bars(bare.rgb, taken.hole, found.editable, places)
    bare = paste(bare, bars.patches)
    letters = taken.hole if found.text.letters is None else found.text.letters & taken.hole
    lifted = both(bars, lift_marks(bare.rgb, bars.hole, letters, found.editable, places))
    return UnblendResult([*taken.patches, *lifted.patches], lifted.hole)


def _not_done(found: _Found, left: Hole) -> list[str]:
    """What was asked for and did not happen, or happened to more than that."""
    warnings = [f"{words!r} was not found" for words in found.text.absent]
    warnings += [
        f"{line.text!r} was read, but its strokes could not be told from its ground"
        for line in _untouched_lines(found)
    ]
    warnings += [
        f"{part!r} of {line.text!r} was read, but its strokes could not be told from their ground"
        for line, part in _untouched_parts(found)
    ]
    if strange := found.text.not_understood:
        warnings.append(f"{' '.join(strange)!r} was not understood, so all writing was removed")
    if left.any():
        warnings.append("some writing can still be read where it was removed")
    return warnings


def _untouched_lines(found: _Found) -> list[TextLine]:
    """Lines without a single stroke that is to be removed, though they lie where that is allowed."""
    lines = []
    for line in found.text.lines:
        quad = np.zeros(found.ink.shape, np.uint8)
        cv2.fillConvexPoly(quad, np.array(line.quad, np.int32), 1)
        inside = (quad > 0) & found.editable
        if inside.any() and not found.ink[inside].any():
            lines.append(line)
    return lines


def _untouched_parts(found: _Found) -> Iterator[tuple[TextLine, str]]:
    """Lines of which a part as long as some letters is not to be removed, and about what that says."""
    untouched = _untouched_lines(found)
    for line in found.text.lines:
        place = box_of_corners(line.quad)
        if line in untouched or place.upright:
            continue
        gap = part_without_ink(found.ink | ~found.editable, place)
        if gap is not None:
            begin, end = (round(share * len(line.text)) for share in gap)
            part = line.text[begin:end].strip()
            if part:
                yield line, part


def _facts(found: _Found, marks: int) -> dict[str, Any]:
    """What only this edit's recipe has."""
    text = found.text
    facts = {
        "lines": [line.as_json() for line in text.lines],
        "unblended": marks,
        "finder": found.model,
    }
    return facts | {"not_understood": list(text.not_understood)} if text.not_understood else facts


def _find(request: EditRequest, *, strict: bool = True) -> _Found:
    """The strokes to remove; none in a picture without any writing, which is then done already.

    A mark is not: it may be there though nobody can read it.
    """
    parameters = cast(RemoveTextParameters, request.parameters)
    job = FindTextJob(
        rgb=request.pixels.rgb,
        prompt=parameters.prompt,
        seed=parameters.seed,
        strict=parameters.strict,
        progress=request.part("find", *FIND),
        runtime=request.runtime,
    )
    result = run_model(FIND_TEXT, job)
    editable = _editable(request)
    ink = is_painted(result.made.alpha) & editable
    of_a_mark = names_a_mark(parameters.prompt)
    if not ink.any() and (of_a_mark or result.made.written) and parameters.strict and strict:
        named = f" that is {parameters.prompt!r}" if parameters.prompt.strip() else ""
        hint = BOX_HINT if of_a_mark else ""
        raise BadInput(f"no writing was found in the picture{named}{hint}")
    return _Found(request, parameters, editable, ink, result.made, result.facts)


def _editable(request: EditRequest) -> Hole:
    """(H, W): True where something may be changed."""
    flags = np.ones((request.pixels.height, request.pixels.width), np.bool_)
    if request.mask is not None:
        flags &= request.mask.flags
    if request.keep is not None:
        flags &= ~request.keep.flags
    return flags


def _left_over(
    found: _Found, pixels: Pixels, ink: Hole, marks: Sequence[Patch], share: tuple[float, float]
) -> Hole:
    """Whole lines of what is still read where something was removed; of marks only their strokes."""
    left = np.zeros_like(ink)
    windows = geometry.regions(ink)
    report = found.request.part("look", *share)
    for number, window in enumerate(windows):
        report(number / len(windows))
        job = FindTextJob(
            rgb=np.ascontiguousarray(pixels.rgb[window.slices]),
            seed=found.parameters.seed,
            there=ink[window.slices],
            runtime=found.request.runtime,
        )
        left[window.slices] = is_painted(run_model(FIND_TEXT, job).made.alpha)
    for patch in marks:
        left[patch.box.slices] &= masks.dilate(patch.alpha > 0, MARK_EDGE_PX)
    return left & found.editable


def _fill(found: _Found, pixels: Pixels, hole: Hole, choice: Choice, share: tuple[float, float]) -> Filled:
    """Patches that make the hole from its surroundings."""
    request, parameters = found.request, found.parameters
    plan = filling.plan(
        pixels,
        Mask(hole),
        request.keep,
        dilate_px=parameters.dilate_px,
        feather_px=parameters.feather_px,
    )
    plan = replace(plan, what=WRITING)
    far, near = (~masks.dilate(hole, _reach_px(hole, times)) for times in (1, NEAR))
    plain, beyond = found.text.plain, found.text.beyond

    def make(inpainter: Inpainter, box: Box, job: FillJob) -> Rgb8:
        if beyond is not None:
            job = replace(job, excluded=job.excluded | (beyond[box.slices] & ~job.hole))
        if inpainter.facts.name != patchmatch.NAME:
            return inpainter.fill(job)
        if plain is None or np.count_nonzero(plain[box.slices] & job.hole) < PLAIN * np.count_nonzero(
            job.hole
        ):
            return inpainter.fill(replace(job, excluded=job.excluded | (far[box.slices] & ~job.hole)))
        excluded = job.excluded | (near[box.slices] & ~job.hole)
        return inpainter.fill(replace(job, excluded=excluded, prior=smooth_prior(job, SOFT_PX)))

    report = request.part("fill", *share)
    choice = choice.networks_within(request.budget_ms, lambda: filling.sizes(plan))
    options = FillOptions(seed=parameters.seed, radius_px=RADIUS_PX)
    preview = pasted(request.preview, pixels, partial(with_label, parameters=parameters))
    return filling.fill(plan, choice, options, lambda _stage, done: report(done), make, preview)


def _ghosts(found: _Found, pixels: Pixels, hole: Hole) -> list[Patch]:
    """Patches without what the strokes have left beside them on plain grounds."""
    places = [box_of_corners(line.quad) for line in found.text.lines]
    patches = deghost(found.request.pixels.rgb, pixels.rgb, hole, places)
    return [replace(patch, alpha=patch.alpha * found.editable[patch.box.slices]) for patch in patches]


def _reach_px(hole: Hole, times: float) -> int:
    """How far from the strokes their ground is still the same: some widths of a stroke."""
    return round(times * (REACH_PX + REACH * float(distance_transform(hole).max())))


EDIT = Edit(
    name="remove_text",
    summary="remove writing and watermarks",
    parameters=RemoveTextParameters,
    run=run,
    missing=partial(missing, FIND_TEXT),
    engine=AUTO,
    roles=("find-text",),
)
