"""Repeated patterns: copies of one mark in a picture, registered, and found where nobody could read them."""

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.geometry import clip, grow, translate
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Alpha, Box, Hole, Rgb8

STEEP = 10.0
"""Differences from the surroundings count up to so many levels: the photo's edges must not drown the mark."""
SURROUNDINGS_PX = 5.0
NUDGE = 0.4
"""A copy is looked for within so many heights of where it was read."""
ALIKE = 0.15
"""Correlation that a copy needs, whatever the likest have."""
LIKEST, AS_ALIKE = 5, 0.4
"""And of what the likest have in the mean."""
VOTES = 0.4
"""Share of the copies in which a pixel must be ink to be of the mark."""
NEAR_PX = 6
"""Strokes that few copies show lie among those that many do, or so near to them."""
LITTLE = 0.06
"""Correlation of a copy that stands where one is expected."""
FEW = 6
"""So few copies may stand in rows without any step between them being there twice."""
OFTEN = 0.1
"""For each place, so many others stand at a step that leads along a row."""
JITTER_PX = 1
"""Copies in rows that are not level stand at whole pixels all the same."""
LEAST = 0.05
"""Of each side, in the picture, for a copy that is cut off by its border: of less hardly a stroke is seen."""
MOST = 200
ROUNDS = 3
"""Of moving the copies: the mean of all is a clearer pattern than any."""


def relief(rgb: Rgb8) -> NDArray[np.float32]:
    """(H, W): brightness above the surroundings, -`STEEP`..`STEEP`: where a mark shows most."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    above = grey - cv2.GaussianBlur(grey, (0, 0), SURROUNDINGS_PX)
    return np.asarray(np.clip(above, -STEEP, STEEP), np.float32)


def register_copies(ink: Hole, boxes: Sequence[Box]) -> list[Box]:
    """Boxes of the first one's size, each moved to where it is most like the others; cut ones are left out.

    Args:
        ink: (H, W), the strokes that were found: what lies behind the mark is another thing in each copy.
        boxes: where the same words were read, one of usual size first.
    """
    strokes = np.asarray(cv2.GaussianBlur(ink.astype(np.float32), (0, 0), 1), np.float32)
    found = [boxes[0]]
    pattern = strokes[boxes[0].slices]
    for _ in range(ROUNDS):
        places = (_nearest(strokes, pattern, box) for box in boxes)
        found = [place for place in places if place is not None]
        pattern = np.mean([strokes[place.slices] for place in found], axis=0).astype(np.float32)
    return found


def _nearest(strokes: NDArray[np.float32], pattern: NDArray[np.float32], box: Box) -> Box | None:
    """Where near the box the pattern fits best; None when there is no room for it."""
    rows, columns = pattern.shape
    left = (box.left + box.right - columns) // 2
    top = (box.top + box.bottom - rows) // 2
    reach_px = max(round(NUDGE * min(rows, columns)), 4)
    around = grow(Box(left, top, left + columns, top + rows), reach_px, strokes.shape[1], strokes.shape[0])
    if around.width < columns or around.height < rows:
        return None
    likeness = _likeness_map(strokes[around.slices], pattern)
    down, right = np.unravel_index(int(likeness.argmax()), likeness.shape)
    corner = Box(
        around.left,
        around.top,
        around.left + columns,
        around.top + rows,
    )
    return translate(corner, int(right), int(down))


def find_copies(raised: NDArray[np.float32], known: Sequence[Box], ink: Hole) -> list[Box]:
    """All places in the picture that look like the mark, the likest first.

    Marks stand in rows: a step that leads from one to another twice is tried from each, to places that look
    only a little like it, and to such as lie partly outside the picture.

    Args:
        raised: `relief` of the picture.
        known: copies of it, most of them in register.
        ink: (H, W), the strokes that were found in the picture.

    Returns:
        Boxes of one size; those that reach beyond the picture come last.
    """
    found = list(known)
    where = hull(shared_ink(ink, known))  # of the copies that are found now, most were never read
    for _ in range(ROUNDS):
        pattern = np.median([raised[box.slices] for box in found], axis=0) * where
        if not pattern.any():
            return []
        likeness = _likeness_map(raised, pattern.astype(np.float32))
        found = _peaks(likeness.copy(), pattern.shape[1], pattern.shape[0])
    return _in_rows(found, likeness, raised.shape[1], raised.shape[0])


def _likeness_map(raised: NDArray[np.float32], pattern: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation of the pattern with each window of its size, by upper left corner."""
    return np.asarray(cv2.matchTemplate(raised, pattern, cv2.TM_CCOEFF_NORMED), np.float32)


