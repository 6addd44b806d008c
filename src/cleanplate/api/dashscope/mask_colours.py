"""`mask_color` in every form that a client sends: lists of numbers, and the strings of Java's setter."""

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

import orjson

from cleanplate.api.dashscope.dashscope_codes import invalid, not_conforming
from cleanplate.api.field_values import as_whole, is_absent
from cleanplate.api.refusal import RefusedError

MaskColour: TypeAlias = tuple[int, int, int]

MAX_COLOURS: Final = 32
_MOST: Final = 255
NAMED: Final[Mapping[str, MaskColour]] = {
    "black": (0, 0, 0),
    "silver": (192, 192, 192),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "maroon": (128, 0, 0),
    "red": (255, 0, 0),
    "purple": (128, 0, 128),
    "fuchsia": (255, 0, 255),
    "magenta": (255, 0, 255),
    "green": (0, 128, 0),
    "lime": (0, 255, 0),
    "olive": (128, 128, 0),
    "yellow": (255, 255, 0),
    "navy": (0, 0, 128),
    "blue": (0, 0, 255),
    "teal": (0, 128, 128),
    "aqua": (0, 255, 255),
    "cyan": (0, 255, 255),
    "orange": (255, 165, 0),
}
"""The basic colours of HTML and CSS, and their second spellings."""
_HEX = re.compile(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
_SHORT_HEX = re.compile(r"#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])")
_TRIPLE = re.compile(r"(?:rgb)?\(?\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*\)?")


def mask_colours(value: object) -> tuple[MaskColour, ...]:
    """The colours that mean "repaint"; none means that white does.

    Takes `[[r, g, b], ...]`, one `[r, g, b]`, "#RRGGBB", "#RGB", "white", "r,g,b", "rgb(r, g, b)", a list of
    such strings, and the JSON text of any list.

    Raises:
        RefusedError: anything else.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise _refusal() from None
    if is_absent(value):
        return ()
    if isinstance(value, str):
        return (_of_text(value),)
    if not isinstance(value, list):
        raise _refusal()
    if not any(isinstance(part, list | str) for part in value):
        return (_of_numbers(value),)
    if len(value) > MAX_COLOURS:
        raise RefusedError(invalid(f"mask_color: at most {MAX_COLOURS} colours are accepted"))
    return tuple(_of_text(part) if isinstance(part, str) else _of_numbers(part) for part in value)


def _of_text(text: str) -> MaskColour:
    text = text.strip().lower()
    if text in NAMED:
        return NAMED[text]
    if found := _HEX.fullmatch(text):
        return _of_numbers([int(digits, 16) for digits in found.groups()])
    if found := _SHORT_HEX.fullmatch(text):
        return _of_numbers([17 * int(digit, 16) for digit in found.groups()])
    if found := _TRIPLE.fullmatch(text):
        return _of_numbers([int(digits) for digits in found.groups()])
    raise _refusal()


def _of_numbers(values: object) -> MaskColour:
    match values:
        case [red, green, blue]:
            parts = (as_whole(red), as_whole(green), as_whole(blue))
        case _:
            raise _refusal()
    match parts:
        case (int(red), int(green), int(blue)) if all(0 <= part <= _MOST for part in (red, green, blue)):
            return red, green, blue
    raise _refusal()


def _refusal() -> RefusedError:
    return RefusedError(not_conforming("mask_color must be an array of [r, g, b], 0 to 255 each"))
