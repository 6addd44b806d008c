"""The main subject of a picture as a network sees it: whether it is one thing, and where its outline lies."""

from typing import Final, cast

import cv2
import numpy as np

from cleanplate.pixels.guided_filter import refine_to_edges
from cleanplate.pixels.masks import HALF, is_painted
from cleanplate.pixels.types import Alpha, Rgb8

LEAST_AREA: Final = 0.005
"""Share of the picture below which nothing stands out."""
_MOST_AREA: Final = 0.9
_SURE, _UNSURE = 0.8, 0.2
_MOST_UNSURE = 0.35
"""Pixels that the network doubts, for each that it takes for the subject."""
_LEAST_ONE = 0.85
"""Share of the subject that its largest part has to have, or it is several things."""
_NEAR = 80
"""Edges of the picture are looked for within this part of its longer side."""
_STEEP = 8


def is_clear(sure: Alpha) -> bool:
    """True when one thing of middling size stands out."""
    inside = is_painted(sure).astype(np.uint8)
    area = int(inside.sum())
    if not LEAST_AREA < area / inside.size < _MOST_AREA:
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(inside)
    largest = int(stats[1:, cv2.CC_STAT_AREA].max())
    doubtful = int(((sure > _UNSURE) & (sure < _SURE)).sum())
    return largest >= _LEAST_ONE * area and doubtful <= _MOST_UNSURE * area


def sharpen_outline(rgb: Rgb8, sure: Alpha) -> Alpha:
    """The network's doubt about the outline, narrowed to the edges that are in the picture."""
    closer = refine_to_edges(rgb, sure, max(sure.shape) // _NEAR + 1)
    return cast(Alpha, np.clip((closer - HALF) * _STEEP + HALF, 0, 1).astype(np.float32))
