"""Coefficients to Huffman codes, compiled.

Source: ITU-T T.81 (1992), annex F.1.2.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.compiled import kernel

Integer: TypeAlias = int | np.int64

_MOST_DC_BITS, _MOST_AC_BITS = 11, 10
_ZERO_RUN = 15
# typed: a plain number would be a signature of its own, compiled apart
_NOTHING = np.int64(0)
_ZERO_RUN_SYMBOL = np.int64(0xF0)
_SEVEN_ONES = np.int64(0x7F << 8 | 7)


@kernel
def _bits(value: Integer) -> Integer:
    """How many bits the magnitude takes."""
    left: Integer = value if value >= 0 else -value
    size = 0
    while left > 0:
        left >>= 1
        size += 1
    return size


@kernel
def _put(
    out: NDArray[np.uint8], state: NDArray[np.int64], code: Integer, value: Integer, size: Integer
) -> None:
    """Append a code and the `size` bits of its value. `state`: bytes written, bits waiting, how many."""
    length = code & 255
    extra = (value if value >= 0 else value - 1) & ((1 << size) - 1)
    waiting = (((state[1] << length) | (code >> 8)) << size) | extra
    count = state[2] + length + size
    while count >= 8:  # noqa: PLR2004
        count -= 8
        out[state[0]] = (waiting >> count) & 255
        state[0] += 1
    state[1] = waiting & ((1 << count) - 1)
    state[2] = count


@kernel
def _emit(
    symbol: Integer,
    value: Integer,
    tables: tuple[NDArray[np.int64], NDArray[np.int64]],
    out: NDArray[np.uint8],
    state: NDArray[np.int64],
) -> None:
    """Count a symbol, or write it when there is an array to write to."""
    counts, codes = tables
    if out.size == 0:
        counts[symbol] += 1
    else:
        _put(out, state, codes[symbol], value, symbol & 15)


@kernel
def _emit_ac(
    block: NDArray[np.int16],
    tables: tuple[NDArray[np.int64], NDArray[np.int64]],
    out: NDArray[np.uint8],
    state: NDArray[np.int64],
) -> bool:
    """All but the first coefficient of a block; False when one is too large."""
    skipped = 0
    for k in range(1, 64):
        value = np.int64(block[k])
        if value == 0:
            skipped += 1
            continue
        while skipped > _ZERO_RUN:
            _emit(_ZERO_RUN_SYMBOL, _NOTHING, tables, out, state)
            skipped -= _ZERO_RUN + 1
        size = _bits(value)
        if size > _MOST_AC_BITS:
            return False
        _emit(skipped << 4 | size, value, tables, out, state)
        skipped = 0
    if skipped > 0:
        _emit(_NOTHING, _NOTHING, tables, out, state)
    return True


@kernel
def write_scan(
    coefficients: NDArray[np.int16],
    units: NDArray[np.int64],
    shape: tuple[int, int],
    tables: tuple[NDArray[np.int64], NDArray[np.int64]],
    room: tuple[NDArray[np.int64], NDArray[np.int64]],
    out: NDArray[np.uint8],
) -> int:
    """Encode one sequential scan, or only count its symbols.

    Args:
        coefficients: (blocks, 64), zigzag order.
        units: as in `read_kernels.read_scan`; column 6 is the number of the block's pair of tables.
        shape: MCUs across, MCUs in all.
        tables: (2 * pairs, 256) each, DC, then AC: how often a symbol occurs, added to when `out` is empty;
            code << 8 | length.
        room: (3,) and (4,) to work in: `state` of `_put`, and each component's prediction.
        out: where to write, without stuffed bytes; large enough, or empty for counting.

    Returns:
        Bytes written; -1 when a coefficient is too large for a baseline file.
    """
    across, total = shape
    (counts, codes), (state, predictions) = tables, room
    state[:] = 0
    predictions[:] = 0
    for mcu in range(total):
        for unit in units:
            index = unit[1] + mcu // across * unit[4] * unit[2] + mcu % across * unit[3] + unit[5]
            block = coefficients[index]
            dc = 2 * unit[6]
            difference = block[0] - predictions[unit[0]]
            predictions[unit[0]] = block[0]
            size = _bits(difference)
            if size > _MOST_DC_BITS:
                return -1
            _emit(size, difference, (counts[dc], codes[dc]), out, state)
            if not _emit_ac(block, (counts[dc + 1], codes[dc + 1]), out, state):
                return -1
    if out.size > 0 and state[2] > 0:
        _put(out, state, _SEVEN_ONES, _NOTHING, _NOTHING)  # the last byte is filled with ones
    return int(state[0])
