"""Regions: show what words would be taken for, before anything is done there."""

from typing import cast

import numpy as np
from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters, with_warnings
from cleanplate.edits.parts.recipes import extent_of, recipe
from cleanplate.edits.parts.region import find_region, role_for
from cleanplate.models.catalogue import missing
from cleanplate.models.roles import FIND, FIND_TEXT
from cleanplate.pixels import masks
from cleanplate.pixels.types import Pixels
from cleanplate.runtime.runtime import Runtime


class RegionsParameters(Parameters):
    """What `regions` can be told.

    Attributes:
        find: words for what to look for.
        shadows: also its shadow and its reflection.
    """

    find: str = Field(min_length=1, max_length=2000)
    shadows: bool = False


def run(request: EditRequest) -> Edited:
    """Find what the words say.

    Returns:
        A mask of the same size: white = it, black = all else, greys where the finder is not sure. The recipe
        has its `box` ([left, top, right, bottom]) and its `share` of the picture; with `shadows` also the
        `effects` that were added, and a warning that says so.

    Raises:
        BadInput: nothing in the picture is what the words say.
        EngineFailed: nothing that can look for it is installed, or it failed.
    """
    parameters = cast(RegionsParameters, request.parameters)
    found = find_region(request, parameters.find, request.part("find"), shadows=parameters.shadows)
    mask = np.rint(found.alpha * 255).astype(np.uint8)
    flags = masks.is_painted(found.alpha)
    facts = recipe(parameters, found.facts) | extent_of(flags)
    if found.widened is not None:
        facts = with_warnings(facts, found.widened.warning) | {"effects": found.widened.facts}
    return Edited(Pixels(np.repeat(mask[..., None], 3, axis=2)), facts)


def _lacking(parameters: Parameters, runtime: Runtime) -> str:
    return missing(role_for(cast(RegionsParameters, parameters).find), runtime)


EDIT = Edit(
    name="regions",
    summary="find what words say, and return it as a mask",
    parameters=RegionsParameters,
    run=run,
    masked=False,
    missing=lambda runtime: missing(FIND_TEXT, runtime) and missing(FIND, runtime),
    lacking=_lacking,
    roles=("find", "find-text"),
)
