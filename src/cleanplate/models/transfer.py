"""Style transfer: the picture in the style of another picture."""

import numpy as np

from cleanplate.models.base import Model
from cleanplate.models.jobs import TransferJob
from cleanplate.models.parts import any_style
from cleanplate.models.roles import TRANSFER, Ability
from cleanplate.pixels.guided_filter import guided_upsample, scale_to_fit
from cleanplate.pixels.types import Rgb8
from cleanplate.weights.card import Card

_WORKING_PX = 640 * 640
_MOST_ENLARGED = 3.0
_STEEP = 4


def _transfer(job: TransferJob) -> Rgb8:
    """The strength moves the style from the photo's own to the other; near 0 the photo itself is mixed in."""
    if job.strength <= 0:
        return job.rgb.copy()
    job.progress(0.0)
    small = scale_to_fit(job.rgb, _WORKING_PX, _MOST_ENLARGED)
    wanted, own = (any_style.read(one, job.runtime) for one in (job.style, small))
    job.progress(0.2)
    strength = np.float32(job.strength)
    made = any_style.paint(small, strength * wanted + (1 - strength) * own, job.runtime)
    job.progress(0.9)
    return guided_upsample(job.rgb, small, made, 1 - (1 - job.strength) ** _STEEP)


CARD = Card(
    name=any_style.NAME,
    licence=any_style.LICENCE,
    summary="paints a picture in the style of another one (Magenta)",
    files=(any_style.PAINTER, any_style.READER),
    needs=("onnxruntime",),
    memory_bytes=any_style.PAINT_BYTES,
)
MODEL = Model(CARD, (Ability(TRANSFER, _transfer),))
