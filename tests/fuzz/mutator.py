"""Inputs number 0, 1, 2 … of a target: the seeds as they are, and then seeds with a few changes.

An input depends on the target, a seed number and its own number, and on nothing that was tried before it: who
knows these three has it again, and processes can share a campaign out.
"""

import random
import re
from collections.abc import Callable, Sequence
from typing import Final, Literal

from tests.fuzz.target import Target

MOST_BYTES: Final = 2**18
"""No input is longer: what is large to send has its own tests."""
_HEAD_BYTES: Final = 160
_CHANGES: Final = (1, 1, 1, 2, 2, 3, 4, 8)
_SIZES: Final = (1, 2, 3, 4, 8, 16, 64, 256, 1024)
_WIDTHS: Final = (1, 2, 2, 4, 4, 8)
_NEAR: Final = (0, 1, -1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100, 255, 256, 257, 1000, 4095, 4096)
_FAR: Final = (2**15 - 1, 2**15, 2**16 - 1, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
_ORDERS: Final[tuple[Literal["big", "little"], ...]] = ("big", "little")
_NUMBER: Final = re.compile(rb"-?\d+")
_NUMBERS: Final = (
    b"0",
    b"-1",
    b"-0",
    b"1e999",
    b"NaN",
    b"0x10",
    b"1.5",
    b"2147483648",
    b"9" * 30,
    b"\xd9\xa1",
)

_Operator = Callable[[bytes, random.Random], bytes]


class Inputs:
    """All inputs of one target.

    Args:
        seed: another one gives other inputs.
    """

    def __init__(self, target: Target, seed: int) -> None:
        self._target, self._seed = target, seed
        self._seeds = list(target.seeds().values())
        self._words = target.words

    def __len__(self) -> int:
        """How many are seeds as they are: these come first."""
        return len(self._seeds)

    def at(self, number: int) -> bytes:
        """The input with this number, 0 and up."""
        if number < len(self._seeds):
            return self._seeds[number]
        chance = random.Random(f"{self._target.name} {self._seed} {number}")
        return self.changed(chance.choice(self._seeds), chance)

    def changed(self, data: bytes, chance: random.Random) -> bytes:
        """The same with one to eight changes."""
        for _ in range(chance.choice(_CHANGES)):
            data = self._changed_once(data, chance)[:MOST_BYTES]
        return data

    def _changed_once(self, data: bytes, chance: random.Random) -> bytes:
        if self._target.reshapes and chance.random() < 0.5:
            return chance.choice(self._target.reshapes)(data, chance)
        kind = chance.randrange(10)
        if kind == 0 and self._words:
            return _put(data, chance.choice(self._words), chance)
        if kind == 1:
            return _splice(data, chance.choice(self._seeds), chance)
        return chance.choice(_OPERATORS)(data, chance)


def _place(data: bytes, chance: random.Random) -> int:
    """Anywhere, and more often near the beginning, where heads are."""
    most = len(data) if chance.random() < 0.5 else min(len(data), _HEAD_BYTES)
    return chance.randrange(most) if most else 0


def _span(data: bytes, chance: random.Random) -> slice:
    at = _place(data, chance)
    return slice(at, at + chance.choice(_SIZES))


def _put(data: bytes, word: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + word + data[at + (len(word) if chance.random() < 0.5 else 0) :]


def _splice(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """The beginning of one and the end of another."""
    return data[: _place(data, chance)] + other[_place(other, chance) :]


def _flip_bit(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + bytes(byte ^ 1 << chance.randrange(8) for byte in data[at : at + 1]) + data[at + 1 :]


def _set_byte(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return (
        data[:at] + bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))]) + data[at + 1 :]
    )


def _set_integer(data: bytes, chance: random.Random) -> bytes:
    """A number that sizes, counts and offsets are seldom prepared for, in either order of bytes."""
    width, order = chance.choice(_WIDTHS), chance.choice(_ORDERS)
    at = _place(data, chance)
    value = chance.choice((*_NEAR, *_FAR, len(data), len(data) - at, chance.getrandbits(32)))
    return data[:at] + (value % (1 << 8 * width)).to_bytes(width, order) + data[at + width :]


def _add_to_integer(data: bytes, chance: random.Random) -> bytes:
    width, order = chance.choice(_WIDTHS), chance.choice(_ORDERS)
    at = _place(data, chance)
    value = int.from_bytes(data[at : at + width], order) + chance.choice((-8, -2, -1, 1, 2, 8, 128))
    return data[:at] + (value % (1 << 8 * width)).to_bytes(width, order) + data[at + width :]


def _lose(data: bytes, chance: random.Random) -> bytes:
    lost = _span(data, chance)
    return data[: lost.start] + data[lost.stop :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    twice = _span(data, chance)
    return data[: twice.stop] + data[twice] * chance.choice((1, 1, 1, 2, 7, 50)) + data[twice.stop :]


def _swap(data: bytes, chance: random.Random) -> bytes:
    """A piece moves to another place."""
    moved = _span(data, chance)
    rest = data[: moved.start] + data[moved.stop :]
    at = _place(rest, chance)
    return rest[:at] + data[moved] + rest[at:]


def _noise(data: bytes, chance: random.Random) -> bytes:
    gone = _span(data, chance)
    return data[: gone.start] + chance.randbytes(len(data[gone])) + data[gone.stop :]


def _fill(data: bytes, chance: random.Random) -> bytes:
    gone = _span(data, chance)
    return data[: gone.start] + bytes([chance.choice((0, 0xFF))]) * len(data[gone]) + data[gone.stop :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def _change_number(data: bytes, chance: random.Random) -> bytes:
    """Another decimal number in a text; a byte where there is none."""
    found = list(_NUMBER.finditer(data, 0, 4096))
    if not found:
        return _set_byte(data, chance)
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(_NUMBERS) + data[one.end() :]


_OPERATORS: Final[Sequence[_Operator]] = (
    *(_flip_bit, _flip_bit, _set_byte, _set_integer, _set_integer, _add_to_integer, _lose, _repeat, _swap),
    *(_noise, _fill, _cut, _change_number),
)
