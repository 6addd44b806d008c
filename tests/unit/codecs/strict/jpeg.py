"""ITU-T T.81: whether each code of each scan is there and nothing else, sequential or progressive."""

import re
import struct
from dataclasses import dataclass, field
from typing import Any

from tests.unit.codecs.strict import demand

_Block = list[int]
_STANDALONE = {1, *range(0xD0, 0xD9)}


@dataclass
class _State:
    size: tuple[int, int] = (0, 0)
    progressive: bool = False
    parts: dict[int, tuple[int, int]] = field(default_factory=dict)
    tables: dict[int, dict[str, int]] = field(default_factory=dict)
    quantisation: set[int] = field(default_factory=set)
    interval: int = 0
    blocks: dict[tuple[int, int, int], _Block] = field(default_factory=dict)
    known: dict[tuple[int, int], int] = field(default_factory=dict)


def check(data: bytes) -> None:
    """Raise `BrokenError` where a decoder would have to guess. A missing end marker alone is none of that."""
    state, at = _State(), 2
    while at < len(data) and data[at:] != b"\xff":
        demand(data[at] == 0xFF, "marker")
        marker, at = data[at + 1], at + 1
        at += marker != 0xFF
        if marker == 0xD9:
            break
        if marker == 0xFF or marker in _STANDALONE:
            continue
        size = int.from_bytes(data[at : at + 2], "big")
        body = data[at + 2 : at + size]
        demand(size >= 2 and len(body) == size - 2, "segment")
        at += size
        if marker == 0xDA:
            match = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]").search(data, at)
            end = match.start() if match else len(data)
            _scan(state, body, data[at:end] if match else data[at:].rstrip(b"\xff"))
            at = end
        else:
            _segment(state, marker, body)
    demand(state.known and all(low == 0 for low in state.known.values()), "scans")
    demand(len(state.known) == 64 * len(state.parts), "scans")


def _segment(state: _State, marker: int, body: bytes) -> None:
    if marker in (0xC0, 0xC1, 0xC2):
        bits, height, width, _ = struct.unpack_from(">BHHB", body)
        demand(bits == 8 and height and width and not state.parts)
        state.size, state.progressive = (width, height), marker == 0xC2
        single = len(body) == 9
        for at in range(6, len(body), 3):
            state.parts[body[at]] = (1, 1) if single else (body[at + 1] >> 4, body[at + 1] & 15)
            demand(body[at + 2] in state.quantisation, "quantisation")
    elif marker == 0xDB:
        for at in range(0, len(body), 65):
            demand(body[at] < 4 and 0 not in body[at + 1 : at + 65] and at + 65 <= len(body))
            state.quantisation.add(body[at])
    elif marker == 0xDD:
        (state.interval,) = struct.unpack(">H", body)
    elif marker == 0xC4:
        _tables(state, body)
    else:
        demand(marker >= 0xE0, "kind")


def _tables(state: _State, body: bytes) -> None:
    at = 0
    while at < len(body):
        counts, symbols = body[at + 1 : at + 17], body[at + 17 : at + 17 + sum(body[at + 1 : at + 17])]
        demand(len(symbols) == sum(counts), "table")
        codes, code, place = {}, 0, 0
        for length, count in enumerate(counts, 1):
            for _ in range(count):
                demand(code < 1 << length, "table")
                codes[f"{code:0{length}b}"] = symbols[place]
                code, place = code + 1, place + 1
            code <<= 1
        state.tables[body[at]] = codes
        at += 17 + place


class _Bits:
    def __init__(self, data: bytes) -> None:
        self.digits = "".join(f"{byte:08b}" for byte in data.replace(b"\xff\0", b"\xff"))
        self.at = 0

    def take(self, count: int) -> int:
        demand(self.at + count <= len(self.digits), "ends")
        self.at += count
        return int(self.digits[self.at - count : self.at] or "0", 2)

    def symbol(self, table: dict[str, int]) -> int:
        for length in range(1, 17):
            code = self.digits[self.at : self.at + length]
            if len(code) == length and code in table:
                self.at += length
                return table[code]
        demand(False, "code")
        return 0


