"""Colours that a sentence gives to things: "a red roof under a blue sky", "蓝色背景、黄色的叶子"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cleanplate.prompts.word_tables import word_table

_ENGLISH: Final[Mapping[str, Sequence[int]]] = word_table("colours")["english"]
_CHINESE: Final[Mapping[str, str]] = word_table("colours")["chinese"]
_MOST_THINGS: Final = 8

_SHADE = r"(?:(?:light|dark|bright|deep|pale)\s+)?"
_NAME = "|".join(sorted(_ENGLISH, key=len, reverse=True))
_LINK = (
    r"(?:and|or|but|with|under|over|on|in|of|by|near|from|against|next|beside|behind|for|to|at|is|are"
    r"|[a-z]+ing)\b"
)
_THING = rf"[a-z]+(?:\s+(?!{_LINK})[a-z]+)?"
_BEFORE = re.compile(rf"\b{_SHADE}({_NAME})\s+(?!(?:and|or)\b)({_THING})", re.IGNORECASE)
_AFTER = re.compile(
    rf"\b(?:the|a|an|his|her|its|their)\s+([a-z]+)\s+(?:is\s+|are\s+|in\s+|should be\s+)?{_SHADE}({_NAME})\b"
    rf"(?!\s+(?!{_LINK})[a-z]+)",
    re.IGNORECASE,
)
_HAN = "".join(_CHINESE)
_HAN_THING = rf"((?:(?![{_HAN}把将的色])[\u4e00-\u9fff]){{1,6}}?)"
_HAN_BEFORE = re.compile(
    rf"([{_HAN}])色?的?{_HAN_THING}(?=[\uff0c。、\uff1b,;.\s和与及配浅深淡亮暗鲜{_HAN}]|$)"
)
_HAN_AFTER = re.compile(rf"{_HAN_THING}(?:是|为|变成|改成|用)[浅深淡亮暗鲜]?([{_HAN}])色?")
_BACKGROUND: Final = frozenset({"background", "backdrop", "背景"})


@dataclass(frozen=True, slots=True)
class ColourRequest:
    """One colour for one thing.

    Attributes:
        colour: its English name.
        thing: as the sentence says it, in its own language.
    """

    colour: str
    thing: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Of sRGB, 0..255."""
        red, green, blue = _ENGLISH[self.colour]
        return red, green, blue

    @property
    def is_background(self) -> bool:
        """True for whatever is nothing else."""
        return self.thing in _BACKGROUND


def colour_requests(prompt: str) -> list[ColourRequest]:
    """Every colour that the sentence gives to a thing, in order; at most eight, one for each thing."""
    found: dict[str, tuple[int, ColourRequest]] = {}
    for place, colour, thing in _pairs(prompt):
        found.setdefault(thing, (place, ColourRequest(colour, thing)))
    ordered = sorted(found.values(), key=lambda entry: entry[0])
    return [one for _, one in ordered][:_MOST_THINGS]


def _pairs(prompt: str) -> Iterator[tuple[int, str, str]]:
    """(where it stands, colour, thing)"""
    for match in _BEFORE.finditer(prompt):
        yield match.start(), match[1].lower(), match[2].lower()
    for match in _AFTER.finditer(prompt):
        yield match.start(), match[2].lower(), match[1].lower()
    for match in _HAN_AFTER.finditer(prompt):
        yield match.start(), _CHINESE[match[2]], match[1]
    for match in _HAN_BEFORE.finditer(prompt):
        yield match.start(), _CHINESE[match[1]], match[2]
