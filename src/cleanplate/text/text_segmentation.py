"""Text segmentation: which pixels of a line of writing are ink, whatever its colour."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Box, Hole, Rgb8
from cleanplate.pixels.windowed_mean import mean_where
from cleanplate.text.enclosed_ground import EnclosedGround, enclosed_ground
from cleanplate.text.letter_bodies import LetterBodies, letter_candidates
from cleanplate.text.letter_choice import Wording, choose_letters
from cleanplate.text.letter_rest import letter_rest
from cleanplate.text.letter_surroundings import outline_px, with_surroundings
from cleanplate.text.rotated_box import RotatedBox, crop_level, put_back

LETTERS = 0.65
"""Height of the letters in heights of a detector's rectangle."""
SEEN_PX = 64
"""The ground of larger writing is looked for in a smaller picture: it is smooth."""
THRESHOLD = 0.6
"""Of Otsu's: the soft edges of strokes belong to them."""
FAINTEST = 6.0
"""Difference from the ground below which nothing is ink, in levels."""
WINDOW = 1.5
"""Heights of the letters round the rectangle that are looked at."""
STEP = 1.5
"""Heights of the letters from one part of a line to the next."""
PLAIN, PLAIN_SHARE = 28.0, 0.8
"""Levels from the usual colour, and share of what is beside the letters, for a ground to be plain."""
TOUCHED = 0.3
"""Pixels, in heights of the letters, by which lines may touch letters that they do not pass through."""
HALO, HALO_PX = 0.05, 2
"""Growth of the letters there, in their heights and pixels at least: what JPEG and sharpening leave."""
NEAR_PX = 4
"""What lies so near to letters may be all that is seen of their touching it: their soft edges lie between."""
PART, PART_LONG = 0.25, 2.0
"""Share of the line's score, and heights of the letters: a part that long is looked at by itself."""
GAP_PX = 2
"""Twice that is a gap between what lies round letters, to be closed."""
STEP_SHARE = 0.5
"""Heights of the letters from one step along the line to the next, where gaps are looked for."""
OTHERS = 0.5
"""Round the letters of another line, in heights of the letters, the ground is not to be seen."""


