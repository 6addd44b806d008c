"""A prior without a network: what lies at the sides of a hole, drawn together smoothly."""

from cleanplate.fill.base import FillJob, Prior
from cleanplate.fill.patchmatch.smooth_fill import smooth


def smooth_prior(job: FillJob, soft_px: int) -> Prior:
    """For a thin hole, whose sides say what is in it.

    Args:
        soft_px: it says the picture to so many pixels of the crop.
    """
    side_px = max(max(job.rgb.shape[:2]) // soft_px, 1)
    return Prior(smooth(job.rgb, job.hole, job.excluded), side_px)
