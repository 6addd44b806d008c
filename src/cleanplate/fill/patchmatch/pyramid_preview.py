"""What a fill has to show on its way: its hole as some size of the pyramid has it, enlarged."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from cleanplate.fill.base import PreviewCrop, Prior
from cleanplate.fill.patchmatch.pyramid import Planes, PyramidImage
from cleanplate.fill.patchmatch.pyramid_level import PyramidLevel
from cleanplate.pixels.types import Rgb8


@dataclass(frozen=True, slots=True)
class PyramidPreview:
    """Of one fill.

    Attributes:
        steps: of its pyramid, the full size first.
        finest: the number of the last one that has something to show.
        prior: what it was given; sizes that show less than that show nothing new.
        tell: is told of each preview that there could be.
    """

    steps: Sequence[PyramidImage]
    finest: int
    prior: Prior | None
    tell: PreviewCrop

    def show(self, level: PyramidLevel, number: int, part: float) -> None:
        """The hole as it is at the size with this number, of which a `part` has then been seen, 0..1."""
        if level.stays or (self.prior is not None and 2**number > self.prior.scale):
            return
        coarsest = len(self.steps) - 1
        done = min((coarsest - number + part) / (coarsest + 1 - self.finest), 1.0)
        self.tell(done, partial(_enlarged, level.planes, number, *self.steps[0].hole.shape))


def _enlarged(planes: Planes, number: int, height: int, width: int) -> Rgb8:
    """(height, width, 3): each pixel of that size is 2^number of the full one, the last may be cut off."""
    rgb = np.ascontiguousarray(planes[..., :3])
    size = (rgb.shape[1] << number, rgb.shape[0] << number)
    full = rgb if number == 0 else cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(full[:height, :width], np.uint8)