@dataclass(frozen=True, slots=True)
class InkMask:
    """Ink in a window of the picture.

    Attributes:
        ink: (box.height, box.width), True = ink.
        letters: (box.height, box.width), the letters alone, without what was drawn round them.
        plain: whether it stands on a ground of one colour, and no line passes through it.
        beyond: (box.height, box.width), True beyond the bounds of that ground, which letters touch; or None.
    """

    box: Box
    ink: Hole
    letters: Hole
    plain: bool = False
    beyond: Hole | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line in its window; arrays are (h, w) of the box, what it is written on (h, w, 3)."""

    box: Box
    inside: Hole
    behind: Rgb8
    letters_px: float
    bodies: LetterBodies


def segment_lines(
    rgb: Rgb8, places: Sequence[RotatedBox], wordings: Sequence[Wording] | None = None
) -> list[InkMask]:
    """The ink of each line: its letters, and the outline, shadow or glow that was drawn round them.

    The letters are the pixels of a colour, or darker or brighter than a smooth ground, that look most like
    writing. A connected part belongs to the line when at least half of it lies in the rectangle; it may reach
    beyond it. Lines that pass, such as a frame that letters touch, are cut off and stay.

    Args:
        rgb: (H, W, 3) uint8.
        places: the lines' rectangles, as a detector gives them.
        wordings: what each of them says, so that only strokes that say it are taken; without them, those that
            look most like letters are.

    Returns:
        One for each place, in their order; without a pixel of ink where none could be told from the ground.
    """
    says: Sequence[Wording | None] = wordings or [None] * len(places)
    lines = [_line(rgb, place, wording) for place, wording in zip(places, says, strict=True)]
    lines = [_with_rest(rgb, line, letters) for line, letters in _with_all_letters(lines, rgb.shape[:2])]
    surrounded = [_with_surroundings(rgb, *one) for one in _with_all_letters(lines, rgb.shape[:2])]
    return _without_gaps(surrounded, lines, rgb.shape[:2])


def _with_all_letters(lines: Sequence[_Line], shape: tuple[int, ...]) -> list[tuple[_Line, Hole]]:
    """Each line, and the letters of all, (H, W)."""
    letters = np.zeros(shape, np.bool_)
    for line in lines:
        letters[line.box.slices] |= line.bodies.ink
    return [(line, letters) for line in lines]


def _with_rest(rgb: Rgb8, line: _Line, letters: Hole) -> _Line:
    """The line with those of its dots and thin strokes that differ from its letters, and from the picture."""
    own = line.bodies.ink
    if not own.any():
        return line
    others = letters[line.box.slices] & ~own
    barred = others | line.bodies.passing | line.bodies.areas
    part = np.ascontiguousarray(rgb[line.box.slices])
    rest = letter_rest(part, line.behind, own, line.inside, barred, line.letters_px)
    return replace(line, bodies=replace(line.bodies, ink=own | rest))


def _line(rgb: Rgb8, place: RotatedBox, wording: Wording | None) -> _Line:
    """The letters of a line; a part of it without any is looked at by itself, for its colours are others."""
    line = _letters(rgb, place, wording)
    part = _part_without_letters(line, place)
    if part is None:
        return line
    rest = _letters(rgb, part, None)
    if rest.bodies.score < PART * line.bodies.score:
        return line
    ink, passing = (np.zeros(rgb.shape[:2], np.bool_) for _ in range(2))
    for one in (line, rest):
        ink[one.box.slices] |= one.bodies.ink
        passing[one.box.slices] |= one.bodies.passing
    window = line.box.slices
    bodies = replace(line.bodies, ink=ink[window], passing=passing[window] & ~ink[window])
    if wording is not None:
        here = place.moved(-line.box.left, -line.box.top)
        if wording.likeness(bodies.ink, here) < wording.likeness(line.bodies.ink, here):
            return line
    return replace(line, bodies=bodies)


def _part_without_letters(line: _Line, place: RotatedBox) -> RotatedBox | None:
    """The longest part of the line without any ink, or None when it is no longer than a gap between words."""
    here = place.moved(-line.box.left, -line.box.top)
    gap = _longest_gap(line.bodies.ink, line.inside, here, line.letters_px)
    if not line.bodies.ink.any() or gap is None:
        return None
    begin, end = gap
    step = _step(line.letters_px)
    middle = (begin + end) / 2 * step - place.length / 2
    angle = np.deg2rad(place.angle_deg)
    moved = place.moved(middle * float(np.cos(angle)), middle * float(np.sin(angle)))
    return replace(moved, length=(end - begin + 1) * step)


def _longest_gap(ink: Hole, inside: Hole, here: RotatedBox, letters_px: float) -> tuple[int, int] | None:
    """First and last step along the line of its longest part without ink; None where no gap is long."""
    count = max(round(here.length / _step(letters_px)), 1)
    along = _along(here, Box(0, 0, ink.shape[1], ink.shape[0]))
    start = float(along[inside].min()) if inside.any() else 0.0
    at = ((along[ink & inside] - start) / _step(letters_px)).astype(int)
    filled = np.isin(np.arange(count), at)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], filled, [True]]).astype(int)))
    if len(edges) < 2:  # noqa: PLR2004 - a start and an end
        return None
    begin, end = max(zip(edges[::2], edges[1::2], strict=True), key=lambda run: run[1] - run[0])
    return (int(begin), int(end)) if end - begin >= PART_LONG / STEP_SHARE else None


def _step(letters_px: float) -> float:
    return max(STEP_SHARE * letters_px, 1.0)


def part_without_ink(ink: Hole, place: RotatedBox) -> tuple[float, float] | None:
    """Where a line has no ink for longer than between two words, from its start to its end as 0..1; or None.

    Args:
        ink: (H, W), of the picture.
    """
    box = place.bounds(ink.shape[1], ink.shape[0])
    if min(box.width, box.height) <= 0:
        return None
    here = place.moved(-box.left, -box.top)
    letters_px = LETTERS * min(place.height, place.length)
    gap = _longest_gap(ink[box.slices], here.inside(Box(0, 0, box.width, box.height)), here, letters_px)
    count = max(round(here.length / _step(letters_px)), 1)
    return None if gap is None else (gap[0] / count, gap[1] / count)


def _letters(rgb: Rgb8, place: RotatedBox, wording: Wording | None) -> _Line:
    letters_px = LETTERS * min(place.height, place.length)
    box = place.grown(WINDOW * letters_px, WINDOW * letters_px).bounds(rgb.shape[1], rgb.shape[0])
    if box.width <= 0 or box.height <= 0:
        nothing = np.zeros((max(box.height, 0), max(box.width, 0)), np.bool_)
        behind = np.zeros((*nothing.shape, 3), np.uint8)
        return _Line(box, nothing, behind, letters_px, LetterBodies(nothing, nothing, nothing, 0.0, 0.0))
    here = place.moved(-box.left, -box.top)
    inside = here.inside(Box(0, 0, box.width, box.height))
    part = np.ascontiguousarray(rgb[box.slices])
    behind = ground(part, here)
    differs, darker = difference(part, behind)
    along = _along(here, box)
    tried = []
    for least in (threshold(differs[inside]), _local_threshold(differs, inside, along, letters_px)):
        ink = differs > least
        tried += [np.asarray(ink & darker), np.asarray(ink & ~darker)]
    found = choose_letters(letter_candidates(part, inside, letters_px, along, tried), wording, here)
    if found is None:
        nothing = np.zeros_like(inside)
        found = LetterBodies(nothing, nothing, nothing, 0.0, 0.0)
    return _Line(box, inside, behind, letters_px, found)


def _local_threshold(
    differs: NDArray[np.uint8], inside: Hole, along: NDArray[np.float32], letters_px: float
) -> NDArray[np.float32]:
    """(h, w): the threshold of each part of the line: a translucent letter is clear here and faint there."""
    start, stop = float(along[inside].min()), float(along[inside].max())
    middles = np.linspace(start, stop, max(round((stop - start) / (STEP * letters_px)), 1) + 1)
    found = []
    for middle in middles:
        near = inside & (np.abs(along - middle) <= STEP * letters_px)
        found.append(threshold(differs[near]) if near.any() else FAINTEST)
    return np.interp(along, middles, found).astype(np.float32)


def _along(here: RotatedBox, box: Box) -> NDArray[np.float32]:
    """(h, w): pixels along the line's direction."""
    angle = np.deg2rad(here.angle_deg)
    rows, columns = np.mgrid[: box.height, : box.width]
    return np.asarray(columns * np.cos(angle) + rows * np.sin(angle), np.float32)


