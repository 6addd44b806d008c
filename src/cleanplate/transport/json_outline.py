"""What a JSON body is made of, seen before it is parsed: small to send must not be large to read.

Strings are found by their quotes, and what lies between them is looked at as bytes: nothing here makes an
object for each value, and no step holds the interpreter for long, however large the body is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cleanplate.errors import BadParameter

LARGE_BYTES: Final = 64 * 2**10
"""From here on a string in plain ASCII is taken for a picture."""
MOST_VALUES: Final = 100_000
DEEPEST: Final = 64
LONGEST_NUMBER: Final = 100
MOST_TEXT_BYTES: Final = 2 * 2**20
"""Of all but the large strings."""
PIECE_BYTES: Final = 2**20
"""Longest part that is worked on without letting others have their turn."""

_LONG_NUMBER: Final = re.compile(rb"[0-9.eE+-]{%d}" % (LONGEST_NUMBER + 1))
_BRACKETS: Final = b"[]{}"
_NO_BRACKETS: Final = bytes(set(range(256)) - set(_BRACKETS))
_OPENING: Final = frozenset(b"[{")


class BrokenJson(BadParameter):
    """A body that was to be JSON cannot be read as such. `hint`: what to do about it, if that is known."""

    def __init__(self, hint: str = "", text: str = "the body is not valid JSON") -> None:
        super().__init__(text + (f": {hint}" if hint else ""))
        self.hint = hint


class TooComplex(BrokenJson):
    """A body that would take far more to read than to send.

    Args:
        excess: what is too much.
    """

    def __init__(self, excess: str) -> None:
        super().__init__(excess, "the body is too much to read")


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a body, half-open: a string without its quotes."""

    start: int
    end: int


def large_strings(body: bytes) -> list[Span]:
    """The strings of at least 64 KiB that are plain ASCII without `\\u`, in their order.

    What is no JSON may pass; that is for the parser to find.

    Raises:
        TooComplex: too many values or names, too deep, a number too long, or too much beside the large
            strings.
    """
    large: list[Span] = []
    between: list[bytes] = []
    position = small = 0
    for count, span in enumerate(_strings(body), 1):
        between.append(body[position : span.start])
        small += span.start - position
        position = span.end
        if _is_large(body, span):
            large.append(span)
        else:
            small += span.end - span.start
        _check(count, MOST_VALUES, "values")
        _check(small, MOST_TEXT_BYTES, "bytes beside its pictures")
    _check(small + len(body) - position, MOST_TEXT_BYTES, "bytes beside its pictures")
    _check_between(b"".join([*between, body[position:]]))
    return large


def pieces_of(body: bytes, span: Span) -> Iterator[bytes]:
    """The string in parts of about 1 MiB, none of which begins within an escape."""
    start = span.start
    while start < span.end:
        end = min(start + PIECE_BYTES, span.end)
        piece = body[start:end]
        if (len(piece) - len(piece.rstrip(b"\\"))) % 2:
            end = min(end + 1, span.end)
            piece = body[start:end]
        yield piece
        start = end


def _strings(body: bytes) -> Iterator[Span]:
    end = -1
    quotes = 0
    while (start := body.find(b'"', end + 1)) >= 0:
        start += 1
        part = start
        while True:
            quotes += 1
            _check(quotes, 2 * MOST_VALUES, "values and quotation marks")
            end = body.find(b'"', part)
            if end < 0:
                return  # a string without an end: the parser says so
            before = body[part:end]
            if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
                break
            part = end + 1
        yield Span(start, end)


def _is_large(body: bytes, span: Span) -> bool:
    if span.end - span.start < LARGE_BYTES or body.find(b"\\u", span.start, span.end) >= 0:
        return False
    starts = range(span.start, span.end, PIECE_BYTES)
    return all(body[start : min(start + PIECE_BYTES, span.end)].isascii() for start in starts)


def _check_between(between: bytes) -> None:
    _check(sum(between.count(mark) for mark in (b"[", b"{", b",")), MOST_VALUES, "values")
    if _LONG_NUMBER.search(between):
        raise TooComplex(f"a number has more than {LONGEST_NUMBER} digits")
    depth = deepest = 0
    for bracket in between.translate(None, _NO_BRACKETS):
        depth += 1 if bracket in _OPENING else -1
        deepest = max(depth, deepest)
    if deepest > DEEPEST:
        raise TooComplex(f"it is nested more than {DEEPEST} deep")


def _check(count: int, most: int, what: str) -> None:
    if count > most:
        raise TooComplex(f"it has more than {most} {what}")
