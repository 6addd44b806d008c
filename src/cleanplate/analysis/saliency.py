"""What a picture shows: its subjects, found by contrast alone, without a network.

R. Achanta et al.: "Frequency-tuned salient region detection", CVPR 2009 (distance from the mean colour);
J. Zhang et al.: "Minimum barrier salient object detection at 80 FPS", ICCV 2015, 3.3 (distance from the
colours of each border); C. Rother et al.: "GrabCut", 2004 (its outline).
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import thicken
from cleanplate.pixels.types import Hole, Rgb8

SIDE_PX = 192
"""Longer side of the picture that is looked at."""
SMALLEST_PX = 16
"""A picture with a shorter side, at that size, has no subject."""
BLUR_SIGMA = 1.5
BORDER_SHARE = 0.08
"""Width of the borders whose colours are those of the background."""
COLOUR_NOISE = 20.0
"""Variance in CIELAB that colours of one thing have at least."""
LEAST_CONTRAST = 5.0
"""In CIELAB, from the mean colour; where all is nearer to it, nothing stands out."""
CENTRE_HEIGHT, CENTRE_WIDTH = 0.5, 0.4
"""Where the middle ends, as shares of the sides: subjects are rarely at the border."""
SURELY, SURELY_NOT = 1.6, 0.5
"""Times the threshold of Otsu: what GrabCut takes for granted."""
ALMOST_WHOLE = 0.9
CUT_ROUNDS = 2
SMALLEST_SHARE = 0.002
"""Of the picture; what is smaller is no subject."""

SKY_WINDOW_PX = 5
SKY_VARIANCE = 30.0
"""Squared levels of each colour within that window; where it is less, it is smooth."""
SKY_SHARE = 0.25
"""Of the top edge that a sky takes at least."""

SKIN_LOW, SKIN_HIGH = (50, 135, 80), (255, 175, 125)
"""Y, Cr, Cb. D. Chai, K. Ngan: "Face segmentation using skin-color map", 1999, a little narrower."""
SKIN_COMMON = 0.18
"""Where more of the picture has its colour, it is sand, wood or brick."""
FACE_SHARES = (0.003, 0.2)
FACE_ASPECTS = (0.4, 2.0)
FACE_SOLIDITY = 0.5
HEAD_REACH = 0.4
"""How far hair goes round a face, as a share of the root of its area."""
EDGE_PX = 3
"""That guess never reaches the picture's edge: only what is seen there is cut off by it."""

_F32: TypeAlias = NDArray[np.float32]


def saliency(rgb: Rgb8) -> _F32:
    """How much each pixel stands out.

    Args:
        rgb: (H, W, 3) uint8, both sides at least 16 px; meant for small pictures.

    Returns:
        (H, W) float32 in [0, 1]; all 0 when its colours are all but one.
    """
    soft = cv2.GaussianBlur(rgb, (0, 0), BLUR_SIGMA).astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(soft, cv2.COLOR_RGB2LAB), np.float32)
    tuned = np.linalg.norm(lab - lab.reshape(-1, 3).mean(axis=0), axis=2)
    if tuned.max() < LEAST_CONTRAST:
        return np.zeros(tuned.shape, np.float32)
    found = (_full(_unlike_borders(lab)) + _full(tuned)) * _centre(lab.shape[0], lab.shape[1])
    return _full(found)


def subjects(rgb: Rgb8) -> list[Hole]:
    """Things that stand out, and faces on or beside them.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        (H, W) each, True = it; they may overlap. Their outlines are those of a picture of `SIDE_PX`.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, SIDE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if min(size) < SMALLEST_PX:
        return []
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    things = _things(_cut_out(small) & ~_sky(small))
    found = [*things, *_heads(small, things)]
    return [_enlarge(thing, width, height) for thing in found]


def _enlarge(flags: Hole, width: int, height: int) -> Hole:
    return np.asarray(
        cv2.resize(flags.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST), np.bool_
    )


def _full(values: _F32) -> _F32:
    """Scaled to a largest value of 1."""
    return np.asarray(values / max(float(values.max()), 1e-6), np.float32)


def _unlike_borders(lab: _F32) -> _F32:
    """Distance from each border's colours, summed over the three borders that are most like the pixel."""
    wide = max(2, round(BORDER_SHARE * min(lab.shape[:2])))
    borders = (lab[:wide], lab[-wide:], lab[:, :wide], lab[:, -wide:])
    each = np.stack([_full(_distance(lab, border.reshape(-1, 3))) for border in borders])
    return np.asarray(each.sum(axis=0) - each.max(axis=0), np.float32)