def _in_rows(found: Sequence[Box], likeness: NDArray[np.float32], width: int, height: int) -> list[Box]:
    often = _steps(found)
    places, beyond = _in_steps(found, often), list[Box]()
    waiting = list(places)
    while waiting and len(places) < MOST:
        here = waiting.pop()
        for box in (translate(here, *step) for step in often):
            part = clip(box, width, height)
            inside_share = min(part.width / box.width, part.height / box.height)
            if inside_share < LEAST or _overlaps_any(box, [*places, *beyond]):
                continue
            if inside_share < 1:
                beyond.append(box)
            elif (summit := _summit(likeness, box)) is not None:
                places.append(summit)
                waiting.append(summit)
    return places + beyond


def _steps(found: Sequence[Box]) -> list[tuple[int, int]]:
    """What leads from one place to another, often; rows that are not level have steps of broken pixels."""
    steps = Counter((b.left - a.left, b.top - a.top) for a in found for b in found if a != b)
    if len(found) <= FEW:
        return list(steps)
    about = {
        step: sum(steps[step[0] + x, step[1] + y] for x in (-1, 0, 1) for y in (-1, 0, 1)) for step in steps
    }
    return [step for step, count in about.items() if count >= max(OFTEN * len(found), 2)]


def _in_steps(found: Sequence[Box], often: Sequence[tuple[int, int]]) -> list[Box]:
    """Those of the places that stand in a row; all, when there are no rows."""
    known = set(often)
    rows = [a for a in found if any((b.left - a.left, b.top - a.top) in known for b in found if a != b)]
    return rows or list(found)


def _summit(likeness: NDArray[np.float32], box: Box) -> Box | None:
    """The box where the mark fits better than round it, when that is just there."""
    top, left = max(box.top - NEAR_PX, 0), max(box.left - NEAR_PX, 0)
    near = likeness[top : box.top + NEAR_PX + 1, left : box.left + NEAR_PX + 1]
    down, right = np.unravel_index(int(near.argmax()), near.shape)
    off = int(right) + left - box.left, int(down) + top - box.top
    return translate(box, *off) if near.max() >= LITTLE and max(map(abs, off)) <= JITTER_PX else None


def _overlaps_any(box: Box, others: Sequence[Box]) -> bool:
    near = (other for other in others if abs(box.left - other.left) < box.width // 2)
    return any(abs(box.top - other.top) < box.height // 2 for other in near)


def hull(outline: Hole) -> Hole:
    """The convex hull of what is True, and a little round it."""
    points = cv2.findNonZero(outline.astype(np.uint8))
    flags = np.zeros(outline.shape, np.uint8)
    if points is not None:
        cv2.fillConvexPoly(flags, cv2.convexHull(points), 1)
    return dilate(np.asarray(flags > 0), NEAR_PX)


def shared_ink(ink: Hole, places: Sequence[Box]) -> Hole:
    """(H, W) of a copy: what is ink in many of them."""
    if not places:
        return np.zeros((0, 0), np.bool_)
    return np.asarray(np.mean([ink[box.slices] for box in places], axis=0) >= VOTES)


def _peaks(likeness: NDArray[np.float32], width: int, height: int) -> list[Box]:
    found: list[Box] = []
    scores: list[float] = []
    while len(found) < MOST:
        down, right = np.unravel_index(int(likeness.argmax()), likeness.shape)
        score = float(likeness[down, right])
        if score < AS_ALIKE * float(np.mean(scores[:LIKEST] or [score])) or score < ALIKE:
            break
        found.append(Box(int(right), int(down), int(right) + width, int(down) + height))
        scores.append(score)
        _exclude_round(likeness, found[-1])
    return found


def mark_likeness(raised: NDArray[np.float32], alpha: Alpha) -> float:
    """How like the mark a window of its size is, -1..1."""
    pattern = alpha - cv2.GaussianBlur(alpha, (0, 0), SURROUNDINGS_PX)
    return float(_likeness_map(raised, np.asarray(pattern, np.float32))[0, 0])


def _exclude_round(likeness: NDArray[np.float32], box: Box) -> None:
    """No other copy begins so near that the two would lie over each other."""
    rows = slice(max(box.top - box.height * 2 // 3, 0), box.top + box.height * 2 // 3)
    likeness[rows, max(box.left - box.width * 2 // 3, 0) : box.left + box.width * 2 // 3] = -1
