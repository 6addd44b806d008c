"""What phrases say beside the thing itself: Chinese names of common things, and which one of several."""

import re
from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleanplate.prompts.positions import sides
from cleanplate.prompts.word_tables import word_table

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LARGEST = re.compile(r"\b(largest|biggest|big)\b|最大", re.IGNORECASE)


@cache
def _nouns() -> Mapping[str, str]:
    """Chinese to English, the longest first."""
    nouns = word_table("objects")["nouns"]
    return {noun: nouns[noun] for noun in sorted(nouns, key=len, reverse=True)}


def in_english(phrase: str) -> str:
    """The phrase for a model that reads English: the common things that a Chinese one names, or as it is."""
    if not _CHINESE.search(phrase):
        return phrase
    named, rest = [], phrase
    for noun, meaning in _nouns().items():
        if noun in rest:
            named.append(meaning)
            rest = rest.replace(noun, " ")
    return ". ".join(dict.fromkeys(named)) or phrase


def choose_boxes(boxes: NDArray[np.float32], phrase: str) -> NDArray[np.float32]:
    """Those of the boxes that the phrase means: all, or the one that lies where it says.

    Args:
        boxes: (N, 4) left, top, right, bottom.
        phrase: may say left, right, top, bottom or largest, in English or Chinese.
    """
    if len(boxes) == 0:
        return boxes
    for side in sides():
        if side.phrase.search(phrase):
            middles = boxes[:, side.axis] + boxes[:, side.axis + 2]
            best = int(np.argmax(side.way * middles))
            return boxes[best : best + 1]
    if _LARGEST.search(phrase):
        areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        best = int(np.argmax(areas))
        return boxes[best : best + 1]
    return boxes
