"""PatchMatch inpainting by the PyPatchMatch wheel: native code, no download, no GPU.

C. Barnes, E. Shechtman, A. Finkelstein, D. B. Goldman: "PatchMatch", SIGGRAPH 2009.
"""

import threading

import numpy as np

from cleanplate.engines.base import Engine, FillJob
from cleanplate.errors import EngineFailed
from cleanplate.imaging.types import Rgb8

PATCH_RADIUS_PX = 5
"""Compared patches are 11 x 11. The wheel's default of 15 is 6 to 9 times slower and no better here."""

_turn = threading.Lock()  # the wheel keeps one seed for the whole process


def _missing() -> str:
    try:
        from patchmatch import patch_match
    except (ImportError, OSError) as error:
        return f"the package pypatchmatch does not load: {error}"
    return "" if patch_match.patchmatch_available else "pypatchmatch has no native library for this machine"


def _fill(job: FillJob) -> Rgb8:
    from patchmatch import patch_match

    rgb = job.rgb.copy()
    rgb[job.hole] = 0  # what is under the hole would leak into the first guess
    with _turn:
        patch_match.set_random_seed(job.seed)
        try:
            return patch_match.inpaint(
                rgb,
                job.hole.astype(np.uint8),
                global_mask=job.barred.astype(np.uint8) if job.barred.any() else None,
                patch_size=PATCH_RADIUS_PX,
            )
        except (RuntimeError, ValueError) as error:
            raise EngineFailed("the fill failed", log=f"pypatchmatch: {error}") from error


ENGINE = Engine(
    name="patchmatch",
    summary="copies matching texture from the surroundings (PyPatchMatch)",
    missing=_missing,
    fill=_fill,
)
