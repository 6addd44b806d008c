"""Percent-encoding taken off texts of any length, part by part: no step holds the interpreter for long."""

from collections.abc import Iterable, Iterator
from io import StringIO
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
_ESCAPE_CHARS: Final = 3
_BEYOND_ASCII: Final = frozenset("89abcdefABCDEF")
"""The first digit of an escape that is one of several for a character."""
_PIECE_CHARS: Final = 2**20


def without_percents(text: str) -> str:
    """What `urllib.parse.unquote` makes of a text.

    Raises:
        ValueError: it has more than 100,000 escapes that no base64 would have.
    """
    if "%" not in text:
        return text
    return unquote_pieces(text[at : at + _PIECE_CHARS] for at in range(0, len(text), _PIECE_CHARS))


def unquote_pieces(pieces: Iterable[str]) -> str:
    """What `urllib.parse.unquote` makes of a text that comes in pieces, wherever it is cut.

    Raises:
        ValueError: it has more than 100,000 escapes that no base64 would have.
    """
    whole = StringIO()
    others = 0
    for piece in _cut_between_characters(pieces):
        for escape, meant in _OF_BASE64:
            piece = piece.replace(escape, meant)  # noqa: PLW2901 - eleven steps of one thing
        others += piece.count("%")
        if others > _MOST_OTHERS:
            raise ValueError("too many escapes")
        whole.write(unquote(piece))
    return whole.getvalue()


def _cut_between_characters(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        known = rest + piece
        end = _last_boundary(known)
        rest = known[end:]
        yield known[:end]
    yield rest


def _last_boundary(text: str) -> int:
    """The last place that is neither within an escape nor between those of one character.

    Beyond so many as are refused anyway it is not looked for.
    """
    escape = text.rfind("%", max(len(text) - _ESCAPE_CHARS + 1, 0))
    end = len(text) if escape < 0 else escape
    first = max(end - _ESCAPE_CHARS * (_MOST_OTHERS + 1), 0)
    while end - _ESCAPE_CHARS >= first and text[end - _ESCAPE_CHARS] == "%":
        if text[end - _ESCAPE_CHARS + 1] not in _BEYOND_ASCII:
            break
        end -= _ESCAPE_CHARS
    return end
