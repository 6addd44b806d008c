"""Cut out: the main subject alone, on clear ground."""

from typing import cast

import numpy as np

from cleanplate.compositing.paste import is_opaque
from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.edits.parts.main_subject import LEAST_AREA, sharpen_outline
from cleanplate.edits.parts.prompted import opacity8, visible_rgb, with_rgb
from cleanplate.edits.parts.recipes import recipe
from cleanplate.errors import BadInput
from cleanplate.models.catalogue import missing
from cleanplate.models.jobs import SubjectJob
from cleanplate.models.roles import SUBJECT
from cleanplate.models.run_model import run_model
from cleanplate.pixels.masks import is_painted


class CutOutParameters(Parameters):
    """What `cut_out` can be told: nothing."""


def run(request: EditRequest) -> Edited:
    """Make clear what is not of the main subject.

    Returns:
        The picture with an opacity: 255 in the subject, 0 beside it, between at its outline. What was clear
        stays so. The recipe has the `share` of the picture that is left.

    Raises:
        BadInput: nothing stands out.
        EngineFailed: no model can do it here, or it failed.
    """
    pixels = request.pixels
    job = SubjectJob(rgb=visible_rgb(pixels), progress=request.part("find"), runtime=request.runtime)
    result = run_model(SUBJECT, job)
    inside = is_painted(result.made)
    if inside.mean() < LEAST_AREA:
        raise BadInput("image: it has no main subject that stands out")
    opacity = np.rint(255 * sharpen_outline(pixels.rgb, result.made)).astype(np.uint8)
    own = opacity8(pixels)
    if own is not None and not is_opaque(own):
        opacity = np.minimum(opacity, own)
    facts = recipe(cast(CutOutParameters, request.parameters), result.facts)
    return Edited(with_rgb(pixels, pixels.rgb, opacity), facts | {"share": round(float(inside.mean()), 6)})


EDIT = Edit(
    name="cut_out",
    summary="keep the main subject alone, on clear ground",
    parameters=CutOutParameters,
    run=run,
    missing=lambda runtime: missing(SUBJECT, runtime),
    masked=False,
    roles=("subject",),
    bytes_per_pixel=12.0,
)
