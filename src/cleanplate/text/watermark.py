"""Translucent marks: how much of each pixel is mark and of what colour, from many copies, and the way back.

A marked picture is I = (1 - a) J + a W, with the same a and W in each copy and another J. T. Dekel, M.
Rubinstein, C. Liu, W. Freeman: "On the effectiveness of visible watermarks", CVPR 2017, sections 3.1 and 3.2:
the median of the gradients over all copies is the mark's, for those of the photos cancel; integrated
(Poisson) it shows where the mark is. There a and W are then a line through the points (J, I) of all copies,
with J drawn in from round the mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Alpha, Hole, Rgb8
from cleanplate.pixels.windowed_mean import mean_where

FEWEST = 4
"""Copies without which a mark cannot be told from the photos."""
CLEAR = 3.0
"""A pixel is mark when it stands out by so many times the noise of the median."""
FAINTEST = 2.5
"""And by so many levels."""
GROW_PX = 2
ROUNDS = 3
SMOOTH_PX = 6.0
"""The colour of a mark varies slowly; its outline is in alpha."""
EVEN_PX = 2.0
"""Neighbours share the first, rough estimate of alpha."""
STRENGTH_SIGMA, EVEN_COPIES = 0.2, 8
"""Alpha of so few copies is uncertain by about that."""
OPAQUE = 0.9
"""Where more of a pixel is mark nothing of the photo is left to be found."""
CLIPPED = 2
"""Levels from black or white at which the mark has cut something off."""
AWAY = 24.0
"""Levels of a mark's own colour from there, for that."""
WORTH = 0.02
STEEP = 0.15
"""Share of the steepest step of alpha from which on a pixel is on the mark's edge."""
ROUGHER, ROUGH_LEVELS, WINDOW_PX = 3.0, 2.0, 9
"""An edge shows where it is so many times as rough as its surroundings, and by so many levels."""

_Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mark:
    """A translucent mark.

    Attributes:
        alpha: (H, W) float32, 0 = nothing of it, 1 = hides the photo.
        colour: (H, W, 3) float32, 0..255.
    """

    alpha: Alpha
    colour: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class UnblendedCopy:
    """A photo without its mark.

    Attributes:
        rgb: (H, W, 3) uint8.
        lost: (H, W), True where the mark hid too much: to be filled from the surroundings.
    """

    rgb: Rgb8
    lost: Hole


def estimate(copies: Sequence[Rgb8], where: Hole | None = None) -> Mark | None:
    """What is the same in all copies.

    Args:
        copies: at least `FEWEST` windows of one size, (H, W, 3) uint8, the mark at the same place in each; it
            does not touch the borders.
        where: (H, W), True where the mark is, its soft edges included; None finds that out, which takes a
            dozen copies.

    Returns:
        The mark, or None when there is none to be seen.
    """
    if len(copies) < FEWEST:
        return None
    if where is None:
        where = outline(copies)
    if not where.any() or where.all():
        return None
    stack = np.stack(copies)
    behind = np.stack([inpaint_smoothly(copy, where) for copy in stack])
    alpha, colour = _fit(stack, behind, where)
    if float(alpha.max()) < WORTH:
        return None
    return Mark(alpha, colour)


def unblend(rgb: Rgb8, mark: Mark) -> UnblendedCopy:
    """J = (I - a W) / (1 - a).

    Args:
        rgb: (H, W, 3) uint8 of the size of the mark.
    """
    alpha = mark.alpha[..., None]
    found = (rgb - alpha * mark.colour) / np.maximum(1 - alpha, 1 - OPAQUE)
    strong = mark.alpha > 0.3  # noqa: PLR2004 - a clipped value under less is nearly right
    # a mark that is itself black or white cuts nothing off there
    black = (rgb <= CLIPPED) & (mark.colour > AWAY)
    white = (rgb >= 255 - CLIPPED) & (mark.colour < 255 - AWAY)
    clipped = (black | white).any(axis=2) & strong
    beyond = ((found < -16) | (found > 271)).any(axis=2)  # noqa: PLR2004 - more than noise
    out = rgb.copy()
    touched = mark.alpha > 0
    out[touched] = np.clip(np.rint(found), 0, 255)[touched]
    return UnblendedCopy(out, np.asarray((mark.alpha > OPAQUE) | clipped | (beyond & touched)))


