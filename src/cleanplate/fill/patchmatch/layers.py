"""What it costs to copy from far above, below or beside: skies stay up, and roads stay on the ground.

A scene in layers has in one row what it has a column further on, and something else higher up. How far a
picture is such a scene is measured on what is known of it; a texture is none, and is copied from anywhere.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.pyramid import PyramidImage
from cleanplate.pixels.types import Hole

PLACE_COST = 15_000.0
"""Squared grey levels that a source a whole picture away costs, where the scene is all in layers."""
FITS = 8
"""Rounds in which rows and columns are fitted in turn."""


class Layers(NamedTuple):
    """Squared grey levels that a source costs.

    Attributes:
        down: as far up or down as the picture is high.
        across: as far to the side as it is wide.
    """

    down: float
    across: float


NOWHERE = Layers(0.0, 0.0)
"""Every place is as good."""


def layers_of(step: PyramidImage) -> Layers:
    """How far this picture lies in layers, judged at a small size of it.

    Colours are taken as a sum of what the row and what the column says. Each alone would be misled: where the
    sky's right half is a hole, the columns there seem to be of another colour.
    """
    known = ~(step.hole | step.excluded)
    if not known.any():
        return NOWHERE
    colours = step.planes[..., :3].astype(np.float64)
    offsets = np.where(known[..., None], colours - colours[known].mean(axis=0), 0)
    down, across = np.zeros_like(offsets[:, :1]), np.zeros_like(offsets[:1])
    for _ in range(FITS):
        down = _means(offsets - across, known, 1)
        across = _means(offsets - down, known, 0)
    whole = float(np.square(offsets).sum()) or 1.0
    told = (float((np.square(part) * known[..., None]).sum()) / whole for part in (down, across))
    return Layers(*(PLACE_COST * min(share, 1.0) for share in told))


def _means(colours: NDArray[np.float64], known: Hole, axis: int) -> NDArray[np.float64]:
    """Of what is known along an axis, which is kept with length 1; 0 where nothing is."""
    counts = known.sum(axis=axis, keepdims=True)[..., None]
    sums = np.where(known[..., None], colours, 0).sum(axis=axis, keepdims=True)
    return np.asarray(sums / np.maximum(counts, 1), np.float64)