def _scan(state: _State, body: bytes, coded: bytes) -> None:
    chosen = [(body[at], body[at + 1]) for at in range(1, 1 + 2 * body[0], 2)]
    first, last, high, low = body[-3], body[-2], body[-1] >> 4, body[-1] & 15
    if not state.progressive:
        first, last, high, low = 0, 63, 0, 0
    demand(first <= last <= 63 and len(body) == 4 + 2 * body[0])
    for part, _ in chosen:
        for k in range(first, last + 1):
            demand(state.known.get((part, k), high) == high and ((part, k) in state.known) == (high > 0))
            demand(low == high - 1 or not high)
            state.known[part, k] = low
    units, total = _units(state, [part for part, _ in chosen])
    numbers = [marker[-1] & 7 for marker in re.findall(rb"\xff+[\xd0-\xd7]", coded)]
    pieces = re.split(rb"\xff+[\xd0-\xd7]", coded)
    interval = state.interval or total
    demand(len(pieces) == -(-total // interval), "restart")
    demand(numbers == [number % 8 for number in range(len(numbers))], "restart")
    for number, piece in enumerate(pieces):
        bits, run = _Bits(piece), [0]
        for mcu in range(number * interval, min((number + 1) * interval, total)):
            for part, x, y in units(mcu):
                block = state.blocks.setdefault((part, x, y), [0] * 64)
                slots = dict(chosen)[part]
                _block(state, bits, block, (first, last, high), slots, run)
        demand(run == [0] and len(bits.digits) - bits.at < 8, "left over")


def _units(state: _State, parts: list[int]) -> tuple[Any, int]:
    width, height = state.size
    most_x, most_y = (max(factors[n] for factors in state.parts.values()) for n in (0, 1))
    if len(parts) == 1:
        x, y = state.parts[parts[0]]
        across, down = -(-width * x // (8 * most_x)), -(-height * y // (8 * most_y))
        return (lambda mcu: [(parts[0], mcu % across, mcu // across)]), across * down
    across, down = -(-width // (8 * most_x)), -(-height // (8 * most_y))

    def inside(mcu: int) -> list[tuple[int, int, int]]:
        return [
            (part, mcu % across * state.parts[part][0] + x, mcu // across * state.parts[part][1] + y)
            for part in parts
            for y in range(state.parts[part][1])
            for x in range(state.parts[part][0])
        ]

    return inside, across * down


def _block(
    state: _State, bits: _Bits, block: _Block, band: tuple[int, int, int], slots: int, run: list[int]
) -> None:
    first, last, high = band
    if first == 0:
        if high:
            bits.take(1)
        else:
            size = bits.symbol(state.tables[slots >> 4])
            demand(size <= 11)
            bits.take(size)
    if last == 0:
        return
    table = state.tables[16 | slots & 15]
    if high:
        _refine(bits, block, (max(first, 1), last), table, run)
    elif run[0]:
        run[0] -= 1
    else:
        _first(bits, block, (max(first, 1), last), table, run, state.progressive)


def _first(
    bits: _Bits, block: _Block, band: tuple[int, int], table: dict[str, int], run: list[int], many: bool
) -> None:
    k, last = band
    while k <= last:
        symbol = bits.symbol(table)
        skip, size = symbol >> 4, symbol & 15
        if size == 0 and skip < 15:
            demand(many or skip == 0)
            run[0] = (1 << skip) - 1 + bits.take(skip)
            return
        k += skip
        if size:
            demand(k <= last)
            bits.take(size)
            block[k] = 1
        k += 1


def _refine(bits: _Bits, block: _Block, band: tuple[int, int], table: dict[str, int], run: list[int]) -> None:
    k, last = band
    while run[0] == 0 and k <= last:
        symbol = bits.symbol(table)
        skip, size = symbol >> 4, symbol & 15
        demand(size < 2)
        if size == 0 and skip < 15:
            run[0] = (1 << skip) + bits.take(skip)
            break
        bits.take(size)
        while k <= last and (block[k] or skip):
            bits.take(1 if block[k] else 0)
            skip -= not block[k]
            k += 1
        if size:
            demand(k <= last)
            block[k] = 1
        k += 1
    if run[0]:
        bits.take(sum(1 for value in block[k : last + 1] if value))
        run[0] -= 1