def visible_outline(rgb: Rgb8, mark: Mark, rougher: float = ROUGHER) -> Hole:
    """(H, W): True along the mark's edges where they still show: rougher than what is on both sides of them.

    JPEG has mixed the two sides there, the more of it is seen the stronger the mark was.

    Args:
        rgb: (H, W, 3) uint8, without the mark.
        rougher: so many times as rough as its surroundings is an edge that shows.
    """
    steps = np.hypot(
        cv2.Sobel(mark.alpha, -1, 1, 0, scale=1 / 4), cv2.Sobel(mark.alpha, -1, 0, 1, scale=1 / 4)
    )
    strip = thicken(steps > STEEP * float(steps.max()), 1)
    planes = rgb.astype(np.float32)
    rough = np.asarray(((planes - _blur(planes, 1)) ** 2).max(axis=2), np.float32)
    there, beside = (mean_where(rough, flags, WINDOW_PX)[0] for flags in (strip, ~strip))
    return np.asarray(strip & (there > rougher * beside + ROUGH_LEVELS**2))


def outline(copies: Sequence[Rgb8]) -> Hole:
    """(H, W): True where the mark is, its soft edge included. Below ten copies much of it may be missed."""
    stack = np.stack(copies)
    shown = median_picture(stack)
    level = shown - _blur(shown, min(shown.shape[:2]) / 4)
    far = np.abs(level - np.median(level, axis=(0, 1))).max(axis=2)
    noise = 1.4826 * float(np.median(far))
    return thicken(far > max(CLEAR * noise, FAINTEST), GROW_PX)


def median_picture(stack: NDArray[np.uint8]) -> _Plane:
    """(H, W, 3): the picture whose gradients are the medians over all copies; its mean is 0.

    Solved in the frequencies of the picture mirrored at its borders, which makes the borders free.
    """
    channels = []
    for channel in range(3):
        plane = stack[..., channel].astype(np.float32)
        right = np.zeros(plane.shape[1:], np.float32)
        down = np.zeros(plane.shape[1:], np.float32)
        right[:, :-1] = np.median(np.diff(plane, axis=2), axis=0)
        down[:-1] = np.median(np.diff(plane, axis=1), axis=0)
        channels.append(_integrate(right, down))
    return np.dstack(channels)


def _integrate(right: _Plane, down: _Plane) -> _Plane:
    """The plane with these differences to the right and down, as nearly as there is one."""
    height, width = right.shape
    source = right + down
    source[:, 1:] -= right[:, :-1]
    source[1:] -= down[:-1]
    mirrored = np.concatenate([source, source[:, ::-1]], axis=1)
    spectrum = np.fft.rfft2(np.concatenate([mirrored, mirrored[::-1]], axis=0))
    across = 2 * np.cos(np.pi * np.arange(spectrum.shape[1]) / width) - 2
    along = 2 * np.cos(np.pi * np.arange(2 * height) / height) - 2
    divisor = along[:, None] + across[None, :]
    divisor[0, 0] = 1
    spectrum[0, 0] = 0
    solved = np.fft.irfft2(spectrum / divisor, s=(2 * height, 2 * width))
    return np.asarray(solved[:height, :width], np.float32)


