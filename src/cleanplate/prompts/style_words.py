"""The styles that have a name: which words mean them, and how the network of 26 styles is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import BadParameter
from cleanplate.prompts.word_tables import word_table

COUNT: Final = 26
_RELATIVES: Final = (0, 2, 8, 11, 12, 14, 15, 24)
"""Styles that mix well with any other; the seed adds a little of one of them."""
_MOST_ADDED = 0.15


class UnknownStyleError(BadParameter):
    """The prompt names no style of the list."""


@dataclass(frozen=True, slots=True)
class Style:
    """One style.

    Attributes:
        name: as lists of what there is say it.
        words: what in a prompt means it; a regular expression, English and Chinese.
        weights: share of each of the network's styles, by its index; none for what code draws.
        colour: how much of the photo's own colour stays, 0..1.
        saturation: of the result's colour; 0 is grey.
        paper: how far its lightest parts become white paper and its darkest ink, 0..1.
    """

    name: str
    words: str
    weights: Mapping[int, float] = field(default_factory=dict)
    colour: float = 0.0
    saturation: float = 1.0
    paper: float = 0.0

    def blend(self, seed: int) -> NDArray[np.float32]:
        """(COUNT,) float32 of sum 1; another seed leans a little towards another relative."""
        random = np.random.default_rng(seed)
        made = np.zeros(COUNT, np.float32)
        for index, share in self.weights.items():
            made[index] = share
        made /= made.sum()
        added = random.uniform(0, _MOST_ADDED)
        made *= 1 - added
        made[random.choice(_RELATIVES)] += added
        return made


@cache
def styles() -> tuple[Style, ...]:
    """Every style that has a name."""
    return tuple(_style(row) for row in word_table("styles")["style"])


def _style(row: Mapping[str, Any]) -> Style:
    weights = {int(index): share for index, share in row.get("weights", {}).items()}
    return Style(**{**row, "weights": weights})


def style_of_prompt(prompt: str) -> Style:
    """The style that the prompt names; of several the one with the longest name, of those the first.

    Raises:
        UnknownStyleError: it names none.
    """
    found = [(match.end() - match.start(), -order) for order, match in _matches(prompt)]
    if not found:
        known = ", ".join(style.name for style in styles())
        raise UnknownStyleError(f"prompt: it names no style that is known here: {known}")
    return styles()[-max(found)[1]]


def _matches(prompt: str) -> list[tuple[int, re.Match[str]]]:
    """A hit for each style that is named, and which one it is."""
    hits = ((order, pattern.search(prompt)) for order, pattern in enumerate(_patterns()))
    return [(order, hit) for order, hit in hits if hit is not None]


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"(?<![A-Za-z])(?:{style.words})(?![A-Za-z])", re.IGNORECASE) for style in styles()
    )
