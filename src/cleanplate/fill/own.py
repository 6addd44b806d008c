"""Our own PatchMatch: copies matching texture from the surroundings. No download, no GPU."""

from cleanplate.fill.base import Engine, FillJob
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import Runtime


def _missing(_runtime: Runtime) -> str:
    try:
        import numba  # noqa: F401
    except (ImportError, OSError) as error:
        return f"the package numba does not load: {error}"
    return ""


def _fill(job: FillJob) -> Rgb8:
    from cleanplate.fill.patchmatch.fill import fill

    return fill(job.rgb, job.hole, job.excluded, job.options, job.progress)


def _predict_ms(hole_px: int, fast: bool) -> float:
    return 15 + hole_px * 0.001 if fast else 60 + hole_px * 0.003


ENGINE = Engine(
    name="patchmatch",
    summary="copies matching texture from the surroundings, and matches tone and grain",
    missing=_missing,
    fill=_fill,
    predict_ms=_predict_ms,
    rank=5,
)
