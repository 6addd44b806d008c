"""Transfer style: the whole picture in the style of another one."""

from functools import partial
from typing import cast

from pydantic import Field

from cleanplate.compositing.label import AI_MADE, draw_label
from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.edits.parts.prompted import visible_rgb, with_rgb
from cleanplate.edits.parts.recipes import recipe
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import TransferJob
from cleanplate.models.roles import TRANSFER
from cleanplate.models.run_model import run_model
from cleanplate.pixels.types import Pixels


class TransferParameters(Parameters):
    """How far the style of the reference is taken over.

    Attributes:
        strength: 0 leaves the picture as it is, 1 takes the whole style.
        model: name of the one that is to do it; by default the best that is here.
        label: draw "AI生成" ("made by AI") in the lower right corner.
    """

    strength: float = Field(0.8, ge=0, le=1)
    model: str = Field("", max_length=100)
    label: bool = False


def run(request: EditRequest) -> Edited:
    """Paint the picture with the colours and the brush of `request.reference`, which may be of any size.

    Returns:
        A picture of the same size and transparency.

    Raises:
        BadParameter: there is no model of that name for it.
        EngineFailed: no model can do it here, or it failed.
    """
    parameters = cast(TransferParameters, request.parameters)
    job = TransferJob(
        rgb=visible_rgb(request.pixels),
        style=visible_rgb(cast(Pixels, request.reference)),
        strength=parameters.strength,
        seed=parameters.seed,
        progress=request.part("transfer"),
        runtime=request.runtime,
    )
    result = run_model(TRANSFER, job, parameters.model)
    pixels = with_rgb(request.pixels, result.made)
    labelled = draw_label(pixels, AI_MADE, "lower-right") if parameters.label else pixels
    return Edited(labelled, recipe(parameters, result.facts))


EDIT = Edit(
    name="transfer_style",
    summary="paint the whole picture in the style of another one, the reference",
    parameters=TransferParameters,
    run=run,
    masked=False,
    reference=True,
    missing=partial(missing, TRANSFER),
    roles=("transfer",),
)
