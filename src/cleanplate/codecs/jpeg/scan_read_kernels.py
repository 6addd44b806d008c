"""Huffman codes to coefficients, compiled.

A stream here has no stuffed bytes and no markers, and ends with `PADDING_BYTES` of zeros: no block can be
longer than that, and the end of the data is checked before each block, so no read leaves the array.
Source: ITU-T T.81 (1992), annexes F.2 and G.2.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.compiled import kernel

Integer: TypeAlias = int | np.int64

PADDING_BYTES = 512
_AT, _RUN, _PREDICTION = 0, 1, 2
_MOST_DC_BITS = 11
_ZERO_RUN = 15
_LAST = 63
PAST_THE_BLOCK = 128


@kernel
def _peek(stream: NDArray[np.uint8], at: Integer) -> Integer:
    """The 16 bits that begin at bit `at`."""
    byte = at >> 3
    word = (np.int64(stream[byte]) << 16) | (np.int64(stream[byte + 1]) << 8) | np.int64(stream[byte + 2])
    return (word >> (8 - (at & 7))) & 0xFFFF


@kernel
def _to_signed(bits: Integer, size: Integer) -> Integer:
    """T.81, EXTEND: `size` bits as a number that may be negative."""
    return bits if bits >> (size - 1) else bits - (1 << size) + 1


@kernel
def _dc(
    stream: NDArray[np.uint8], lookup: NDArray[np.uint16], state: NDArray[np.int64], component: Integer
) -> bool:
    """Add the next difference to the component's prediction."""
    entry = np.int64(lookup[_peek(stream, state[_AT])])
    size = entry & 255
    state[_AT] += entry >> 8
    if size > 0 and size <= _MOST_DC_BITS:
        state[_PREDICTION + component] += _to_signed(_peek(stream, state[_AT]) >> (16 - size), size)
        state[_AT] += size
    return bool(entry != 0 and size <= _MOST_DC_BITS)


@kernel
def _ac(
    stream: NDArray[np.uint8],
    lookup: NDArray[np.uint16],
    state: NDArray[np.int64],
    block: NDArray[np.int16],
    script: tuple[int, int, int, int, int],
) -> bool:
    """The first pass over a band of one block."""
    progressive, first, last, _, low = script
    if state[_RUN] > 0:
        state[_RUN] -= 1
        return True
    at = state[_AT]
    k: Integer = first
    while k <= last:
        entry = np.int64(lookup[_peek(stream, at)])
        skip, size = (entry >> 4) & 15, entry & 15
        at += entry >> 8
        if size == 0 and skip == _ZERO_RUN:
            k += 16
        elif size == 0:
            if entry == 0 or (skip > 0 and progressive == 0):
                return False
            state[_RUN] = (1 << skip) - 1 + (_peek(stream, at) >> (16 - skip))
            at += skip
            break
        else:
            k += skip
            if k > last:
                return False
            block[k] = _to_signed(_peek(stream, at) >> (16 - size), size) << low
            at += size
            k += 1
    state[_AT] = at
    return True


@kernel
def _refine(
    stream: NDArray[np.uint8],
    at: Integer,
    block: NDArray[np.int16],
    k: Integer,
    stop: tuple[Integer, Integer, Integer],
) -> tuple[Integer, Integer]:
    """Refine known coefficients from `k` on, and step over `skip` zeros; returns (bit, k) at the stop."""
    last, skip, step = stop
    while k <= last:
        value = np.int64(block[k])
        if value != 0:
            if _peek(stream, at) >> _ZERO_RUN:
                block[k] = value + (step if value > 0 else -step)
            at += 1
        elif skip == 0:
            break
        else:
            skip -= 1
        k += 1
    return at, k


@kernel
def _ac_refine(
    stream: NDArray[np.uint8],
    lookup: NDArray[np.uint16],
    state: NDArray[np.int64],
    block: NDArray[np.int16],
    script: tuple[int, int, int, int, int],
) -> bool:
    """One more bit for a band of one block."""
    _, first, last, _, low = script
    step = 1 << low
    at: Integer = state[_AT]
    k: Integer = first
    while state[_RUN] == 0 and k <= last:
        entry = np.int64(lookup[_peek(stream, at)])
        skip, size = (entry >> 4) & 15, entry & 15
        at += entry >> 8
        if entry == 0 or size > 1:
            return False
        if size == 0 and skip < _ZERO_RUN:
            state[_RUN] = (1 << skip) + (_peek(stream, at) >> (16 - skip))
            at += skip
            break
        value = 0
        if size == 1:
            value = step if _peek(stream, at) >> _ZERO_RUN else -step
            at += 1
        at, k = _refine(stream, at, block, k, (last, skip, step))
        if value != 0:
            if k > last:
                return False
            block[k] = value
        k += 1
    if state[_RUN] > 0:
        at, k = _refine(stream, at, block, k, (last, np.int64(64), step))
        state[_RUN] -= 1
    state[_AT] = at
    return True


