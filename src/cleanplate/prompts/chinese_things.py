"""Which Chinese words name a thing and say nothing more: "右下角的水印", and not "车调亮"."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from cleanplate.prompts.word_tables import word_table

_MODIFIED = re.compile(r"[^的]+的.{1,12}")
_LATIN = re.compile(r"[A-Za-z0-9 \ue000]+")


def names_a_chinese_thing(text: str, behind: bool) -> bool:
    """Whether all of the text names a thing.

    Args:
        text: without commas and quotes.
        behind: it stands behind another thing, where a verb might: its last word must be known, or modified.
    """
    rest = _nouns().sub("", text)
    if not text or _suspect().search(rest):
        return False
    if not behind or _LATIN.fullmatch(text):
        return True
    return bool(_ends().search(text) or _MODIFIED.fullmatch(text))


def _words() -> Mapping[str, Any]:
    words: Mapping[str, Any] = word_table("removal")["chinese"]
    return words


@cache
def _nouns() -> re.Pattern[str]:
    return re.compile("|".join(sorted(_words()["nouns"], key=len, reverse=True)))


@cache
def _suspect() -> re.Pattern[str]:
    return re.compile(f"[{_words()['suspect']}]")


@cache
def _ends() -> re.Pattern[str]:
    known = [*_words()["ends"], *word_table("objects")["nouns"]]
    return re.compile(rf"(?:{'|'.join(known)})(?:们|们的|全部|都)?$", re.IGNORECASE)
