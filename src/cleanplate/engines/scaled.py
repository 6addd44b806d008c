"""Fill at a working size that grows slowly with the hole, then give the fill its full-size detail.

An engine like the PatchMatch wheel takes about 60 us for each hole pixel on one core, and its patches are
small against the structures of a 4096-px photo. A hole beyond the bound is filled on an area-averaged crop,
where patches reach further, and the fine band is copied from the photo afterwards.
"""

import numpy as np

from cleanplate.engines.base import Engine, FillJob
from cleanplate.imaging.types import Rgb8
from cleanplate.patchmatch import detail

FULL_SIZE_HOLE_PX = 9_000
"""Up to this many hole pixels are filled at full size, in about half a second."""
GROWTH = 0.4
"""Beyond it the scale is (hole / bound) ** GROWTH: 1.3 for a hole of 5 % at 512 x 512, 3.7 for 1 % and 6.1
for 5 % at 4096 x 4096, so that the time grows with the fifth root of the hole. A lower power is slower and
keeps more of the structure, a higher one coarsens large holes."""
PATCHMATCH_MS_PER_PX = 0.06
FIXED_MS = 60.0
"""Measured on two cores; see `benchmarks/`."""
FAST_SCALE = 2.0
"""`fast` halves both sides of the working size: a quarter of the pixels, about a quarter of the time."""
SMALLEST_HOLE_PX = 256
"""A hole with fewer pixels than this is always filled at full size: there is nothing to save."""


def fill(engine: Engine, job: FillJob, *, fast: bool = False) -> Rgb8:
    """Fill `job` with `engine`.

    Returns:
        (H, W, 3) uint8, equal to `job.rgb` outside the hole.
    """
    scale = _scale(int(np.count_nonzero(job.hole)), fast)
    small = _shrink(job, scale) if scale > 1 else job
    if small is job or (small.hole | small.barred).all():
        return engine.fill(job)
    return detail.add_detail(job.rgb, engine.fill(small), job.hole, job.barred, job.seed)


def predict_ms(hole_px: int, *, fast: bool) -> float:
    """About how long a fill with the PatchMatch engine takes on one core of a laptop."""
    return FIXED_MS + hole_px / _scale(hole_px, fast) ** 2 * PATCHMATCH_MS_PER_PX


def _scale(hole_px: int, fast: bool) -> float:
    """Full size over working size."""
    if hole_px < SMALLEST_HOLE_PX:
        return 1.0
    beyond = max(1.0, hole_px / FULL_SIZE_HOLE_PX)
    return float(beyond**GROWTH) * (FAST_SCALE if fast else 1.0)


def _shrink(job: FillJob, scale: float) -> FillJob:
    height, width = job.hole.shape
    shape = (max(1, round(height / scale)), max(1, round(width / scale)))
    hole = detail.shrink_any(job.hole, shape)
    return FillJob(
        rgb=detail.shrink(job.rgb, shape),
        hole=hole,
        # a pixel that mixes hole and barred must be made: its hole part needs a colour
        barred=detail.shrink_any(job.barred, shape) & ~hole,
        seed=job.seed,
    )
