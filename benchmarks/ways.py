"""The ways to fill a hole that are held against each other: one picture and one hole in, one picture out."""

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from benchmarks.packages import package
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import inpainter
from cleanplate.fill.options import FillOptions
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.runtime import default_runtime

Fill: TypeAlias = Callable[[Rgb8, Hole], Rgb8]
"""((H, W, 3), (H, W) True = make this pixel) -> (H, W, 3), equal to the first outside the hole."""

OURS = "patchmatch"
RIVAL = "PyPatchMatch"
"""What the paired differences are taken from."""
SEED = 0
PATCH_RADIUS_PX = 5
"""Of PyPatchMatch; its default of 15 is 6 to 9 times slower and no better here."""
TELEA_RADIUS_PX = 5


def _ours(rgb: Rgb8, hole: Hole, *, fast: bool) -> Rgb8:
    job = FillJob(
        rgb,
        hole,
        excluded=np.zeros_like(hole),
        options=FillOptions(seed=SEED, fast=fast),
        runtime=default_runtime(),
    )
    return inpainter(OURS, job.runtime).fill(job)


def _pypatchmatch(rgb: Rgb8, hole: Hole) -> Rgb8:
    patch_match = package("patchmatch.patch_match")
    emptied = rgb.copy()
    emptied[hole] = 0  # what is under the hole would leak into the first guess
    patch_match.set_random_seed(SEED)
    filled = patch_match.inpaint(emptied, hole.astype(np.uint8), patch_size=PATCH_RADIUS_PX)
    return np.asarray(filled, np.uint8)


def _telea(rgb: Rgb8, hole: Hole) -> Rgb8:
    filled = cv2.inpaint(rgb, hole.astype(np.uint8), TELEA_RADIUS_PX, cv2.INPAINT_TELEA)
    return np.asarray(filled, np.uint8)


WAYS: dict[str, Fill] = {
    OURS: lambda rgb, hole: _ours(rgb, hole, fast=False),
    f"{OURS} --fast": lambda rgb, hole: _ours(rgb, hole, fast=True),
    RIVAL: _pypatchmatch,
    "cv2 Telea": _telea,
}
