"""Phrases in two languages, and whatever else is sent as one: read as something, or refused in words."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from tests.fuzz.target import Target

from cleanplate.errors import BadInput
from cleanplate.prompts.colour_words import colour_requests
from cleanplate.prompts.material_words import material_request
from cleanplate.prompts.object_words import choose_boxes, in_english
from cleanplate.prompts.style_words import style_of_prompt
from cleanplate.prompts.text_words import names_a_mark, says_it_is_a_mark, text_request

_BOXES: Final = np.array([[0, 0, 5, 5], [10, 0, 30, 9], [4, 40, 9, 50]], np.float32)
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "colour-phrases": colour_requests,
    "material-phrases": lambda text: material_request(text).is_one_thing,
    "object-phrases": lambda text: len(choose_boxes(_BOXES, in_english(text))),
    "style-phrases": lambda text: style_of_prompt(text).blend(1),
    "text-phrases": lambda text: (names_a_mark(text), says_it_is_a_mark(text), text_request(text)),
}
_PHRASES: Final = (
    *("a red roof under a light blue sky", "make the car blue", "蓝天白云, 裙子是红色", "把房子变成木板风格"),
    *(
        "turn the left house into wood",
        "change the wooden house to ice",
        "like a Van Gogh painting",
        "水墨画风格",
    ),
    *(
        "the largest dog on the left",
        "左边的红色汽车",
        "remove the English text on the right",
        "去掉右下角的水印",
    ),
    *(
        'erase "Sample" and 「样本」',
        "delete all Chinese characters",
        "the watermark",
        "© 2026 www.example.com",
    ),
)


def _run(reader: Callable[[str], Any], data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    try:
        reader(text)
    except BadInput:
        return "refused"
    return "read"


def _seeds() -> Mapping[str, bytes]:
    return {phrase: phrase.encode() for phrase in _PHRASES}


_WORDS: Final = tuple(
    word.encode()
    for word in (
        *(
            " and ",
            " the ",
            " into ",
            "的",
            "和",
            "变成",
            "把",
            "水印",
            "左",
            "red ",
            "\u3000",
            "\n",
            '"',
            "「",
            "」",
        ),
        *(
            "a" * 400,
            "s " * 200,
            "的" * 300,
            "red " * 100,
            "' " * 50,
            "\ud7ff",
            "İ",
            "ß",
            "\uff10",
            "\u200b",
            ", ",
        ),
    )
)
TARGETS: Final = tuple(
    Target(name, partial(_run, reader), _seeds, words=_WORDS) for name, reader in _READERS.items()
)
