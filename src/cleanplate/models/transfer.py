"""Style transfer: the picture in the style of another picture."""

import numpy as np

from cleanplate.models import arbitrary
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.pixels.guided_filter import carried, scaled
from cleanplate.pixels.types import Rgb8

_WORKING_PX = 640 * 640
_MOST_ENLARGED = 3.0
_STEEP = 4


def _run(role: Role, job: ModelJob) -> Rgb8:
    """The strength moves the style from the photo's own to the other; near 0 the photo itself is mixed in."""
    if job.strength <= 0:
        return job.rgb.copy()
    job.progress(0.0)
    small = scaled(job.rgb, _WORKING_PX, _MOST_ENLARGED)
    wanted, own = arbitrary.read(job.options["style"]), arbitrary.read(small)
    job.progress(0.2)
    strength = np.float32(job.strength)
    made = arbitrary.paint(small, strength * wanted + (1 - strength) * own)
    job.progress(0.9)
    return carried(job.rgb, small, made, 1 - (1 - job.strength) ** _STEEP)


MODEL = Model(
    name=arbitrary.NAME,
    roles=frozenset({"transfer"}),
    licence=arbitrary.LICENCE,
    run=_run,
    summary="paints a picture in the style of another one (Magenta)",
    files=(arbitrary.PAINTER, arbitrary.READER),
    needs=("onnxruntime",),
    memory_bytes=arbitrary.PAINT_BYTES,
)
