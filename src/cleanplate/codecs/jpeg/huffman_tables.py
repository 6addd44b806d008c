"""Huffman tables of JPEG: looked up when reading, made to measure when writing."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import count

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.jpeg.jpeg_header import HuffmanTable, NotSpliceable

_LONGEST = 16
_MOST_DC_BITS, _ZEROS, _PAST_THE_BLOCK = 11, 0xF0, 128
_RESERVED = -1
"""Stands for the code of all ones, which no table may use."""


def lookup_table(table: HuffmanTable | None) -> NDArray[np.uint16]:
    """(65536,) by the next 16 bits: length << 8 | symbol; 0 where no code matches.

    Raises:
        NotSpliceable: more codes than fit.
    """
    entries = np.zeros(1 << _LONGEST, np.uint16)
    if table is None:
        return entries
    lengths = np.repeat(np.arange(1, _LONGEST + 1), list(table.counts))
    spans = np.left_shift(1, _LONGEST - lengths)
    used = int(spans.sum())
    if used > entries.size:
        raise NotSpliceable("a Huffman table has more codes than fit")
    symbols = np.frombuffer(table.symbols, np.uint8).astype(np.uint16)
    entries[:used] = np.repeat(lengths.astype(np.uint16) << 8 | symbols, spans)
    return entries


def step_table(table: HuffmanTable | None, *, dc: bool) -> NDArray[np.uint16]:
    """(65536,) by the next 16 bits: how far a code leads in a sequential scan.

    See `scan_read_kernels.validate_scan`.

    Raises:
        NotSpliceable: more codes than fit.
    """
    entries = lookup_table(table)
    symbol, length = np.arange(256), entries >> 8
    size, skip = symbol & 15, symbol >> 4
    if dc:
        on, possible = np.ones_like(symbol), symbol <= _MOST_DC_BITS
    else:
        ends, zeros = symbol == 0, symbol == _ZEROS
        on = np.where(ends, _PAST_THE_BLOCK, np.where(zeros, 16, skip + 1))
        possible = ends | zeros | (size > 0)
    bits = symbol if dc else size
    far = np.where(possible, on << 8 | bits, 0).astype(np.uint16)[entries & 255]
    return np.where((length > 0) & (far > 0), far + length, 0).astype(np.uint16)


def optimal_table(counts: NDArray[np.int64]) -> HuffmanTable:
    """The best table for symbols that occur `counts` (256) times; T.81, annex K.2."""
    lengths = _lengths([(int(times), symbol) for symbol, times in enumerate(counts) if times])
    spelled = _limit_lengths(np.bincount([length for length, _ in lengths], minlength=2))
    symbols = bytes(symbol for _, symbol in sorted(lengths) if symbol != _RESERVED)
    return HuffmanTable(spelled, symbols)


def code_table(table: HuffmanTable) -> NDArray[np.int64]:
    """(256,): code << 8 | length; 0 for symbols that the table does not have."""
    entries = np.zeros(256, np.int64)
    code, position = 0, 0
    for length, times in enumerate(table.counts, 1):
        for symbol in table.symbols[position : position + times]:
            entries[symbol] = code << 8 | length
            code += 1
        position += times
        code <<= 1
    return entries


def _lengths(weights: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(length, symbol) of an unlimited Huffman code; the reserved symbol is among the longest."""
    order = count()
    heap = [(times, next(order), [(0, symbol)]) for times, symbol in [(0, _RESERVED), *weights]]
    heapify(heap)
    while len(heap) > 1:
        first, _, left = heappop(heap)
        second, _, right = heappop(heap)
        heappush(heap, (first + second, next(order), [(n + 1, symbol) for n, symbol in left + right]))
    return heap[0][2]


def _limit_lengths(lengths: NDArray[np.int64]) -> bytes:
    """16 counts of codes by length, none longer than 16 bits, without the reserved one; T.81, figure K.3."""
    left = [int(times) for times in lengths] + [0] * (_LONGEST + 1)
    for length in range(len(left) - 1, _LONGEST, -1):
        while left[length]:
            shorter = max(n for n in range(1, length - 1) if left[n])
            left[length] -= 2
            left[length - 1] += 1
            left[shorter + 1] += 2
            left[shorter] -= 1
    longest = max(n for n in range(_LONGEST + 1) if left[n])
    left[longest] -= 1
    return bytes(left[1 : _LONGEST + 1])