def _with_surroundings(rgb: Rgb8, line: _Line, letters: Hole) -> InkMask:
    """The line's ink; `letters` are those of all lines, for what is another's says nothing of the ground."""
    own = line.bodies.ink
    if not own.any():
        return InkMask(line.box, own, own)
    others = dilate(letters[line.box.slices] & ~own, max(round(OTHERS * line.letters_px), 1))
    passing = dilate(line.bodies.passing, 1)
    no_ground = passing | dilate(line.bodies.areas, 1)
    part = np.ascontiguousarray(rgb[line.box.slices])
    if (no_ground & dilate(own, NEAR_PX)).any():
        enclosed = enclosed_ground(
            part, own, line.inside, others & ~own, line.bodies.passing, line.letters_px
        )
        if enclosed is not None:
            return _on_enclosed_ground(part, line, enclosed, others)
    halo_px = max(round(HALO * line.letters_px), HALO_PX)
    plain = _is_on_plain_ground(part, line, others | no_ground)
    if plain and outline_px(part, own, line.letters_px, (others & ~own) | no_ground) <= halo_px:
        ink = dilate(own, halo_px)
        touched = np.count_nonzero(no_ground & dilate(own, HALO_PX))
        return InkMask(line.box, ink & ~no_ground, own, bool(touched <= TOUCHED * line.letters_px))
    ink = with_surroundings(part, own, line.letters_px, (others & ~own) | passing)
    return InkMask(line.box, ink & ~passing, own)


def _on_enclosed_ground(part: Rgb8, line: _Line, enclosed: EnclosedGround, others: Hole) -> InkMask:
    """All that stands on the ground, and nothing beyond: not the line round it."""
    letters = (line.bodies.ink & enclosed.hull) | enclosed.strokes
    barred = (others & ~letters) | ~enclosed.hull
    halo_px = max(round(HALO * line.letters_px), HALO_PX)
    outlined = outline_px(part, letters, line.letters_px, barred) > halo_px
    ink = with_surroundings(part, letters, line.letters_px, barred) if outlined else dilate(letters, halo_px)
    return InkMask(line.box, ink & enclosed.hull, letters, not outlined, ~enclosed.hull)


