"""One row of a contact sheet: a photo, what was asked for, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from cleanplate.pixels.types import Box, Mask, Pixels, Rgb8


def _as_it_is(rgb: Rgb8) -> Rgb8:
    return rgb


@dataclass(frozen=True, slots=True)
class Case:
    """What goes into an edit.

    Attributes:
        photo: file name in the folder of photographs.
        caption: what was asked for, as the sheet says it.
        parameters: of the edit.
        crop: part of the photo that is used; None is all of it.
        width_px: the picture is scaled to this width first, never enlarged; 0 keeps its size.
        mask: makes the mask from the picture; None where the edit needs none.
        spoil: what is done to the picture first (shrunk, compressed, greyed).
        look: part of the result that the sheet shows at 100 %; None shows all of it.
    """

    photo: str
    caption: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    crop: Box | None = None
    width_px: int = 0
    mask: Callable[[Pixels], Mask] | None = None
    spoil: Callable[[Rgb8], Rgb8] = _as_it_is
    look: Box | None = None

    def prepared(self, rgb: Rgb8) -> Rgb8:
        """The picture that the edit gets, from the photo."""
        part = rgb if self.crop is None else rgb[self.crop.slices]
        if 0 < self.width_px < part.shape[1]:
            height = round(part.shape[0] * self.width_px / part.shape[1])
            part = np.asarray(cv2.resize(part, (self.width_px, height), interpolation=cv2.INTER_AREA))
        return self.spoil(np.ascontiguousarray(part))
