"""A picture that says itself where it is to be edited: by pixels that are wholly transparent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from cleanplate.compositing.paste import is_opaque, made_opaque
from cleanplate.edits.base import EditRequest
from cleanplate.pixels.types import Mask

EXACTLY: Final[Mapping[str, int]] = {"dilate_px": 0, "feather_px": 0}
"""Parameters of an edit that makes just these pixels: what is seen of the picture stays as it is."""


def with_own_mask(request: EditRequest) -> EditRequest | None:
    """The request with a mask of what is wholly transparent in its picture, which is opaque there.

    None: the request has a mask, or no pixel of its picture is wholly transparent.
    """
    pixels = request.pixels
    if request.mask is not None or pixels.alpha is None:
        return None
    flags = np.asarray(pixels.alpha == 0)
    if not flags.any():
        return None
    pixels = made_opaque(pixels, flags)
    if pixels.alpha is not None and is_opaque(pixels.alpha):
        pixels = replace(pixels, alpha=None)
    return replace(request, pixels=pixels, mask=Mask(flags))
