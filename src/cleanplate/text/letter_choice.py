"""Letter choice: which of the pixels that look like letters are those of the line that was read there.

What a line says is known before its strokes are. So strokes are read by themselves, black on white: the dark
parts of a building under a faint word say nothing, and are not taken for it. It also tells the inside of an
outline from the holes of letters, and a stamp from the print beneath.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TypeAlias

import cv2
import numpy as np

from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole
from cleanplate.text.letter_bodies import LetterBodies
from cleanplate.text.rotated_box import RotatedBox

ReadInk: TypeAlias = Callable[[Hole, RotatedBox], tuple[str, float]]
"""What strokes, (h, w), say in this rectangle, and how sure that is, 0..1."""

TRIED = 6
"""So many of those that look most like letters are read."""
WORTH = 0.2
"""Share of the best score below which nothing is."""
SURE = 0.95
"""Likeness to the line's words from which on no other strokes are tried."""
BETTER = 0.05
"""What looks less like letters must read so much better."""
LEAST, SHORT = 0.35, 4
"""Likeness below which it is not what was read; of fewer signs that says nothing."""
ALIKE = 0.6
"""Likeness of what is enclosed by an outline, for it to be the letters."""
ENCLOSED, ENCLOSED_PX = 0.75, 2
"""Share of a part's edge that lies along the outline, or so far from it."""
NEARLY, OWN_COLOUR = 0.6, 0.8
"""Of the best score: what is enclosed by the letters must itself look like letters by so much; and nearly all
of it must be the line's own."""
LARGE = 0.15
"""Area of what is added to the letters, in shares of theirs."""
ALL_ALONG = 0.3
"""Share of the pixel steps with letters in which what is enclosed must be: print has holes in a quarter."""
APART = 0.5
"""Share of other strokes that lies away from the letters: their soft edges do not."""
BETWEEN, GOES_OVER = 0.6, 0.1
"""Shares of the edge of what lies between letters: along them, and where it goes over into a wide area of its
own colour. That is their ground, which reads as they do: the shapes between letters have their outlines."""
OTHER_SURE, OTHER_SIGNS = 0.85, 3
"""How surely other strokes must say something, and how many signs."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a line says, and a way to read strokes by themselves."""

    text: str
    read: ReadInk

    def likeness(self, ink: Hole, here: RotatedBox) -> float:
        """How much of the line's words the strokes say, 0..1."""
        said, _ = self.read(ink, here)
        return SequenceMatcher(None, _signs(self.text), _signs(said), autojunk=False).ratio()


def choose_letters(
    found: Sequence[tuple[Hole, LetterBodies | None]], wording: Wording | None, here: RotatedBox
) -> LetterBodies | None:
    """The letters of a line.

    Args:
        found: (h, w) each: all pixels of a kind, and what looks like letters of them.
        wording: without it, what looks most like letters is taken.
        here: the line's rectangle in this window.

    Returns:
        None when nothing looks like letters, or says what was read.
    """
    ranked = sorted((one for _, one in found if one is not None), key=lambda one: -one.score)
    best = _surest(ranked, wording, here)
    if best is None:
        return None
    ink = best.ink.copy()
    ranked = [one for one in ranked if one is best or not _is_ground(one, best)]
    for other in ranked:
        alike = other.score > NEARLY * best.score and other.own > OWN_COLOUR
        if other is not best and alike and _is_enclosed(other.ink, best.ink):
            ink |= other.ink
    if wording is not None:
        for more in (
            *_enclosed_letters(found, best, wording, here),
            *_other_words(ranked, best, wording, here),
        ):
            ink |= more
    return replace(best, ink=ink)