@kernel
def _block(
    stream: NDArray[np.uint8],
    lookups: NDArray[np.uint16],
    state: NDArray[np.int64],
    block: NDArray[np.int16],
    script: tuple[int, int, int, int, int],
    component: Integer,
) -> bool:
    """One block of one scan."""
    _, first, last, high, low = script
    if first == 0 and high == 0:
        if not _dc(stream, lookups[2 * component], state, component):
            return False
        block[0] = state[_PREDICTION + component] << low
    elif first == 0:
        block[0] |= (_peek(stream, state[_AT]) >> _ZERO_RUN) << low
        state[_AT] += 1
    if last == 0:
        return True
    if high == 0:
        band = (script[0], max(first, 1), last, high, low)
        return _ac(stream, lookups[2 * component + 1], state, block, band)
    return _ac_refine(stream, lookups[2 * component + 1], state, block, script)


@kernel
def read_scan(  # noqa: PLR0913, PLR0917 - a kernel makes no array: what it works in is given
    stream: NDArray[np.uint8],
    parts: NDArray[np.int64],
    coefficients: NDArray[np.int16],
    units: NDArray[np.int64],
    lookups: NDArray[np.uint16],
    script: tuple[int, int, int, int, int, int, int, int],
    state: NDArray[np.int64],
) -> bool:
    """Decode one scan into the coefficients.

    Args:
        stream: the bits of all parts between restart markers.
        parts: (n, 2): first and last bit + 1 of each part. The first becomes the one after the last used.
        coefficients: (blocks, 64), zigzag order; changed in place.
        units: (blocks of one MCU, 6): component of the scan, first block of its plane, blocks in a row of
            the plane, blocks from one MCU to the next across, and down; last, the block's place in the MCU.
        lookups: (2 * components, 65536): by the next 16 bits, length << 8 | symbol, or 0; DC, then AC.
        script: progressive (0 or 1), first, last, high, low, MCUs across, MCUs in all, MCUs in a part.
        state: (6,) to work in: bit, blocks to leave as they are, and each component's prediction.

    Returns:
        False when the data is broken or ends too soon.
    """
    band = script[:5]
    across, total, interval = script[5:]
    for part in range(parts.shape[0]):
        state[:] = 0
        state[_AT] = parts[part, 0]
        for mcu in range(part * interval, min(total, (part + 1) * interval)):
            for unit in units:
                index = unit[1] + mcu // across * unit[4] * unit[2] + mcu % across * unit[3] + unit[5]
                if state[_AT] > parts[part, 1]:
                    return False
                if not _block(stream, lookups, state, coefficients[index], band, unit[0]):
                    return False
        if state[_AT] > parts[part, 1] or state[_RUN] > 0:
            return False
        parts[part, 0] = state[_AT]
    return True


@kernel
def validate_scan(
    stream: NDArray[np.uint8],
    parts: NDArray[np.int64],
    components: NDArray[np.int64],
    steps: NDArray[np.uint16],
    script: tuple[int, int],
) -> bool:
    """Go through a sequential scan as `read_scan` does, and keep no coefficient.

    Args:
        stream, parts: as of `read_scan`.
        components: component of the scan of each block of an MCU.
        steps: (2 * components, 65536): by the next 16 bits, coefficients to go on << 8 | bits of code and
            value, or 0; DC, then AC. The end of a block goes on by `PAST_THE_BLOCK`.
        script: MCUs in all, MCUs in a part.
    """
    total, interval = script
    for part in range(parts.shape[0]):
        at: Integer = parts[part, 0]
        end = parts[part, 1]
        for _ in range(part * interval, min(total, (part + 1) * interval)):
            for component in components:
                if at > end:
                    return False
                step = np.int64(steps[2 * component, _peek(stream, at)])
                if step == 0:
                    return False
                at += step & 255
                k: Integer = 1
                while k <= _LAST:
                    step = np.int64(steps[2 * component + 1, _peek(stream, at)])
                    if step == 0:
                        return False
                    at += step & 255
                    k += step >> 8
                if _LAST + 1 < k < PAST_THE_BLOCK:
                    return False
        if at > end:
            return False
        parts[part, 0] = at
    return True
