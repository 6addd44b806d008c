"""The ways to fill a hole that are held against each other: one picture and one hole in, one picture out."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import cv2
import numpy as np

from benchmarks.packages import package
from cleanplate.edits import erase
from cleanplate.edits.base import EditRequest
from cleanplate.fill.catalogue import inpainters
from cleanplate.pixels.types import Hole, Mask, Pixels, Rgb8
from cleanplate.runtime.runtime import Runtime, default_runtime

Fill: TypeAlias = Callable[[Rgb8, Hole], Rgb8]
"""((H, W, 3), (H, W) True = make this pixel) -> (H, W, 3), equal to the first outside the hole."""

OURS = "patchmatch"
FAST = f"{OURS} --fast"
RIVAL = "PyPatchMatch"
"""What the paired differences are taken from."""
TELEA = "cv2 Telea"
SEED = 0
PATCH_RADIUS_PX = 5
"""Of PyPatchMatch; its default of 15 is 6 to 9 times slower and no better here."""
TELEA_RADIUS_PX = 5


def _erase(rgb: Rgb8, hole: Hole, *, engine: str, fast: bool = False) -> Rgb8:
    """What the edit makes of exactly this hole: neither dilated nor feathered."""
    parameters = erase.EraseParameters(engine=engine, fast=fast, seed=SEED, dilate_px=0, feather_px=0)
    request = EditRequest(Pixels(rgb), parameters, Mask(hole), runtime=default_runtime())
    return erase.run(request).pixels.rgb


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
    OURS: partial(_erase, engine=OURS),
    FAST: partial(_erase, engine=OURS, fast=True),
    RIVAL: _pypatchmatch,
    TELEA: _telea,
}


def network_ways(runtime: Runtime) -> tuple[dict[str, Fill], list[str]]:
    """A way for each network that fills and is here, and a line for each one that is not."""
    found: dict[str, Fill] = {}
    absent = []
    for name, inpainter in sorted(inpainters(runtime).items()):
        if inpainter.facts.card is None:
            continue
        if why := inpainter.missing(runtime):
            absent.append(f"{name}: left out, {why}")
        else:
            found[name] = partial(_erase, engine=name)
    return found, absent
