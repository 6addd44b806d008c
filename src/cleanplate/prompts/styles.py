"""The styles that have a name: which words mean them, and how the network of 26 styles is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import BadParameter

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


STYLES: Final = (
    Style(
        "French picture book",
        r"french|picture.?book|storybook|绘本|童书",
        {14: 0.5, 2: 0.5},
        0.65,
        1.35,
        0.45,
    ),
    Style("gold foil", r"gold(en)?[ -]?(foil|leaf)|gilded|gilt|金箔|鎏金"),
    Style("watercolour", r"water.?colou?rs?|aquarelle|水彩", {14: 0.7, 0: 0.3}, 0.7, 1.5, 0.65),
    Style("comic", r"comics?|cartoons?|manga|anime|漫画|卡通|动漫", {2: 0.6, 21: 0.4}, 0.75, 1.4),
    Style("coloured pencil", r"colou?r(ed)?[ -]?pencils?|彩铅|彩色铅笔", {8: 0.6, 24: 0.4}, 0.85, 1.3),
    Style("sketch", r"sketch(es)?|pencils?( drawing)?|charcoal|素描|铅笔", {15: 0.4, 24: 0.6}, 0.0, 0.0, 1.0),
    Style("line drawing", r"line ?(art|drawing)|线稿|线描|简笔画"),
    Style(
        "ink",
        r"(chinese )?ink( wash)?|chinese painting|sumi-?e|水墨|国画|中国画",
        {23: 0.7, 24: 0.3},
        0.0,
        0.12,
        1.0,
    ),
    Style("oil painting", r"oil( paint(ing)?)?|油画", {25: 0.5, 4: 0.5}, 0.8, 1.2),
    Style("impressionist", r"impressionis\w+|monet|印象派|莫奈", {5: 0.5, 12: 0.5}, 0.5, 1.2),
    Style("pastel", r"pastels?|粉彩", {0: 0.6, 12: 0.4}, 0.3, 1.0),
    Style("crayon", r"crayons?|蜡笔", {12: 0.6, 8: 0.4}, 0.5, 1.2),
    Style("starry night", r"starry night|van gogh|星空|星夜|梵高", {19: 1.0}),
    Style("woodcut", r"wood ?cut|engraving|版画|木刻", {18: 1.0}, paper=0.5),
    Style("ukiyo-e", r"ukiyo-?e|hokusai|浮世绘", {24: 1.0}, 0.2, 1.1),
    Style("pop art", r"pop ?art|波普", {8: 0.6, 21: 0.4}, 0.2, 1.3),
    Style("stained glass", r"stained glass|彩色玻璃|彩绘玻璃", {7: 0.6, 21: 0.4}, 0.3, 1.1),
    Style("expressionist", r"expressionis\w+|表现主义", {7: 0.5, 4: 0.5}, 0.3, 1.0),
)


def asked_for(prompt: str) -> Style:
    """The style that the prompt names; of several the one with the longest name, of those the first.

    Raises:
        UnknownStyleError: it names none.
    """
    found = [(match.end() - match.start(), -order) for order, match in _matches(prompt)]
    if not found:
        known = ", ".join(style.name for style in STYLES)
        raise UnknownStyleError(f"prompt: it names no style that is known here: {known}")
    return STYLES[-max(found)[1]]


def _matches(prompt: str) -> list[tuple[int, re.Match[str]]]:
    """A hit for each style that is named, and which one it is."""
    hits = ((order, _PATTERNS[order].search(prompt)) for order in range(len(STYLES)))
    return [(order, hit) for order, hit in hits if hit is not None]


_PATTERNS: Final = [
    re.compile(rf"(?<![A-Za-z])(?:{style.words})(?![A-Za-z])", re.IGNORECASE) for style in STYLES
]
