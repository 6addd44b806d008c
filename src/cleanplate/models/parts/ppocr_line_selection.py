"""Which lines of a picture a prompt means: all, those of a script or a side, watermarks, or quoted words."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from cleanplate.models.parts.ppocr_recognition import Reading
from cleanplate.prompts.text_words import DIGIT, HAN, LATIN, TextRequest, says_it_is_a_mark

ALIKE = 0.75
"""Share of signs that two readings of the same words have in common."""
EDGE = 0.2
"""What lies in this outer share of the picture's width and of its height is in a corner."""
SMALL = 0.09
"""Height of a corner mark at most, in the shorter side of the picture."""
SLANTED_DEG = 12.0


def choose_lines(readings: Sequence[Reading], wanted: TextRequest, width: int, height: int) -> list[Reading]:
    """The lines that are wanted, in their order; maybe none.

    Args:
        width, height: of the picture in pixels.
    """
    kept = [reading for reading in readings if _fits(reading, wanted, width, height)]
    return (
        [reading for reading in kept if _is_mark(reading, readings, width, height)] if wanted.marks else kept
    )


def absent_quotes(read: Sequence[Reading], wanted: TextRequest) -> list[str]:
    """Quoted words that none of the chosen lines says."""
    return [words for words in wanted.quoted if not any(_says(line.text, words) for line in read)]


def _fits(reading: Reading, wanted: TextRequest, width: int, height: int) -> bool:
    if wanted.quoted and not any(_says(reading.text, words) for words in wanted.quoted):
        return False
    if wanted.scripts and not any(_mostly(reading.text, script) for script in wanted.scripts):
        return False
    return all(_lies(reading, side, width, height) for side in wanted.sides)


def _says(text: str, words: str) -> bool:
    """Whether a line has these words, a misread sign in four allowed."""
    line, sought = _bare(text), _bare(words)
    if not sought or not line:
        return False
    size = len(sought)
    parts = [line[start : start + size] for start in range(max(len(line) - size, 0) + 1)]
    return max(SequenceMatcher(None, part, sought).ratio() for part in parts) >= ALIKE


def _bare(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _mostly(text: str, script: re.Pattern[str]) -> bool:
    """A line of two languages is of that which has more signs in it."""
    return len(script.findall(text)) >= max(1, *(len(other.findall(text)) for other in (HAN, LATIN, DIGIT)))


def _lies(reading: Reading, side: str, width: int, height: int) -> bool:
    x, y = reading.place.x / width, reading.place.y / height
    match side:
        case "left" | "top":
            return (x if side == "left" else y) < 0.5  # noqa: PLR2004 - half of the picture
        case "right" | "bottom":
            return (x if side == "right" else y) > 0.5  # noqa: PLR2004
        case "corner":
            return _outer(reading, width, height)
        case _:
            return abs(x - 0.5) < 0.25 and abs(y - 0.5) < 0.25  # noqa: PLR2004 - the inner half


def _outer(reading: Reading, width: int, height: int) -> bool:
    """Its nearest end lies in a corner of the picture."""
    corners = reading.place.corners()
    x, y = corners[:, 0] / width, corners[:, 1] / height
    return bool(min(x.min(), 1 - x.max()) < EDGE and min(y.min(), 1 - y.max()) < EDGE)


def _is_mark(reading: Reading, others: Sequence[Reading], width: int, height: int) -> bool:
    """A watermark says so, is said over and over, runs across the picture, or is small and in a corner."""
    if says_it_is_a_mark(reading.text) or reading.text.lower() in _repeated_texts(others):
        return True
    place = reading.place
    slanted = SLANTED_DEG < abs(place.angle_deg) < 90 - SLANTED_DEG
    if slanted and place.length > min(width, height) / 4:
        return True
    return _outer(reading, width, height) and place.height < SMALL * min(width, height)


def _repeated_texts(readings: Sequence[Reading]) -> set[str]:
    counts = Counter(reading.text.lower() for reading in readings)
    return {text for text, count in counts.items() if count > 1 and len(text) > 2}  # noqa: PLR2004
