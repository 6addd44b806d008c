"""Sides of a picture in words: left, right, top, bottom, corners and the middle, in English and Chinese."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cleanplate.prompts.word_tables import word_table


@dataclass(frozen=True, slots=True)
class Side:
    """A side that a phrase about things may name.

    Attributes:
        name: "left", "right", "top" or "bottom".
        phrase: finds it in a phrase.
        axis: 0 = across, 1 = down.
        way: -1 = where the axis begins, 1 = where it ends.
    """

    name: str
    phrase: re.Pattern[str]
    axis: int
    way: int


@cache
def sides() -> tuple[Side, ...]:
    """The four sides."""
    return tuple(
        Side(row["name"], re.compile(row["phrase"], re.IGNORECASE), row["axis"], row["way"])
        for row in word_table("positions")["side"]
        if "axis" in row
    )


@cache
def words_of_sides() -> Mapping[str, str]:
    """What alone means a side, a corner or the middle, in small letters, to that name."""
    return {word: row["name"] for row in word_table("positions")["side"] for word in row["words"]}


def names_of_sides(*sides_: str) -> tuple[str, ...]:
    """All words that alone mean one of these sides."""
    return tuple(word for word, side in words_of_sides().items() if side in sides_)