def _without_gaps(inks: list[InkMask], lines: Sequence[_Line], shape: tuple[int, ...]) -> list[InkMask]:
    """With the few pixels between what lies round letters, of one line or two: they are no ground."""
    drawn, passing = np.zeros(shape, np.uint8), np.zeros(shape, np.bool_)
    for ink, line in zip(inks, lines, strict=True):
        passing[line.box.slices] |= line.bodies.passing
        if not ink.plain:
            drawn[ink.box.slices] |= ink.ink
    if not drawn.any():
        return inks
    kernel = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * GAP_PX + 1,) * 2), np.uint8)
    closed = (cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, kernel) > 0) & ~dilate(passing, 1)
    return [
        ink if ink.plain else replace(ink, ink=ink.ink | (closed[ink.box.slices] & dilate(ink.ink, GAP_PX)))
        for ink in inks
    ]


def _is_on_plain_ground(part: Rgb8, line: _Line, barred: Hole) -> bool:
    """Whether nearly all beside the letters is of one colour: a sign, a page. Then nothing is round them.

    Its own edge, as near to the letters everywhere as an outline would be, is not to be taken for one.
    """
    beside = line.inside & ~dilate(line.bodies.ink, HALO_PX) & ~barred
    if not beside.any():
        return False
    colours = part[beside].astype(np.float32)
    off = np.abs(colours - np.median(colours, axis=0)).max(axis=1)
    return float(np.mean(off <= PLAIN)) >= PLAIN_SHARE


def rectangle(rgb: Rgb8, place: RotatedBox) -> InkMask:
    """All of the line's rectangle, with half a letter round it."""
    letters_px = LETTERS * min(place.height, place.length)
    wide = place.grown(letters_px / 2, letters_px / 2)
    box = wide.bounds(rgb.shape[1], rgb.shape[0])
    inside = wide.inside(box)
    return InkMask(box, inside, inside)


def ground(part: Rgb8, place: RotatedBox) -> Rgb8:
    """What the line is written on: a median within its rectangle alone, for a sign may end beside it.

    Bold letters pull the median to their side. So it is taken twice, the second time without the clearer ink.
    """
    level = crop_level(part, place, max(min(SEEN_PX, round(place.height)), 2))
    reach_px = round(LETTERS * level.shape[0])
    first = _median(level, reach_px)
    differs, darker = difference(level, first)
    ink = differs > threshold(differs)
    sides = [np.asarray(ink & darker), np.asarray(ink & ~darker)]
    clearest = max(sides, key=lambda side: float(differs[side].mean()) if side.any() else 0.0)
    ground = _median(_without(level, clearest, reach_px), reach_px)
    return put_back(ground, place, part.shape[1], part.shape[0])


def _median(level: Rgb8, reach_px: int) -> Rgb8:
    framed = cv2.copyMakeBorder(level, reach_px, reach_px, reach_px, reach_px, cv2.BORDER_REFLECT)
    return np.asarray(
        cv2.medianBlur(framed, 2 * reach_px + 1)[reach_px:-reach_px, reach_px:-reach_px], np.uint8
    )


def _without(level: Rgb8, ink: Hole, reach_px: int) -> Rgb8:
    """The mean of what is no ink, in the place of the ink."""
    mean, count = mean_where(level, ~ink, 2 * reach_px + 1)
    out = level.copy()
    held = ink & (count >= 1)
    out[held] = np.rint(mean[held])
    return out


def difference(part: Rgb8, ground: Rgb8) -> tuple[NDArray[np.uint8], Hole]:
    """How far each pixel is from the ground, in the channel that says most; and where it is darker."""
    red, green, blue = cv2.split(cv2.absdiff(part, ground))
    differs = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    darker = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) < cv2.cvtColor(ground, cv2.COLOR_RGB2GRAY)
    return differs, np.asarray(darker)


def threshold(differs: NDArray[np.uint8]) -> float:
    """The difference from the ground, in levels, above which a pixel is ink."""
    otsu = float(cv2.threshold(differs.reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)[0])
    return max(THRESHOLD * otsu, FAINTEST)
