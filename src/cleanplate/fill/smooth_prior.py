"""A prior without a network: what lies at the sides of a hole, drawn together smoothly."""

import cv2
import numpy as np

from cleanplate.fill.base import FillJob, Prior
from cleanplate.fill.patchmatch.smooth_fill import smooth
from cleanplate.pixels.types import Hole, Rgb8


def smooth_prior(job: FillJob, soft_px: int) -> Prior:
    """For a thin hole, whose sides say what is in it.

    Args:
        soft_px: it says the picture to so many pixels of the crop.
    """
    side_px = max(max(job.rgb.shape[:2]) // soft_px, 1)
    return Prior(smooth(job.rgb, job.hole, job.excluded), side_px)


def soft_picture(job: FillJob, side_px: int) -> Rgb8:
    """The same at once, for a first look: the crop as a smooth fill of `side_px` shows it, enlarged."""
    height, width = job.hole.shape
    scale = max(max(height, width) / side_px, 1.0)
    size = (max(round(width / scale), 1), max(round(height / scale), 1))

    def any_of(flags: Hole) -> Hole:
        return np.asarray(cv2.resize(flags.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0)

    hole = any_of(job.hole)  # nothing that was under it is seen
    rgb = np.asarray(cv2.resize(job.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    made = smooth(rgb, hole, any_of(job.excluded) & ~hole)
    return np.asarray(cv2.resize(made, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
