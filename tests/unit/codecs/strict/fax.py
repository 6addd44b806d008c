"""CCITT codes of T.4 and T.6 as pixels, on digits and on whole rows of colours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tests.unit.codecs.strict import BrokenError, demand

T = TypeVar("T")

# A one, and the code word, in hexadecimal: runs of 0..63, then of 64, 128, .. 2560.
_WHITE = """
135 47 17 18 1b 1c 1e 1f 33 34 27 28 48 43 74 75 6a 6b a7 8c 88 97 83 84 a8 ab 93 a4 98 102 103 11a 11b
112 113 114 115 116 117 128 129 12a 12b 12c 12d 104 105 10a 10b 152 153 154 155 124 125 158 159 15a 15b
14a 14b 132 133 134 3b 32 57 b7 136 137 164 165 168 167 2cc 2cd 2d2 2d3 2d4 2d5 2d6 2d7 2d8 2d9 2da 2db
298 299 29a 58 29b 808 80c 80d 1012 1013 1014 1015 1016 1017 101c 101d 101e 101f
"""
_BLACK = """
437 a 7 6 b 13 12 23 45 44 84 85 87 104 107 218 417 418 408 867 868 86c 837 828 817 818 10ca 10cb 10cc
10cd 1068 1069 106a 106b 10d2 10d3 10d4 10d5 10d6 10d7 106c 106d 10da 10db 1054 1055 1056 1057 1064 1065
1052 1053 1024 1037 1038 1027 1028 1058 1059 102b 102c 105a 1066 1067 40f 10c8 10c9 105b 1033 1034 1035
206c 206d 204a 204b 204c 204d 2072 2073 2074 2075 2076 2077 2052 2053 2054 2055 205a 205b 2064 2065 808
80c 80d 1012 1013 1014 1015 1016 1017 101c 101d 101e 101f
"""
_VERTICAL = {"1": 0, "011": 1, "000011": 2, "0000011": 3, "010": -1, "000010": -2, "0000010": -3}
_MODES: dict[str, int | str] = {"0001": "pass", "001": "horizontal", **_VERTICAL}


def _words(text: str) -> dict[str, int]:
    codes = [f"{int(code, 16):b}"[1:] for code in text.split()]
    return {code: n if n < 64 else 64 * (n - 63) for n, code in enumerate(codes)}


_RUNS = _words(_WHITE), _words(_BLACK)


@dataclass
class _Digits:
    text: str
    width: int
    at: int = 0
    above: list[int] = field(default_factory=list)

    def one_of(self, words: Mapping[str, T]) -> T:
        for size in range(1, 14):
            word = self.text[self.at : self.at + size]
            if len(word) == size and word in words:
                self.at += size
                return words[word]
        raise BrokenError("code")

    def run(self, colour: int) -> list[int]:
        total = part = self.one_of(_RUNS[colour])
        while part >= 64:
            part = self.one_of(_RUNS[colour])
            total += part
            demand(total <= self.width, "run")
        return [colour] * total

    def eol(self) -> None:
        end = self.text.index("1", self.at)
        demand(end - self.at >= 11, "EOL")
        self.at = end + 1

    def row_of_runs(self) -> list[int]:
        row, colour = list[int](), 0
        while len(row) < self.width:
            row, colour = row + self.run(colour), 1 - colour
        return row

    def row_from_above(self) -> list[int]:
        row, colour = list[int](), 0
        while len(row) < self.width:
            first, second = self._references(row, colour)
            mode = self.one_of(_MODES)
            if mode == "pass":
                demand(second < self.width, "pass")
                row += [colour] * (second - len(row))
            elif mode == "horizontal":
                row += self.run(colour) + self.run(1 - colour)
            else:
                change = first + int(mode)
                demand(change >= len(row) and (change > len(row) or not row), "vertical")
                row += [colour] * (change - len(row))
                colour = 1 - colour
        return row

    def _references(self, row: list[int], colour: int) -> tuple[int, int]:
        """Places of b1 and b2."""
        line = [0, *self.above]
        places = [x for x in range(self.width) if line[x] != line[x + 1] and (x > len(row) or not row)]
        first = next((x for x in places if line[x] == colour), self.width)
        return first, next((x for x in places if x > first), self.width)


def pixels(data: bytes, width: int, height: int, kind: int, options: int) -> list[list[int]]:
    """Rows of 0 for white and 1 for black; there must be just as many as wanted."""
    digits = _Digits("".join(f"{byte:08b}" for byte in data), width, above=[0] * width)
    rows = list[list[int]]()
    for _ in range(height):
        row = _row(digits, kind, options)
        demand(len(row) == width, "width")
        digits.above = row
        rows.append(row)
    rest = digits.text[digits.at :]
    more = rest.lstrip("0")
    demand("1" not in rest[-digits.at % 8 :] or (kind > 2 and len(rest) - len(more) >= 11), "more follows")
    return rows


def _row(digits: _Digits, kind: int, options: int) -> list[int]:
    if kind == 2:
        digits.at += -digits.at % 8
        return digits.row_of_runs()
    if kind == 4:
        return digits.row_from_above()
    digits.eol()
    if options & 1:
        digits.at += 1
        return digits.row_of_runs() if digits.text[digits.at - 1] == "1" else digits.row_from_above()
    return digits.row_of_runs()
