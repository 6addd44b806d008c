"""CCITT codes of TIFF, followed row by row without making pixels of them. Compiled.

Sources: ITU-T T.4 (07/2003), section 4; T.6 (11/1988), section 2; TIFF 6.0, sections 10 and 11.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.compiled import kernel

Integer: TypeAlias = int | np.int64

BROKEN, UNSUPPORTED = -1, -2
_EOL_BITS = 12
_UNCOMPRESSED = 0b1111  # in 10 bits between modes, in 12 between runs: what follows is not compressed


def rows_end(
    stream: NDArray[np.uint8],
    shape: tuple[int, int],
    codes: NDArray[np.int32],
    *,
    align: int,
    eols: bool,
    two_dimensional: int,
) -> int:
    """Where the codes of all rows end; each must be as long as a row is.

    Args:
        stream: the bytes of the codes, the first bit of each is its highest.
        shape: height and width.
        codes: `fax_codes.run_codes`.
        align: rows begin at a multiple of so many bits; 1 for anywhere.
        eols: an EOL stands before every row, and zeros may stand before it.
        two_dimensional: 0 for rows of runs alone, 1 where a bit after an EOL says which rows are, 2 for none.

    Returns:
        The number of bits; `BROKEN` where a row is, `UNSUPPORTED` where data are not compressed.
    """
    room = np.full((2, shape[1] + 4), shape[1], np.int64)
    return _rows_end(stream, shape, codes, (align, int(eols), two_dimensional), room)


@kernel
def _rows_end(
    stream: NDArray[np.uint8],
    shape: tuple[int, int],
    codes: NDArray[np.int32],
    how: tuple[int, int, int],
    room: NDArray[np.int64],
) -> int:
    """The same; `how` is `align`, `eols` and `two_dimensional`, `room` (2, width + 4) full of the width."""
    height, width = shape
    align, eols, two_dimensional = how
    before, changes = room[0], room[1]
    at: Integer = 0
    for _ in range(height):
        by_runs = two_dimensional == 0
        if eols > 0:
            at = after_eol(stream, at)
            if at < 0:
                return BROKEN
            if two_dimensional == 1:
                by_runs = _bits(stream, at, 1) == 1
                at += 1
        if by_runs:
            at = _row_of_runs(stream, at, width, codes, changes, two_dimensional > 0)
        else:
            at = _row_by_row(stream, at, codes, before, changes)
        if at < 0:
            return int(at)
        if at > len(stream) * 8:
            return BROKEN
        at = -(-at // align) * align
        before, changes = changes, before
    return int(at)


@kernel
def after_eol(stream: NDArray[np.uint8], at: Integer) -> Integer:
    """Where an EOL after any number of zeros ends; `BROKEN` where something else stands there."""
    start, end = at, len(stream) * 8
    while at < end and _bits(stream, at, 1) == 0:
        at += 8 if at % 8 == 0 and stream[at >> 3] == 0 else 1
    return at + 1 if at < end and at - start >= _EOL_BITS - 1 else BROKEN


@kernel
def _bits(stream: NDArray[np.uint8], at: Integer, count: int) -> Integer:
    """The next 1..16 bits; zeros after the end."""
    first = at >> 3
    held: Integer = 0
    for byte in range(first, first + 3):
        held = held << 8 | (np.int64(stream[byte]) if byte < len(stream) else 0)
    return held >> (24 - count - (at & 7)) & ((1 << count) - 1)


@kernel
def _run(
    stream: NDArray[np.uint8], at: Integer, codes: NDArray[np.int32], colour: int, most: Integer
) -> tuple[Integer, Integer]:
    """Length of the next run, and where its codes end; that is `BROKEN` or `UNSUPPORTED` for no run."""
    total: Integer = 0
    while total <= most:
        word = _bits(stream, at, 13)
        found = np.int64(codes[colour, word])
        if found == 0:
            return total, UNSUPPORTED if word >> 1 == _UNCOMPRESSED else BROKEN
        at += found & 15
        total += found >> 4
        if found >> 4 < 64:  # noqa: PLR2004 - a terminating code
            return total, at if total <= most else BROKEN
    return total, BROKEN


@kernel
def _two_runs(
    stream: NDArray[np.uint8], at: Integer, codes: NDArray[np.int32], colour: int, most: Integer
) -> tuple[Integer, Integer, Integer]:
    """As `_run`: one run, and one of the other colour."""
    length, at = _run(stream, at, codes, colour, most)
    if at < 0:
        return length, 0, at
    other, at = _run(stream, at, codes, 1 - colour, most - length)
    return length, other, at


@kernel
def _row_of_runs(
    stream: NDArray[np.uint8],
    at: Integer,
    width: int,
    codes: NDArray[np.int32],
    changes: NDArray[np.int64],
    kept: bool,
) -> Integer:
    """Where a row of white and black runs in turn ends. `changes`: where colours change, if `kept`."""
    place: Integer = 0
    colour, count = 0, 0
    while place < width:
        length, at = _run(stream, at, codes, colour, width - place)
        if at < 0:
            return at
        if kept:
            if length == 0 and place > 0:  # decoders differ on what the row after this one refers to
                return BROKEN
            changes[count] = place + length
            count += 1
        place += length
        colour = 1 - colour
    changes[count : count + 4] = width
    return at


@kernel
def _row_by_row(
    stream: NDArray[np.uint8],
    at: Integer,
    codes: NDArray[np.int32],
    before: NDArray[np.int64],
    changes: NDArray[np.int64],
) -> Integer:
    """Where a row told by the row before ends; `changes` becomes where its colours change."""
    width = before[-1]
    place: Integer = -1  # an imaginary white pixel
    count, near = 0, 0
    while place < width:
        near = _opposite(before, near, place, count & 1)
        word = _bits(stream, at, 7)
        if word >> 3 == 1:  # pass
            at += 4
            place = before[near + 1]
            if place >= width:
                return BROKEN
            continue
        if word >> 4 == 1:  # horizontal
            start = max(place, 0)
            length, other, at = _two_runs(stream, at + 3, codes, count & 1, width - start)
            if at < 0 or (length == 0 and place >= 0) or (other == 0 and start + length < width):
                return min(at, BROKEN)
            changes[count] = start + length
            place = changes[count + 1] = start + length + other
            count += 2
            continue
        offset, size = _vertical(word)
        if size == 0:
            return UNSUPPORTED if _bits(stream, at, 10) == _UNCOMPRESSED else BROKEN
        at += size
        change = before[near] + offset
        if change <= place or change > width:
            return BROKEN
        place = changes[count] = change
        count += 1
    changes[count : count + 4] = width
    return at


@kernel
def _opposite(before: NDArray[np.int64], near: int, place: Integer, colour: int) -> int:
    """Index of b1: the first change right of `place`, and away from `colour`."""
    while near > 0 and before[near - 1] > place:
        near -= 1
    while before[near] <= place:
        near += 1
    return near + ((near ^ colour) & 1)


@kernel
def _vertical(word: Integer) -> tuple[int, int]:
    """How far right of b1 the change is, and bits of the code; 0 for another code."""
    if word >> 6 == 1:
        return 0, 1
    if word >> 4 > 1:
        return (1 if word >> 4 == 3 else -1), 3  # noqa: PLR2004 - 011, 010
    if word >> 1 > 1:
        return (2 if word >> 1 == 3 else -2), 6  # noqa: PLR2004 - 000011, 000010
    if word > 1:
        return (3 if word == 3 else -3), 7  # noqa: PLR2004 - 0000011, 0000010
    return 0, 0