def inpaint_smoothly(copy: Rgb8, where: Hole) -> NDArray[np.float32]:
    """The copy with what lies under the mark drawn in from round it: means over ever larger windows."""
    planes = copy.astype(np.float32)
    known = (~where).astype(np.float32)
    out, open_ = planes.copy(), where.copy()
    radius = 2.0
    while open_.any() and radius < 2 * max(where.shape):
        weight = cv2.GaussianBlur(known, (0, 0), radius)
        total = cv2.GaussianBlur(planes * known[..., None], (0, 0), radius)
        ready = open_ & (weight > 0.05)  # noqa: PLR2004 - fewer known pixels than that are chance
        out[ready] = total[ready] / weight[ready][:, None]
        open_ &= ~ready
        radius *= 1.6
    return out


def _fit(
    stack: NDArray[np.uint8], behind: NDArray[np.float32], where: Hole
) -> tuple[Alpha, NDArray[np.float32]]:
    """Alpha and colour by least squares: a line per neighbourhood, then in turn one with the other held."""
    alpha, colour = _line(stack, behind)
    for _ in range(ROUNDS):
        weight = np.where(where, alpha**2, 0).astype(np.float32) + np.float32(1e-6)
        colour = _blur(colour * weight[..., None], SMOOTH_PX) / _blur(weight, SMOOTH_PX)[..., None]
        alpha = _alpha(stack, behind, colour)
        alpha[~where] = 0
        colour = _colour(stack, behind, alpha, colour)
    alpha = _even_strength(alpha, len(stack))
    return alpha, np.clip(colour, 0, 255)


def _line(stack: NDArray[np.uint8], behind: NDArray[np.float32]) -> tuple[Alpha, NDArray[np.float32]]:
    """I over J, one slope for the three channels and an intercept for each, neighbours together."""
    mean_i, mean_j = stack.mean(axis=0, dtype=np.float32), behind.mean(axis=0)
    both = sum((i - mean_i) * (j - mean_j) for i, j in zip(stack, behind, strict=True))
    own = sum((j - mean_j) ** 2 for j in behind)
    slope = _blur(np.sum(both, axis=2), EVEN_PX) / np.maximum(_blur(np.sum(own, axis=2), EVEN_PX), 1.0)
    alpha = np.clip(1 - slope, 0, 1).astype(np.float32)
    colour = (mean_i - (1 - alpha[..., None]) * mean_j) / np.maximum(alpha, WORTH)[..., None]
    return alpha, np.clip(colour, 0, 255).astype(np.float32)


def _alpha(stack: NDArray[np.uint8], behind: NDArray[np.float32], colour: NDArray[np.float32]) -> Alpha:
    over = np.zeros(colour.shape[:2], np.float32)
    under = np.zeros(colour.shape[:2], np.float32)
    for i, j in zip(stack, behind, strict=True):
        over += ((i - j) * (colour - j)).sum(axis=2)
        under += ((colour - j) ** 2).sum(axis=2)
    return np.asarray(np.clip(over / np.maximum(under, 1.0), 0, 1), np.float32)


def _even_strength(alpha: Alpha, copies: int) -> Alpha:
    """Most marks are of one strength within their outline: the fewer copies, the more that is relied upon.

    Where all is about as strong as a pixel itself in a neighbourhood, the mean of that neighbourhood.
    """
    sigma = STRENGTH_SIGMA * min(1.0, EVEN_COPIES / copies)
    return np.asarray(cv2.bilateralFilter(alpha, -1, sigma, EVEN_PX), np.float32)


def _colour(
    stack: NDArray[np.uint8], behind: NDArray[np.float32], alpha: Alpha, before: NDArray[np.float32]
) -> NDArray[np.float32]:
    """With alpha known; where there is hardly any of it, as it was."""
    part = alpha[..., None]
    seen = (stack.mean(axis=0, dtype=np.float32) - (1 - part) * behind.mean(axis=0)) / np.maximum(part, WORTH)
    return np.where(part > 5 * WORTH, np.clip(seen, 0, 255), before).astype(np.float32)


def _blur(plane: _Plane, sigma: float) -> _Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)
