"""Expand: grow the canvas, and continue the picture on it."""

import math
from collections.abc import Callable
from typing import cast

import numpy as np

from cleanplate.analysis.saliency import subjects
from cleanplate.compositing.paste import Patch, changed_outside, paste
from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters, with_warnings
from cleanplate.edits.parts.larger_canvas import Canvas, ExpandParameters, enlarge, result_size
from cleanplate.edits.parts.prompted import with_label
from cleanplate.edits.parts.recipes import recipe, with_fillers
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import AUTO
from cleanplate.fill.choosing import Choice, choose
from cleanplate.fill.options import FillOptions
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import OutpaintJob
from cleanplate.models.roles import OUTPAINT
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Box, Hole, Pixels, Rgb8

UNCHANGED = "no side was to grow; the picture is unchanged"
UNHEARD = "no model is installed that could follow the prompt; the picture was continued without it"
TOUCHING = 0.01
"""A subject this close to an edge, as a share of the side, is cut off by it."""
GOING_ON = 0.2
"""The part next to the edge from which a subject that is cut off goes on."""
SOURCES = 0.3
"""Share of the picture that must be left to copy from."""


def run(request: EditRequest) -> Edited:
    """Grow the canvas and fill what is new.

    With a prompt and a model that can outpaint, by the prompt; otherwise from the picture itself.

    Returns:
        A picture of W * (left + right - 1) x H * (top + bottom - 1) pixels, or as `size`, `ratio` or `add_px`
        say. The old one lies in it with every value as it was, unless it was turned by no right angle.

    Raises:
        PictureSize: the result would be too large.
        BadParameter: the picture has no room in `size`, or not at that `shift`.
        EngineFailed: the model or the inpainter failed.
    """
    parameters = cast(ExpandParameters, request.parameters)
    canvas = enlarge(request.pixels, parameters)
    if not canvas.hole.any():
        facts = recipe(parameters, None, changed_outside_mask=0)
        pixels = canvas.pixels if parameters.angle else request.pixels
        unchanged = "" if parameters.angle else UNCHANGED
        return Edited(with_label(pixels, parameters), with_warnings(facts, unchanged))
    has_words = bool(parameters.prompt.strip())
    by_words = has_words and not missing(OUTPAINT, request.runtime)
    choice = choose(request.runtime).networks_within(
        request.budget_ms, lambda: [(int(np.count_nonzero(canvas.hole)), canvas.hole)]
    )
    model: dict[str, str] | None = None
    names: list[str] = []
    if by_words:
        made, model = _outpaint(canvas, parameters, request)
    else:
        made, names, choice = _continue(canvas, parameters, request, choice)
    patch = Patch(Box(0, 0, *_size(canvas.pixels)), made, canvas.hole.astype(np.float32))
    pixels = paste(canvas.pixels, [patch])
    facts = recipe(
        parameters,
        model,
        changed_outside_mask=changed_outside(canvas.pixels, pixels, [patch]),
    )
    unheard = UNHEARD if has_words and not by_words else ""
    return Edited(with_label(pixels, parameters), with_warnings(with_fillers(facts, names, choice), unheard))


def _size(pixels: Pixels) -> tuple[int, int]:
    """(width, height)"""
    return pixels.width, pixels.height


def _outpaint(
    canvas: Canvas, parameters: ExpandParameters, request: EditRequest
) -> tuple[Rgb8, dict[str, str]]:
    job = OutpaintJob(
        rgb=canvas.pixels.rgb,
        mask=canvas.hole.astype(np.float32),
        prompt=parameters.prompt,
        seed=parameters.seed,
        progress=request.part("outpaint"),
        runtime=request.runtime,
    )
    result = run_model(OUTPAINT, job)
    return result.made, result.facts


def _continue(
    canvas: Canvas, parameters: ExpandParameters, request: EditRequest, choice: Choice
) -> tuple[Rgb8, list[str], Choice]:
    """What is new from the picture itself; and who made it: nobody where nothing can be seen to go on."""
    unseen = np.zeros_like(canvas.hole)
    if canvas.pixels.alpha is not None:
        unseen = (canvas.pixels.alpha == 0) & ~canvas.hole  # the colour of what nobody sees is arbitrary
        if (unseen | canvas.hole).all():
            return canvas.pixels.rgb, [], choice
    job = FillJob(
        rgb=canvas.pixels.rgb,
        hole=canvas.hole,
        excluded=unseen | _subjects(canvas, unseen),
        options=FillOptions(seed=parameters.seed, outpainting=True),
        progress=request.part("fill"),
        runtime=request.runtime,
    )
    made, name, choice = choice.fill(lambda: canvas.hole, lambda inpainter: inpainter.fill(job))
    return made, [name], choice


def _subjects(canvas: Canvas, unseen: Hole) -> Hole:
    """(H, W), what must not appear a second time; nothing when too little else would be left."""
    excluded = np.zeros_like(canvas.hole)
    inner = excluded[canvas.inner.slices]
    for subject in subjects(canvas.pixels.rgb[canvas.inner.slices]):
        cut = [edge for edge in _growing_edges(canvas) if edge(subject, TOUCHING).any()]
        for edge in cut:  # what the picture's edge cuts off goes on behind it
            edge(subject, GOING_ON)[:] = False
        inner |= subject
    excluded &= ~canvas.hole  # a turned picture does not fill its box
    usable = ~(canvas.hole | unseen)
    enough = np.count_nonzero(usable & ~excluded) >= SOURCES * np.count_nonzero(usable)
    return excluded if enough else np.zeros_like(excluded)


def _growing_edges(canvas: Canvas) -> list[Callable[[Hole, float], Hole]]:
    """For each side that grows: (flags of the old picture, share) -> the part next to that edge."""
    inner, height, width = canvas.inner, *canvas.hole.shape
    edges: list[tuple[bool, Callable[[Hole, float], Hole]]] = [
        (inner.top > 0, lambda flags, share: flags[: _count(flags, 0, share)]),
        (inner.bottom < height, lambda flags, share: flags[-_count(flags, 0, share) :]),
        (inner.left > 0, lambda flags, share: flags[:, : _count(flags, 1, share)]),
        (inner.right < width, lambda flags, share: flags[:, -_count(flags, 1, share) :]),
    ]
    return [part for grows, part in edges if grows]


def _makes_pixels(parameters: Parameters, width: int, height: int) -> float:
    return float(math.prod(result_size(cast(ExpandParameters, parameters), width, height)))


def _count(flags: Hole, axis: int, share: float) -> int:
    """Rows (axis 0) or columns (axis 1) that are this share of all."""
    return max(1, round(int(flags.shape[axis]) * share))


EDIT = Edit(
    name="expand",
    summary="grow the canvas and continue the picture on it",
    parameters=ExpandParameters,
    run=run,
    masked=False,
    engine=AUTO,
    roles=("outpaint",),
    bytes_per_pixel=22.0,
    makes_pixels=_makes_pixels,
)
