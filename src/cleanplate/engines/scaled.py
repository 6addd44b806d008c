"""Fill at a bounded working size, then give the fill its full-size detail.

An engine like the PatchMatch wheel takes about 60 us for each hole pixel on one core, and its patches are
small against the structures of a 4096-px photo. A hole beyond the bound is filled on an area-averaged crop,
where patches reach further, and the fine band is copied from the photo afterwards.
"""

from math import ceil, sqrt

import numpy as np

from cleanplate.engines.base import Engine, FillJob
from cleanplate.imaging.types import Rgb8
from cleanplate.patchmatch import detail

WORKING_HOLE_PX = 40_000
"""Hole pixels that are filled at full size; more are filled at 1/2, 1/3, ... of it."""
FAST_FACTOR = 2
"""`fast` halves both sides of the working size: a quarter of the pixels, about a quarter of the time."""
SMALLEST_HOLE_PX = 256
"""A hole with fewer pixels than this is always filled at full size: there is nothing to save."""


def fill(engine: Engine, job: FillJob, *, fast: bool = False) -> Rgb8:
    """Fill `job` with `engine`.

    Returns:
        (H, W, 3) uint8, equal to `job.rgb` outside the hole.
    """
    factor = _factor(int(np.count_nonzero(job.hole)), fast)
    if factor == 1:
        return engine.fill(job)
    small = _shrink(job, factor)
    if not (~(small.hole | small.barred)).any():
        return engine.fill(job)
    return detail.add_detail(job.rgb, engine.fill(small), job.hole, job.barred, factor, job.seed)


def _factor(hole_px: int, fast: bool) -> int:
    if hole_px < SMALLEST_HOLE_PX:
        return 1
    return ceil(sqrt(hole_px / WORKING_HOLE_PX)) * (FAST_FACTOR if fast else 1)


def _shrink(job: FillJob, factor: int) -> FillJob:
    hole = detail.shrink_any(job.hole, factor)
    return FillJob(
        rgb=detail.shrink(job.rgb, factor),
        hole=hole,
        # a block that mixes hole and barred pixels must be made: its hole part needs a colour
        barred=detail.shrink_any(job.barred, factor) & ~hole,
        seed=job.seed,
    )
