"""Inpaint: make what the mask covers anew, as the prompt says."""

from collections.abc import Callable
from functools import partial
from typing import cast

from pydantic import Field

from cleanplate.compositing.paste import Patch, changed_outside, paste
from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters, with_warnings
from cleanplate.edits.parts import filling
from cleanplate.edits.parts.fill_preview import pasted
from cleanplate.edits.parts.own_alpha import EXACTLY, with_own_mask
from cleanplate.edits.parts.prompted import ModelParameters, with_label
from cleanplate.edits.parts.recipes import crops_of, recipe, with_fillers
from cleanplate.edits.parts.result_size import ResultSize, crop_to_cover, makes_pixels
from cleanplate.errors import BadParameter
from cleanplate.fill.catalogue import AUTO
from cleanplate.fill.choosing import choose
from cleanplate.fill.options import FillOptions
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import InpaintJob
from cleanplate.models.roles import INPAINT
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Alpha, Box, Pixels, Rgb8
from cleanplate.runtime.runtime import Runtime


class InpaintParameters(ModelParameters):
    """What `inpaint` can be told.

    Attributes:
        negative_prompt: what not to make, for models that know what to do with it.
        dilate_px: grow the mask by this much; None is 1 % of the longer side, at least 4 px.
        feather_px: width of the soft edge outside the grown mask. Beyond it nothing changes.
        size: (width, height): scale the result until it covers this, and cut its middle out.
            None keeps the picture's size.
        alpha_mask: where there is no mask, what is wholly transparent in the picture is it, exactly that:
            nothing is grown, and it is opaque in the result.
    """

    negative_prompt: str = Field("", max_length=2000)
    dilate_px: int | None = Field(0, ge=0, le=512)
    feather_px: int = Field(3, ge=0, le=64)
    size: ResultSize = None
    alpha_mask: bool = False


def run(request: EditRequest) -> Edited:
    """Make what `request.mask` covers as the prompt says; without a prompt from the surroundings, as `erase`.

    Returns:
        A picture of the same size, or of `size`. Before it is scaled, every value outside the mask, grown by
        `dilate_px + feather_px`, is the input's own. The recipe warns of a mask that covers
        more than 80 %.

    Raises:
        NothingToErase: no pixel of the mask is painted, or `request.keep` has all that are.
        BadParameter: no mask.
        BadInput: no known pixel to fill from.
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(InpaintParameters, request.parameters)
    if parameters.alpha_mask and (own := with_own_mask(request)) is not None:
        request, parameters = own, parameters.model_copy(update=EXACTLY)
    if request.mask is None:
        raise BadParameter("mask: inpaint needs a mask")
    plan = filling.plan_for_drawn_mask(
        request.pixels,
        request.mask,
        request.keep,
        dilate_px=parameters.dilate_px,
        feather_px=parameters.feather_px,
    )
    choice = choose(request.runtime).networks_within(request.budget_ms, lambda: filling.sizes(plan))
    model: dict[str, str] | None = None
    if parameters.prompt.strip():
        patches, model = _by_words(plan, parameters, request)
        filled = filling.Filled(patches, [], choice)
    else:
        preview = pasted(request.preview, plan.pixels, partial(_finished, parameters=parameters))
        options = FillOptions(seed=parameters.seed)
        filled = filling.fill(plan, choice, options, request.progress, preview=preview)
    pixels = paste(plan.pixels, filled.patches)
    facts = recipe(
        parameters,
        model,
        crops=crops_of(filled.patches),
        changed_outside_mask=changed_outside(plan.pixels, pixels, filled.patches),
    )
    facts = with_warnings(
        with_fillers(facts, filled.names, filled.choice), filling.large_hole_warning(plan.hole)
    )
    return Edited(_finished(pixels, parameters), facts)


def _finished(pixels: Pixels, parameters: InpaintParameters) -> Pixels:
    return with_label(crop_to_cover(pixels, parameters.size), parameters)


def _by_words(
    plan: filling.Plan, parameters: InpaintParameters, request: EditRequest
) -> tuple[list[Patch], dict[str, str] | None]:
    """A patch for each group of holes, and what a recipe says of the model."""
    models: list[dict[str, str]] = []

    def make(box: Box, alpha: Alpha, report: Callable[[float], None]) -> Rgb8:
        job = InpaintJob(
            rgb=plan.pixels.rgb[box.slices],
            mask=(alpha > 0).astype(alpha.dtype),
            prompt=parameters.prompt,
            negative_prompt=parameters.negative_prompt,
            seed=parameters.seed,
            progress=report,
            runtime=request.runtime,
        )
        result = run_model(INPAINT, job, parameters.model)
        models.append(result.facts)
        return result.made

    patches = filling.crops(plan, make, request.progress)
    return patches, models[0] if models else None


def _limited(runtime: Runtime) -> str:
    why = missing(INPAINT, runtime)
    return f"with a prompt: {why}" if why else ""


def _lacking(parameters: Parameters, runtime: Runtime) -> str:
    return missing(INPAINT, runtime) if cast(InpaintParameters, parameters).prompt.strip() else ""


EDIT = Edit(
    name="inpaint",
    summary="make what the mask covers anew, as the prompt says",
    parameters=InpaintParameters,
    run=run,
    limited=_limited,
    lacking=_lacking,
    engine=AUTO,
    roles=("inpaint",),
    makes_pixels=makes_pixels,
)