def _distance(lab: _F32, colours: _F32) -> _F32:
    """Mahalanobis distance of each pixel from a set of colours."""
    spread = np.linalg.inv(np.cov(colours.T) + np.eye(3) * COLOUR_NOISE)
    away = lab - colours.mean(axis=0)
    return np.asarray(np.sqrt(np.einsum("hwi,ij,hwj->hw", away, spread, away)), np.float32)


def _centre(height: int, width: int) -> _F32:
    """1 in the middle, little at the border."""
    rows = (np.arange(height) - (height - 1) / 2) / (CENTRE_HEIGHT * height)
    columns = (np.arange(width) - (width - 1) / 2) / (CENTRE_WIDTH * width)
    return np.asarray(np.exp(-(rows[:, None] ** 2) - columns**2), np.float32)


def _cut_out(small: Rgb8) -> Hole:
    """What stands out, with the outlines of the picture's own colours."""
    found = saliency(small)
    otsu, _ = cv2.threshold((found * 255).astype(np.uint8), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    threshold = otsu / 255
    marks = np.full(found.shape, cv2.GC_PR_BGD, np.uint8)
    marks[found > threshold] = cv2.GC_PR_FGD
    marks[found < SURELY_NOT * threshold] = cv2.GC_BGD
    marks[found > min(ALMOST_WHOLE, SURELY * threshold)] = cv2.GC_FGD
    seen = set(np.unique(marks).tolist())
    if not (seen & {cv2.GC_FGD, cv2.GC_PR_FGD} and seen & {cv2.GC_BGD, cv2.GC_PR_BGD}):
        return np.zeros(found.shape, np.bool_)
    back, front = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # GrabCut's first clusters are random
    cv2.grabCut(small, marks, (0, 0, 1, 1), back, front, CUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.asarray((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD), np.bool_)


def _sky(small: Rgb8) -> Hole:
    """What is smooth from a long stretch of the top edge down: it may stand out, but lies behind all."""
    colours = small.astype(np.float32)
    mean, squares = (cv2.blur(part, (SKY_WINDOW_PX,) * 2) for part in (colours, colours * colours))
    flat = ((squares - mean * mean).max(axis=2) < SKY_VARIANCE).astype(np.uint8)
    _, labels = cv2.connectedComponents(flat, connectivity=4)
    numbers, counts = np.unique(labels[0][flat[0] > 0], return_counts=True)
    wide = numbers[counts >= SKY_SHARE * small.shape[1]]
    edge = np.ones((SKY_WINDOW_PX,) * 2, np.uint8)
    return np.asarray(cv2.dilate(np.isin(labels, wide).view(np.uint8), edge) > 0, np.bool_)


def _things(flags: Hole) -> list[Hole]:
    """The connected parts that are large enough."""
    count, labels, figures, _ = cv2.connectedComponentsWithStats(flags.view(np.uint8))
    areas = figures[:, cv2.CC_STAT_AREA]
    return [labels == number for number in range(1, count) if areas[number] >= SMALLEST_SHARE * flags.size]


def _heads(small: Rgb8, things: list[Hole]) -> list[Hole]:
    """Round parts in the colour of skin, with the hair round them, that touch one of the things."""
    colours = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
    skin = cv2.morphologyEx(cv2.inRange(colours, SKIN_LOW, SKIN_HIGH), cv2.MORPH_OPEN, np.ones((3, 3)))
    if not things or np.count_nonzero(skin) > SKIN_COMMON * skin.size:
        return []
    subject = np.any(things, axis=0)
    heads = [_with_hair(part) for part in _things(skin > 0) if _is_face(part)]
    return [head for head in heads if (head & subject).any()]


def _is_face(part: Hole) -> bool:
    """True for its size and shape alone."""
    _, _, wide, tall = cv2.boundingRect(part.view(np.uint8))
    area = np.count_nonzero(part)
    hull = cv2.convexHull(cv2.findNonZero(part.view(np.uint8)))
    solid = area >= FACE_SOLIDITY * max(cv2.contourArea(hull), 1.0)
    sized = FACE_SHARES[0] < area / part.size < FACE_SHARES[1]
    return bool(solid and sized and FACE_ASPECTS[0] < wide / tall < FACE_ASPECTS[1])


def _with_hair(face: Hole) -> Hole:
    reach_px = int(HEAD_REACH * np.sqrt(np.count_nonzero(face))) + 1
    head = thicken(face, reach_px)
    inside = np.zeros_like(head)
    inside[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX] = True
    return head & (inside | face)
