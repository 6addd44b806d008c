"""Percent-encoding taken off texts of any length."""

from typing import Final
from urllib.parse import unquote

_OF_BASE64: Final = (
    ("%2B", "+"),
    ("%2b", "+"),
    ("%2F", "/"),
    ("%2f", "/"),
    ("%3D", "="),
    ("%3d", "="),
    ("%0D", "\r"),
    ("%0d", "\r"),
    ("%0A", "\n"),
    ("%0a", "\n"),
    ("%20", " "),
)
"""What encoders escape in base64. None of it is a digit: no new escape comes of it."""
_MOST_OTHERS: Final = 100_000
"""`unquote` makes two objects of each escape."""


def without_percents(text: str) -> str:
    """What `urllib.parse.unquote` makes of a text.

    Raises:
        ValueError: it has more than 100,000 escapes that no base64 would have.
    """
    if "%" not in text:
        return text
    for escape, meant in _OF_BASE64:
        text = text.replace(escape, meant)
    if text.count("%") > _MOST_OTHERS:
        raise ValueError("too many escapes")
    return unquote(text)
