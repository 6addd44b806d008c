"""Fast marching inpainting from OpenCV: smooth, quick, always there. Good for specks and scratches."""

from cleanplate.fill.base import Engine, FillJob
from cleanplate.fill.patchmatch.smooth_fill import smooth
from cleanplate.pixels.types import Rgb8


def _fill(job: FillJob) -> Rgb8:
    return smooth(job.rgb, job.hole, job.excluded)


ENGINE = Engine(
    name="telea",
    summary="smooth fill for specks and scratches (OpenCV, fast marching)",
    missing=lambda runtime: "",
    fill=_fill,
    predict_ms=lambda hole_px, fast: 5 + hole_px * 0.002,
    seeded=False,
)