def _signs(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _surest(ranked: Sequence[LetterBodies], wording: Wording | None, here: RotatedBox) -> LetterBodies | None:
    """The one that reads most like the line, of those that look like letters."""
    if wording is None or not ranked or len(_signs(wording.text)) < SHORT:
        return ranked[0] if ranked else None
    best, most = ranked[0], 0.0
    for number, one in enumerate(ranked[:TRIED]):
        if one.score < WORTH * ranked[0].score:
            break
        likeness = wording.likeness(one.ink, here)
        if number == 0 or likeness > most + BETTER:
            best, most = one, likeness
        if most >= SURE:
            break
    return best if most >= LEAST else None


def _is_enclosed(other: Hole, ink: Hole) -> bool:
    """Whether nearly all of the edge of what is another colour lies along the ink."""
    ring = np.asarray(cv2.dilate(other.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~other
    near = np.asarray(cv2.dilate(ink.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    return bool(np.count_nonzero(ring & near) > ENCLOSED * np.count_nonzero(ring))


def _is_ground(other: LetterBodies, best: LetterBodies) -> bool:
    """Whether it is what the letters stand on, cut off from its wide parts beside them."""
    edge = dilate(other.ink, 1) & ~other.ink
    count = np.count_nonzero(edge)
    between = np.count_nonzero(edge & dilate(best.ink, ENCLOSED_PX))
    goes_over = np.count_nonzero(edge & (other.areas | other.passing))
    return bool(between > BETWEEN * count and goes_over > GOES_OVER * count)


def _enclosed_letters(
    found: Sequence[tuple[Hole, LetterBodies | None]], best: LetterBodies, wording: Wording, here: RotatedBox
) -> Iterator[Hole]:
    """Letters of another colour within what was found, which then is their outline."""
    near = dilate(best.ink, ENCLOSED_PX)
    least = LARGE * np.count_nonzero(best.ink)
    for raw, one in found:
        if one is best:
            continue
        inner = _enclosed_parts(raw & ~best.ink, near, least)
        if np.count_nonzero(inner) < least or _share_along(inner, best.ink, here) < ALL_ALONG:
            continue
        if wording.likeness(inner, here) >= ALIKE:
            yield inner


def _share_along(inner: Hole, ink: Hole, here: RotatedBox) -> float:
    """In how many of the pixel steps along the line that have ink there is some of this: 1 is as many."""
    angle = np.deg2rad(here.angle_deg)

    def steps(flags: Hole) -> int:
        rows, columns = np.nonzero(flags)
        return len(np.unique(np.rint(columns * np.cos(angle) + rows * np.sin(angle))))

    return steps(inner) / max(steps(ink), 1)


def _enclosed_parts(raw: Hole, near: Hole, least: float) -> Hole:
    """The connected parts whose edge lies along the ink, and the outer edge too.

    Of a bar under letters only the edges of its holes do. None where they have fewer than `least` pixels.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(raw.astype(np.uint8), connectivity=4)
    spread = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    ring = ~raw & (spread > 0)
    edges = np.bincount(spread[ring], minlength=count)
    along = np.bincount(spread[ring & near], minlength=count)
    kept = along > ENCLOSED * np.maximum(edges, 1)
    kept[0] = False
    if stats[kept, cv2.CC_STAT_AREA].sum() < least:  # mostly so, and the outer edges take longer
        return np.zeros_like(raw)
    beside = dilate(near, 1)
    for number in np.flatnonzero(kept):
        left, top, width, height, _ = stats[number]
        here = (slice(top, top + height), slice(left, left + width))
        kept[number] = _outer_share(labels[here] == number, beside[here]) > ENCLOSED
    return np.asarray(kept[labels])


def _outer_share(part: Hole, near: Hole) -> float:
    """Share of the outer edge of one connected part, without that of its holes, that is near the ink."""
    contours, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    columns, rows = np.concatenate(contours)[:, 0].T
    return float(near[rows, columns].mean())


def _other_words(
    ranked: Sequence[LetterBodies], best: LetterBodies, wording: Wording, here: RotatedBox
) -> Iterator[Hole]:
    """Strokes of another colour that say something by themselves: a stamp over print, or print under it."""
    near = dilate(best.ink, ENCLOSED_PX)
    least = LARGE * np.count_nonzero(best.ink)
    for other in ranked:
        area = np.count_nonzero(other.ink)
        if other is best or other.own < OWN_COLOUR or area < least:
            continue
        if np.count_nonzero(other.ink & ~near) < APART * area:
            continue
        said, sure = wording.read(other.ink, here)
        if sure >= OTHER_SURE and len(_signs(said)) >= OTHER_SIGNS:
            yield other.ink
