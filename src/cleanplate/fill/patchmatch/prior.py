"""The prior: what a hole roughly looks like, as a network that sees only small pictures says it.

Structure from the prior, texture from the photo. At the sizes that show all of the prior, and at two more,
sources are looked for that are like the prior, and no vote changes it; at those two the whole picture is made
as soft as the prior is, so that like is compared with like, and what is found is copied sharp. In the end the
coarse part of the fill is the prior's own: where the photo has nothing like it, the fill stays soft rather
than turn into something else.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.base import Prior
from cleanplate.fill.patchmatch import pyramid
from cleanplate.fill.patchmatch.finish import Votes
from cleanplate.fill.patchmatch.pyramid import Planes, PyramidImage
from cleanplate.pixels.types import Rgb8

GUIDED_SIDES = 4
"""The largest size that is guided, in sides of what the prior shows. Patches are small beside things there,
so that something like them is found where nothing is like larger ones."""
UNLIKE_FROM, UNLIKE_TO = 12.0, 28.0
"""Levels by which fill and prior differ, seen coarsely. Detail found elsewhere is taken in full up to the
first, and not at all beyond the second: it is of something else."""

MOST_GAIN = 2.0
"""How far the contrast of detail is raised."""


def prior_planes(prior: Prior, rgb: Rgb8, steps: Sequence[PyramidImage]) -> dict[int, Planes]:
    """The prior in its picture, by number of the step: all sizes that are guided, the coarsest at least.

    Args:
        rgb: (H, W, 3) the picture.
        steps: of its pyramid, the full size first.
    """
    full = steps[0]
    filled = np.asarray(cv2.copyTo(prior.rgb, full.hole.view(np.uint8), rgb.copy()), np.uint8)
    sizes = pyramid.shrunk(filled, full.excluded, len(steps))
    last = len(steps) - 1
    return {
        number: _soften(step.planes, prior.side_px)
        for number, step in enumerate(sizes)
        if number == last or max(step.hole.shape) <= GUIDED_SIDES * prior.side_px
    }


def apply_prior(votes: Votes, prior: Prior) -> Votes:
    """The votes with their own detail, and as bright and as coloured as the prior in all that it can show."""
    sigma = prior.scale
    made = (votes.hole | votes.ring).view(np.uint8)
    wanted = np.asarray(cv2.copyTo(prior.rgb[votes.box.slices], made, votes.mean_vote.copy()), np.uint8)
    coarse = _coarse(wanted, sigma)
    shift = coarse - _coarse(votes.mean_vote, sigma)
    unlike = np.sqrt(_variance(shift, sigma))
    other = np.clip((unlike - UNLIKE_FROM) / (UNLIKE_TO - UNLIKE_FROM), 0, 1)[..., None]
    guided = (coarse + _detail(votes, sigma)) * (1 - other) + wanted * other
    colours = np.asarray(np.clip(np.rint(guided), 0, 255), np.uint8)
    return replace(votes, mean_vote=colours, best_source=colours)


def _detail(votes: Votes, sigma: float) -> NDArray[np.float32]:
    """What is finer than the prior shows: half as all patches say, half as the best does, with the contrast
    of that. Sources that only look alike from afar differ in it, and a mean of what differs is flat."""
    best_source = votes.best_source - _coarse(votes.best_source, sigma)
    mean_vote = votes.mean_vote - _coarse(votes.mean_vote, sigma)
    mean = np.asarray(cv2.addWeighted(best_source, 0.5, mean_vote, 0.5, 0), np.float32)
    gain = np.sqrt((_variance(best_source, sigma) + 1) / (_variance(mean, sigma) + 1))
    return np.asarray(mean * np.clip(gain, 1, MOST_GAIN)[..., None], np.float32)


def _variance(planes: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """(h, w), mean square of (h, w, 3) round each pixel, twice as far as a pixel of the prior goes."""
    return np.asarray(cv2.GaussianBlur((planes**2).mean(axis=2), (0, 0), 2 * sigma), np.float32)


def _coarse(rgb: Rgb8, sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), sigma), np.float32)


def _soften(planes: Planes, side_px: int) -> Planes:
    """Without what does not fit into a picture of that side."""
    height, width = planes.shape[:2]
    scale = side_px / max(height, width)
    if scale >= 1:
        return planes
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(planes, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
